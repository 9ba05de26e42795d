//! Who holds a port that is taken: another Postern, another gateway, or
//! something else. Only ever asks; never touches the holder.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use crate::state_folder::Holder;

/// How long the holder may take to answer.
const PATIENCE: Duration = Duration::from_millis(400);

/// A sentence part: "`<addr>` is in use by …".
pub async fn describe(addr: SocketAddr, own_lock: &Path) -> String {
    let own_lock = own_lock.to_path_buf();
    let asked = tokio::task::spawn_blocking(move || ask(addr, &own_lock)).await;
    asked.unwrap_or_else(|_| "another program".to_owned())
}

/// The same for who may block.
#[must_use]
pub fn ask(addr: SocketAddr, own_lock: &Path) -> String {
    let process = process_on(addr.port());
    let pid = process.as_ref().map_or_else(String::new, |(pid, name)| format!(" (pid {pid}, {name})"));
    if let Some(holder) = Holder::alive(own_lock).filter(|holder| holder.port == addr.port()) {
        return format!(
            "this profile's own gateway, which already runs (pid {}): reach it at {} or stop it first",
            holder.pid,
            holder.url()
        );
    }
    let choose = "use --port or --profile for another one";
    match greeting(addr).as_deref() {
        Some("postern") => format!("another Postern{pid}: reach it at ws://127.0.0.1:{}, or {choose}", addr.port()),
        Some("gateway") => format!(
            "another gateway that speaks this protocol{pid}: reach it at ws://127.0.0.1:{}, or {choose}",
            addr.port()
        ),
        _ => format!("another program{pid}: stop it, or {choose}"),
    }
}

/// Whether somebody takes connections there.
#[must_use]
pub fn is_listening(addr: SocketAddr) -> bool {
    TcpStream::connect_timeout(&addr, PATIENCE).is_ok()
}

/// Asks `/health` and looks at the answer.
fn greeting(addr: SocketAddr) -> Option<String> {
    let ip = if addr.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { addr.ip() };
    let mut stream = TcpStream::connect_timeout(&SocketAddr::new(ip, addr.port()), PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = vec![0; 4096];
    let count = stream.read(&mut answer).ok()?;
    let text = String::from_utf8_lossy(&answer[..count]).to_ascii_lowercase();
    if text.contains("server: postern") {
        return Some("postern".to_owned());
    }
    (text.contains("\"ok\":true") && text.contains("\"status\":\"live\"")).then(|| "gateway".to_owned())
}

/// Process that listens on a port, where the system tells.
#[cfg(target_os = "linux")]
fn process_on(port: u16) -> Option<(u32, String)> {
    let inode = ["/proc/net/tcp", "/proc/net/tcp6"].into_iter().find_map(|table| listening_inode(table, port))?;
    let target = format!("socket:[{inode}]");
    let processes = std::fs::read_dir("/proc").ok()?.filter_map(Result::ok);
    let mut pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let holds = |pid: &u32| {
        let files = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().filter_map(Result::ok);
        files.filter_map(|file| std::fs::read_link(file.path()).ok()).any(|link| link.as_os_str() == target.as_str())
    };
    let pid = pids.find(holds)?;
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    Some((pid, name.trim().to_owned()))
}

#[cfg(target_os = "linux")]
fn listening_inode(table: &str, port: u16) -> Option<String> {
    const LISTEN: &str = "0A";
    let text = std::fs::read_to_string(table).ok()?;
    let wanted = format!(":{port:04X}");
    text.lines().skip(1).find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let here = columns.get(1)?.ends_with(&wanted) && columns.get(3) == Some(&LISTEN);
        here.then(|| columns.get(9).map(|inode| (*inode).to_owned()))?
    })
}

#[cfg(not(target_os = "linux"))]
fn process_on(_port: u16) -> Option<(u32, String)> {
    None
}
