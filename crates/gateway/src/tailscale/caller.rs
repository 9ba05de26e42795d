//! Whether a connection comes from the Tailscale daemon. Serve's headers are plain
//! text on loopback: any program of this machine can write them. On Linux the
//! system tells whose socket is at the other end; elsewhere it is not asked
//! (`docs/remote-access.md` says so).

use std::net::SocketAddr;

/// The two ends of a connection to this gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// Who called.
    pub peer: SocketAddr,
    /// The address that was called.
    pub own: SocketAddr,
}

/// Whether the caller runs as the user to whom the daemon's socket belongs. Without
/// a socket the daemon is taken to be root's, as it usually is.
#[cfg(target_os = "linux")]
pub(super) fn is_daemon(ends: Ends, socket: Option<&std::path::Path>) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let daemon = socket.and_then(|socket| std::fs::metadata(socket).ok()).map_or(0, |about| about.uid());
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    let mut texts = tables.into_iter().filter_map(|table| std::fs::read_to_string(table).ok());
    texts.find_map(|text| linux::owner(&text, ends)) == Some(daemon)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_daemon(_ends: Ends, _socket: Option<&std::path::Path>) -> bool {
    true
}

#[cfg(target_os = "linux")]
mod linux {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

    use super::Ends;

    /// State of a connection that both ends hold. A socket that was let go of is
    /// listed as root's, whoever had it.
    const ESTABLISHED: &str = "01";

    /// User of the caller's socket, from a table of the kernel (proc_pid_net(5)).
    pub(super) fn owner(table: &str, ends: Ends) -> Option<u32> {
        let canonical = |address: SocketAddr| SocketAddr::new(address.ip().to_canonical(), address.port());
        let wanted = (canonical(ends.peer), canonical(ends.own));
        table.lines().skip(1).find_map(|line| {
            let columns: Vec<&str> = line.split_ascii_whitespace().collect();
            let [_, local, remote, state, _, _, _, user, ..] = columns.as_slice() else { return None };
            let found = (address(local)?, address(remote)?);
            (*state == ESTABLISHED && found == wanted).then(|| user.parse().ok()).flatten()
        })
    }

    /// `0100007F:4965`: words as the machine counts them.
    fn address(text: &str) -> Option<SocketAddr> {
        let (ip, port) = text.split_once(':')?;
        let words: Option<Vec<[u8; 4]>> = ip
            .as_bytes()
            .chunks(8)
            .map(|word| Some(u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?.to_ne_bytes()))
            .collect();
        let ip = match words?.as_flattened() {
            bytes if bytes.len() == 4 => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?)),
            bytes => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)),
        };
        Some(SocketAddr::new(ip.to_canonical(), u16::from_str_radix(port, 16).ok()?))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        #[cfg(target_endian = "little")]
        fn the_callers_own_socket_tells_whose_it_is() {
            let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
                0: 0100007F:4965 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 20 4 30 10 -1\n   \
                1: 0100007F:C350 0100007F:4965 01 00000000:00000000 00:00000000 00000000   501        0 2 1 0 20 4 30 10 -1\n   \
                2: 0100007F:C351 0100007F:4965 04 00000000:00000000 00:00000000 00000000     0        0 0 1 0 20 4 30 10 -1\n   \
                3: 00000000000000000000000001000000:C352 00000000000000000000000001000000:4965 01 0:0 0:0 0 7 0 3\n";
            let owner =
                |peer: &str, own: &str| owner(table, Ends { peer: peer.parse().unwrap(), own: own.parse().unwrap() });
            assert_eq!(owner("127.0.0.1:50000", "127.0.0.1:18789"), Some(501));
            assert_eq!(owner("[::ffff:127.0.0.1]:50000", "127.0.0.1:18789"), Some(501));
            assert_eq!(owner("[::1]:50002", "[::1]:18789"), Some(7));
            assert_eq!(owner("127.0.0.1:50001", "127.0.0.1:18789"), None, "let go of");
            assert_eq!(owner("127.0.0.1:50000", "127.0.0.1:18790"), None, "another connection");
        }
    }
}
