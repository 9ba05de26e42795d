//! A local network of its own: a namespace with one cable, where nobody else listens and nothing leads outside.

use std::process::{Command, Stdio};

/// Says that this process is in such a network.
const INSIDE: &str = "POSTERN_TEST_NETWORK";

/// Address of this machine there.
pub(crate) const LAN_IP: &str = "10.77.0.1";

/// Whether this process is on a network of its own. Where it is not, `test` (the full name of the test that asks) runs
/// once more in one, and has passed when this returns `false`.
pub(crate) fn on_own_network(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let script = "ip link set lo up && ip link add lan0 type veth peer name lan1 && ip link set lan1 up && \
                  ip link set lan0 up && ip address add $LAN_IP/24 dev lan0 && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(if is_root() { &["--net"][..] } else { &["--map-root-user", "--net"] });
    command.args(["sh", "-c", script, "sh"]).arg(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(INSIDE, "1").env("LAN_IP", LAN_IP);
    let ran = command.stdin(Stdio::null()).output().expect("unshare (util-linux) runs");
    let (stdout, stderr) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(
        ran.status.success() && stdout.contains("1 passed"),
        "{test} on a network of its own (needs util-linux and iproute2):\n{stdout}{stderr}"
    );
    false
}

/// Plugs one more cable in, with this address at this machine's end.
pub(crate) fn plug_in(link: &str, ip: &str) {
    for words in [
        format!("link add {link} type veth peer name {link}far"),
        format!("link set {link}far up"),
        format!("link set {link} up"),
        format!("address add {ip}/24 dev {link}"),
    ] {
        let done = Command::new("ip").args(words.split(' ')).status().expect("ip (iproute2) runs");
        assert!(done.success(), "ip {words}");
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}
