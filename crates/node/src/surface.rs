//! What this computer offers: only commands that work here, found out once at the start.

use std::collections::{BTreeMap, BTreeSet};

use crate::browser;
use crate::commands::camera_is_there;
use crate::media::{Way, find};
use crate::options::{Capability, NodeOptions};

/// What is offered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surface {
    /// Groups.
    pub caps: Vec<String>,
    /// Commands.
    pub commands: BTreeSet<String>,
    /// What the system lets this program do.
    pub permissions: BTreeMap<String, bool>,
    pub(crate) notify: Option<Way>,
    pub(crate) camera: Option<Way>,
    pub(crate) screen: Option<Way>,
    pub(crate) recorder: Option<Way>,
    pub(crate) location: Option<Way>,
    pub(crate) opener: Option<Way>,
    pub(crate) chromium: bool,
}

const SYSTEM: [&str; 5] =
    ["system.run", "system.run.prepare", "system.which", "system.execApprovals.get", "system.execApprovals.set"];
/// With a browser of our own.
const CANVAS: [&str; 8] = [
    "canvas.present",
    "canvas.hide",
    "canvas.navigate",
    "canvas.eval",
    "canvas.snapshot",
    "canvas.a2ui.push",
    "canvas.a2ui.pushJSONL",
    "canvas.a2ui.reset",
];

impl Surface {
    /// Looks at what is there. Blocks for a moment.
    #[must_use]
    pub fn of(options: &NodeOptions) -> Self {
        let env = &options.desktop_env;
        let has = |name: &str| env.get(name).is_some_and(|value| !value.is_empty());
        let (wayland, x11) = (has("WAYLAND_DISPLAY"), has("DISPLAY"));
        let mut surface = Self { chromium: browser::find(options).is_some(), ..Self::default() };
        if cfg!(target_os = "macos") {
            surface.notify = find(env, &[Way::Osascript]);
            surface.camera = find(env, &[Way::Imagesnap]);
            surface.screen = find(env, &[Way::Screencapture]);
            surface.recorder = surface.screen;
            surface.location = find(env, &[Way::CoreLocation]);
            surface.opener = find(env, &[Way::Open]);
        } else if cfg!(windows) {
            surface.notify = find(env, &[Way::PowerShell]);
            surface.opener = find(env, &[Way::Rundll]);
        } else {
            let ffmpeg = find(env, &[Way::Ffmpeg]);
            surface.notify = find(env, &[Way::NotifySend]).filter(|_| has("DBUS_SESSION_BUS_ADDRESS"));
            surface.camera = ffmpeg.filter(|_| camera_is_there(&options.cameras));
            surface.screen = match (wayland, x11) {
                (true, _) => find(env, &[Way::Grim]),
                (false, true) => find(env, &[Way::Scrot, Way::Maim, Way::Import, Way::Ffmpeg]),
                (false, false) => None,
            };
            surface.recorder = ffmpeg.filter(|_| x11 && !wayland);
            surface.opener = find(env, &[Way::XdgOpen]).filter(|_| wayland || x11);
        }
        surface.declare(&options.without);
        surface
    }

    fn declare(&mut self, without: &BTreeSet<Capability>) {
        let mut offer = |cap: Capability, commands: &[&str]| {
            if without.contains(&cap) || commands.is_empty() {
                return;
            }
            if !self.caps.iter().any(|known| known == cap.wire_word()) {
                self.caps.push(cap.wire_word().to_owned());
            }
            self.commands.extend(commands.iter().map(|command| (*command).to_owned()));
        };
        offer(Capability::System, &SYSTEM);
        if self.notify.is_some() {
            offer(Capability::Notifications, &["system.notify"]);
        }
        offer(Capability::Fs, &["fs.listDir"]);
        if self.chromium {
            offer(Capability::Browser, &["browser.proxy"]);
            offer(Capability::Canvas, &CANVAS);
        } else if self.opener.is_some() {
            offer(Capability::Canvas, &["canvas.present", "canvas.navigate"]);
        }
        match self.camera {
            Some(Way::Ffmpeg) => offer(Capability::Camera, &["camera.list", "camera.snap", "camera.clip"]),
            Some(_) => offer(Capability::Camera, &["camera.list", "camera.snap"]),
            None => {}
        }
        if self.screen.is_some() {
            offer(Capability::Screen, &["screen.snapshot"]);
        }
        if self.recorder.is_some() {
            offer(Capability::Screen, &["screen.record"]);
        }
        if self.location.is_some() {
            offer(Capability::Location, &["location.get"]);
        }
        self.caps.sort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(mut surface: Surface, without: &[Capability]) -> (String, Vec<String>) {
        surface.declare(&without.iter().copied().collect());
        (surface.caps.join(" "), surface.commands.into_iter().collect())
    }

    #[test]
    fn only_what_works_is_offered() {
        let (caps, commands) = declared(Surface::default(), &[]);
        assert_eq!(caps, "fs system");
        assert!(!commands.iter().any(|command| command == "system.notify" || command.starts_with("camera")));
        let rich = Surface {
            camera: Some(Way::Ffmpeg),
            screen: Some(Way::Grim),
            opener: Some(Way::XdgOpen),
            ..Surface::default()
        };
        let (caps, commands) = declared(rich.clone(), &[]);
        assert_eq!(caps, "camera canvas fs screen system");
        let canvas: Vec<&String> = commands.iter().filter(|command| command.starts_with("canvas")).collect();
        assert_eq!(canvas, ["canvas.navigate", "canvas.present"], "nothing reads what the system's browser shows");
        assert!(!commands.contains(&"screen.record".to_owned()));
        let (caps, commands) = declared(rich, &[Capability::System, Capability::Camera]);
        assert_eq!(caps, "canvas fs screen");
        assert!(!commands.iter().any(|command| command.starts_with("system") || command.starts_with("camera")));
        let told = || Surface { notify: Some(Way::NotifySend), ..Surface::default() };
        let (caps, commands) = declared(told(), &[Capability::System, Capability::Fs]);
        assert_eq!((caps.as_str(), commands), ("system", vec!["system.notify".to_owned()]));
        assert!(!declared(told(), &[Capability::Notifications]).1.contains(&"system.notify".to_owned()));
    }
}
