//! Which programs of the system are there, and what each is for.

use std::collections::BTreeMap;

use postern_tools::exec::find_program;

/// A program of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    NotifySend,
    Osascript,
    PowerShell,
    /// Screens of X11 and cameras of Linux.
    Ffmpeg,
    Grim,
    Scrot,
    Import,
    Maim,
    Screencapture,
    Imagesnap,
    CoreLocation,
    XdgOpen,
    Open,
    Rundll,
}

impl Way {
    /// The program's name.
    pub(crate) const fn program(self) -> &'static str {
        match self {
            Self::NotifySend => "notify-send",
            Self::Osascript => "osascript",
            Self::PowerShell => "powershell",
            Self::Ffmpeg => "ffmpeg",
            Self::Grim => "grim",
            Self::Scrot => "scrot",
            Self::Import => "import",
            Self::Maim => "maim",
            Self::Screencapture => "screencapture",
            Self::Imagesnap => "imagesnap",
            Self::CoreLocation => "CoreLocationCLI",
            Self::XdgOpen => "xdg-open",
            Self::Open => "open",
            Self::Rundll => "rundll32",
        }
    }
}

/// The first of these programs that is there.
pub(crate) fn find(env: &BTreeMap<String, String>, ways: &[Way]) -> Option<Way> {
    let search = env.get("PATH").map(String::as_str);
    ways.iter().copied().find(|way| find_program(way.program(), search).is_some())
}
