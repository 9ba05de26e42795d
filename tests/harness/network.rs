//! A local network of its own: a namespace with one cable, where nobody else listens and nothing leads outside.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::until;

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

/// Another computer at the far end of the cable, with a network of its own; it is there until this is dropped.
pub(crate) struct Cable(Child);

impl Cable {
    /// Address of the other computer.
    pub(crate) const FAR_IP: &str = "10.77.0.2";

    /// Puts the far end into the other network.
    pub(crate) async fn to_other_network() -> Self {
        // What reads from a pipe that nobody writes to keeps the network alive, and ends with this process.
        let mut holder = Command::new("unshare");
        holder.args(["--net", "cat"]).stdin(Stdio::piped()).stdout(Stdio::null());
        let cable = Self(holder.spawn().expect("unshare (util-linux) runs"));
        let own = network_of("self").unwrap();
        until("the other network", || network_of(&cable.pid()).filter(|other| *other != own)).await;
        on_this_side(&format!("link set lan1 netns {}", cable.pid()));
        for words in [&format!("address add {}/24 dev lan1", Self::FAR_IP), "link set lo up", "link set lan1 up"] {
            cable.far_ip(words);
        }
        cable
    }

    /// `program` over there, without arguments.
    pub(crate) fn far_command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/proc/{}/ns/net", self.pid())).arg(program);
        command
    }

    /// Loses packets in both directions, where the kernel can (`sch_netem`); whether it can.
    pub(crate) fn lose(&self, percent: u32) -> bool {
        let words = format!("qdisc add dev LINK root netem loss {percent}%");
        let tc = |command: &mut Command, link: &str| {
            let done = command.args(words.replace("LINK", link).split(' ')).output();
            done.is_ok_and(|done| done.status.success())
        };
        tc(&mut Command::new("tc"), "lan0") && tc(&mut self.far_command("tc"), "lan1")
    }

    /// Pulled out: nothing arrives any more, and nobody is told.
    pub(crate) fn cut(&self) {
        self.far_ip("link set lan1 down");
    }

    /// Plugged in again.
    pub(crate) fn mend(&self) {
        self.far_ip("link set lan1 up");
    }

    fn pid(&self) -> String {
        self.0.id().to_string()
    }

    fn far_ip(&self, words: &str) {
        let done = self.far_command("ip").args(words.split(' ')).status().expect("nsenter (util-linux) runs");
        assert!(done.success(), "ip {words} over there");
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn network_of(pid: &str) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/{pid}/ns/net")).ok()
}

fn on_this_side(words: &str) {
    let done = Command::new("ip").args(words.split(' ')).status().expect("ip (iproute2) runs");
    assert!(done.success(), "ip {words}");
}

/// Plugs one more cable in, with this address at this machine's end.
pub(crate) fn plug_in(link: &str, ip: &str) {
    for words in [
        format!("link add {link} type veth peer name {link}far"),
        format!("link set {link}far up"),
        format!("link set {link} up"),
        format!("address add {ip}/24 dev {link}"),
    ] {
        on_this_side(&words);
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}
