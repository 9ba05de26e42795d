//! Which commands of a node may be invoked: what its system may offer, what the
//! configuration adds and takes away, what the node declared, and what somebody
//! approved of that (`storage-and-config.md §3`). Pure.

use postern_protocol::Dialect;

use super::platform::Platform;
use crate::config::NodeRules;

const CANVAS: &[&str] = &[
    "canvas.present",
    "canvas.hide",
    "canvas.navigate",
    "canvas.eval",
    "canvas.snapshot",
    "canvas.a2ui.push",
    "canvas.a2ui.pushJSONL",
    "canvas.a2ui.reset",
];
const CAMERA: &[&str] = &["camera.list", "camera.snap", "camera.clip"];
const SCREEN: &[&str] = &["screen.record"];
const LOCATION: &[&str] = &["location.get"];
const SMS: &[&str] = &["sms.send"];
const SYSTEM: &[&str] = &[
    "system.run",
    "system.which",
    "system.notify",
    "system.execApprovals.get",
    "system.execApprovals.set",
    "browser.proxy",
];

const WINDOW: &[&str] = &["canvas.present", "canvas.hide", "canvas.navigate"];
const PHONE: &[&str] = &[
    "camera.list",
    "location.get",
    "device.info",
    "device.status",
    "contacts.search",
    "calendar.events",
    "reminders.list",
    "photos.latest",
    "motion.activity",
    "motion.pedometer",
    "system.notify",
];
const WATCH_OF_PHONE: &[&str] = &["watch.status", "watch.notify"];
const ANDROID: &[&str] = &[
    "notifications.list",
    "notifications.actions",
    "device.permissions",
    "device.health",
    "device.apps",
    "callLog.search",
    "mobile.ui.observe",
    "mobile.ui.act",
];
const MAC: &[&str] = &["camera.ptz.status", "device.apps", "computer.act"];
const PC: &[&str] = &["camera.list", "location.get", "device.info", "device.status", "computer.act"];
const COMPUTER: &[&str] = &["computer.act"];
const WATCH: &[&str] = &["device.info", "device.status", "system.notify"];
const STRANGER: &[&str] = &["camera.list", "location.get", "system.notify"];
/// What a computer may be told to do. All but notifying wait for an approval.
const HOST: &[&str] = &[
    "system.run.prepare",
    "system.run",
    "system.which",
    "system.notify",
    "system.execApprovals.get",
    "system.execApprovals.set",
    "fs.listDir",
    "terminal.upload",
    "browser.proxy",
    "browser.proxy.upload.v1",
    "mcp.tools.call.v1",
    "agent.cli.claude.run.v1",
    "screen.snapshot",
    "desktop.stream",
];
const TALK: &[&str] = &["talk.ptt.start", "talk.ptt.stop", "talk.ptt.cancel", "talk.ptt.once"];

/// Commands that reveal or change so much that a list must name them.
#[cfg(test)]
const DANGEROUS: &[&str] = &[
    "camera.snap",
    "camera.clip",
    "camera.ptz.control",
    "screen.record",
    "contacts.add",
    "calendar.add",
    "reminders.add",
    "sms.send",
    "sms.search",
    "health.summary",
];

/// What a generation lets nodes of a system offer by itself.
fn ceiling(dialect: Dialect, platform: Platform) -> &'static [&'static [&'static str]] {
    match (dialect, platform) {
        (Dialect::V3, Platform::Ios) => &[CANVAS, CAMERA, SCREEN, LOCATION],
        (Dialect::V3, Platform::Android) => &[CANVAS, CAMERA, SCREEN, LOCATION, SMS],
        (Dialect::V3, Platform::Macos) => &[CANVAS, CAMERA, SCREEN, LOCATION, SYSTEM],
        (Dialect::V3, Platform::Windows | Platform::Linux) => &[SYSTEM],
        (Dialect::V3, Platform::Watchos) => &[],
        (Dialect::V3, Platform::Unknown) => &[CANVAS, CAMERA, SCREEN, LOCATION, SMS, SYSTEM],
        (Dialect::V4, Platform::Ios) => &[PHONE, WATCH_OF_PHONE],
        (Dialect::V4, Platform::Android) => &[PHONE, WATCH_OF_PHONE, ANDROID],
        (Dialect::V4, Platform::Macos) => &[PHONE, WATCH_OF_PHONE, MAC, HOST, WINDOW],
        (Dialect::V4, Platform::Windows) => &[PC, HOST],
        (Dialect::V4, Platform::Linux) => &[COMPUTER, HOST],
        (Dialect::V4, Platform::Watchos) => &[WATCH],
        (Dialect::V4, Platform::Unknown) => &[STRANGER],
    }
}

/// Why a command is not invoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandRefusal {
    /// No list has it, or one takes it away.
    NotAllowlisted,
    /// The node declared nothing.
    NothingDeclared,
    /// The node did not declare it.
    NotDeclared,
    /// It is declared, and nobody has approved that yet.
    NotApproved,
}

/// One node, as far as it decides about its commands.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// Generation it is served in.
    pub dialect: Dialect,
    /// Its pinned system.
    pub platform: Platform,
    /// `connect.caps`.
    pub caps: &'a [String],
    /// `connect.commands`.
    pub commands: &'a [String],
}

impl NodeRules {
    /// Whether some list has the command for such a node.
    #[must_use]
    pub fn lists(&self, offer: &Offer<'_>, command: &str) -> bool {
        if self.deny.iter().any(|denied| denied == command) {
            return false;
        }
        let dialect = if self.strict { Dialect::V4 } else { offer.dialect };
        self.allow.iter().any(|allowed| allowed == command)
            || ceiling(dialect, offer.platform).iter().any(|group| group.contains(&command))
            || (TALK.contains(&command) && can_talk(offer))
    }

    /// What of its commands may be offered at all, in the order it declared them.
    #[must_use]
    pub fn listed(&self, offer: &Offer<'_>) -> Vec<String> {
        offer.commands.iter().filter(|command| self.lists(offer, command)).cloned().collect()
    }

    /// Judges an invoke. `approved` is the surface that somebody approved.
    ///
    /// # Errors
    /// Why not.
    pub fn judge(&self, offer: &Offer<'_>, approved: &[String], command: &str) -> Result<(), CommandRefusal> {
        if !self.lists(offer, command) {
            return Err(CommandRefusal::NotAllowlisted);
        }
        if offer.commands.is_empty() {
            return Err(CommandRefusal::NothingDeclared);
        }
        let holds = |list: &[String]| list.iter().any(|one| one == command);
        if !holds(offer.commands) {
            return Err(CommandRefusal::NotDeclared);
        }
        if holds(approved) { Ok(()) } else { Err(CommandRefusal::NotApproved) }
    }
}

fn can_talk(offer: &Offer<'_>) -> bool {
    offer.caps.iter().any(|cap| cap == "talk") || offer.commands.iter().any(|command| command.starts_with("talk."))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: &[String] = &[];

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|word| (*word).to_owned()).collect()
    }

    fn offer(dialect: Dialect, platform: Platform, commands: &[String]) -> Offer<'_> {
        Offer { dialect, platform, caps: NOTHING, commands }
    }

    #[test]
    fn each_system_has_the_commands_of_its_list() {
        let rules = NodeRules::default();
        let can = |dialect, platform, command| rules.lists(&offer(dialect, platform, NOTHING), command);
        for (platform, command, first, second) in [
            (Platform::Ios, "camera.snap", true, false),
            (Platform::Ios, "system.run", false, false),
            (Platform::Android, "sms.send", true, false),
            (Platform::Android, "notifications.list", false, true),
            (Platform::Macos, "system.run", true, true),
            (Platform::Macos, "canvas.eval", true, false),
            (Platform::Macos, "canvas.present", true, true),
            (Platform::Windows, "camera.list", false, true),
            (Platform::Windows, "screen.record", false, false),
            (Platform::Linux, "system.run.prepare", false, true),
            (Platform::Linux, "camera.list", false, false),
            (Platform::Watchos, "system.notify", false, true),
            (Platform::Unknown, "system.run", true, false),
            (Platform::Unknown, "system.notify", true, true),
        ] {
            assert_eq!(can(Dialect::V3, platform, command), first, "3 {platform:?} {command}");
            assert_eq!(can(Dialect::V4, platform, command), second, "4 {platform:?} {command}");
        }
    }

    #[test]
    fn no_dangerous_command_is_in_a_list_of_the_second_generation() {
        use Platform::{Android, Ios, Linux, Macos, Unknown, Watchos, Windows};
        for platform in [Ios, Android, Macos, Windows, Linux, Watchos, Unknown] {
            for group in ceiling(Dialect::V4, platform) {
                assert!(group.iter().all(|command| !DANGEROUS.contains(command)), "{platform:?} {group:?}");
            }
        }
    }

    #[test]
    fn the_configuration_adds_exactly_and_takes_away_from_everybody() {
        let rules = NodeRules { allow: words(&["camera.snap"]), deny: words(&["system.run"]), ..NodeRules::default() };
        let phone = offer(Dialect::V4, Platform::Ios, NOTHING);
        assert!(rules.lists(&phone, "camera.snap"));
        for near in ["camera.snap ", "Camera.snap", "camera.sna", "camera.snap.now", "camera.*"] {
            assert!(!rules.lists(&phone, near), "{near}");
        }
        assert!(!rules.lists(&offer(Dialect::V4, Platform::Macos, NOTHING), "system.run"));
        assert!(!rules.lists(&offer(Dialect::V3, Platform::Unknown, NOTHING), "system.run"));
        let both = NodeRules { allow: words(&["x"]), deny: words(&["x"]), ..NodeRules::default() };
        assert!(!both.lists(&phone, "x"));
    }

    #[test]
    fn strict_rules_hold_for_both_generations() {
        let rules = NodeRules { strict: true, ..NodeRules::default() };
        assert!(!rules.lists(&offer(Dialect::V3, Platform::Ios, NOTHING), "camera.snap"));
    }

    #[test]
    fn talking_is_for_nodes_that_can() {
        let rules = NodeRules::default();
        let declared = words(&["talk.ptt.start"]);
        assert!(rules.lists(&offer(Dialect::V4, Platform::Watchos, &declared), "talk.ptt.stop"));
        let caps = words(&["talk"]);
        let silent = offer(Dialect::V4, Platform::Linux, NOTHING);
        assert!(rules.lists(&Offer { caps: &caps, ..silent }, "talk.ptt.once"));
        assert!(!rules.lists(&silent, "talk.ptt.once"));
    }

    #[test]
    fn a_command_is_listed_declared_and_approved() {
        let rules = NodeRules::default();
        let declared = words(&["system.notify", "system.run", "sms.send"]);
        let node = offer(Dialect::V4, Platform::Linux, &declared);
        let approved = words(&["system.run", "system.which"]);
        assert_eq!(rules.judge(&node, &approved, "system.run"), Ok(()));
        assert_eq!(rules.judge(&node, &approved, "system.notify"), Err(CommandRefusal::NotApproved));
        // Approved once, not declared any more.
        assert_eq!(rules.judge(&node, &approved, "system.which"), Err(CommandRefusal::NotDeclared));
        assert_eq!(rules.judge(&node, &approved, "sms.send"), Err(CommandRefusal::NotAllowlisted));
        let mute = offer(Dialect::V4, Platform::Linux, NOTHING);
        assert_eq!(rules.judge(&mute, &approved, "system.run"), Err(CommandRefusal::NothingDeclared));
        assert_eq!(rules.listed(&node), ["system.notify", "system.run"]);
    }
}
