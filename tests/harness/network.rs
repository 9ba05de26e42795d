//! A local network of its own: a namespace with one cable, where nobody else listens and nothing leads outside.

use std::io::Write as _;
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
    // Where the tools for networks are; not on everybody's search path.
    command.env("PATH", format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default()));
    let ran = command.stdin(Stdio::null()).output().expect("unshare (util-linux) runs");
    let (stdout, stderr) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(
        ran.status.success() && stdout.contains("1 passed"),
        "{test} on a network of its own (needs util-linux, iproute2 and nftables):\n{stdout}{stderr}"
    );
    false
}

/// Another computer at the far end of the cable, with a network of its own; it is there until this is dropped.
pub(crate) struct Cable {
    /// Keeps the other network alive.
    holder: Child,
    /// The link at this end and at the other one.
    links: [String; 2],
}

impl Cable {
    /// Address of the other computer.
    pub(crate) const FAR_IP: &str = "10.77.0.2";

    /// Puts the far end of the cable that is there into the other network.
    pub(crate) async fn to_other_network() -> Self {
        Self::with_far_end(["lan0", "lan1"], Self::FAR_IP).await
    }

    /// One more computer, on one more cable, with these addresses here and there.
    pub(crate) async fn to_another(link: &str, here: &str, there: &str) -> Self {
        plug_in(link, here);
        Self::with_far_end([link, &format!("{link}far")], there).await
    }

    async fn with_far_end(links: [&str; 2], ip: &str) -> Self {
        // What reads from a pipe that nobody writes to keeps the network alive, and ends with this process.
        let mut holder = Command::new("unshare");
        holder.args(["--net", "cat"]).stdin(Stdio::piped()).stdout(Stdio::null());
        let holder = holder.spawn().expect("unshare (util-linux) runs");
        let cable = Self { holder, links: links.map(str::to_owned) };
        let far = links[1];
        let own = network_of("self").unwrap();
        until("the other network", || network_of(&cable.pid()).filter(|other| *other != own)).await;
        on_this_side(&format!("link set {far} netns {}", cable.pid()));
        for words in [&format!("address add {ip}/24 dev {far}"), "link set lo up", &format!("link set {far} up")] {
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

    /// Loses one of so many packets that arrive, at either end.
    pub(crate) fn lose_every(&self, number: u32) {
        for (mut nft, link) in self.filters() {
            let rules = format!(
                "table inet loss {{ chain arriving {{ type filter hook input priority 0; \
                 iifname \"{link}\" numgen inc mod {number} 0 counter drop; }}; }}"
            );
            let mut nft = nft.args(["-f", "-"]).stdin(Stdio::piped()).spawn().expect("nft (nftables) runs");
            nft.stdin.take().unwrap().write_all(rules.as_bytes()).unwrap();
            assert!(nft.wait().unwrap().success(), "{rules}");
        }
    }

    /// Packets that were lost at this end and at the other one.
    pub(crate) fn lost(&self) -> [u64; 2] {
        self.filters().map(|(mut nft, _)| {
            let shown = nft.args(["list", "table", "inet", "loss"]).output().unwrap();
            let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
            let count = shown.split_once("counter packets ").and_then(|(_, rest)| rest.split(' ').next());
            count.and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("no count: {shown}"))
        })
    }

    /// The filter of packets at each end, and its link.
    fn filters(&self) -> [(Command, &str); 2] {
        let [near, far] = &self.links;
        [(Command::new("nft"), near), (self.far_command("nft"), far)]
    }

    /// Pulled out: nothing arrives any more, and nobody is told.
    pub(crate) fn cut(&self) {
        self.far_ip(&format!("link set {} down", self.links[1]));
    }

    /// Plugged in again.
    pub(crate) fn mend(&self) {
        self.far_ip(&format!("link set {} up", self.links[1]));
    }

    fn pid(&self) -> String {
        self.holder.id().to_string()
    }

    fn far_ip(&self, words: &str) {
        let done = self.far_command("ip").args(words.split(' ')).status().expect("nsenter (util-linux) runs");
        assert!(done.success(), "ip {words} over there");
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        drop(self.holder.kill());
        drop(self.holder.wait());
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
