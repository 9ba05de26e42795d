//! Which variables of this process other programs get: commands of agents, and what shows something.

use std::collections::BTreeMap;

use super::Environment;

/// Variables of this process that commands of agents get too. Everything else
/// stays here: settings and secrets of this program, keys of other programs.
#[cfg(not(windows))]
const COMMAND_VARIABLES: [&str; 11] =
    ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TERM", "TMPDIR", "XDG_RUNTIME_DIR"];
/// The same on Windows, where names have no case.
#[cfg(windows)]
const COMMAND_VARIABLES: [&str; 22] = [
    "PATH",
    "PATHEXT",
    "COMSPEC",
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "WINDIR",
    "TEMP",
    "TMP",
    "USERPROFILE",
    "USERNAME",
    "USERDOMAIN",
    "HOMEDRIVE",
    "HOMEPATH",
    "APPDATA",
    "LOCALAPPDATA",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "PROGRAMFILES(X86)",
    "COMMONPROGRAMFILES",
    "NUMBER_OF_PROCESSORS",
    "PROCESSOR_ARCHITECTURE",
    "OS",
];

fn is_for_commands(name: &str) -> bool {
    let name = if cfg!(windows) { name.to_ascii_uppercase() } else { name.to_owned() };
    COMMAND_VARIABLES.contains(&name.as_str()) || name.starts_with("LC_")
}

impl Environment {
    /// Environment of commands that agents run.
    pub(crate) fn for_commands(&self) -> BTreeMap<String, String> {
        let wanted = self.variables.iter().filter(|(name, _)| is_for_commands(name));
        let mut chosen: BTreeMap<String, String> =
            wanted.filter_map(|(name, value)| Some((name.clone(), value.to_str()?.to_owned()))).collect();
        if let (false, Some(home)) = (cfg!(windows), self.home.as_ref().and_then(|home| home.to_str())) {
            chosen.entry("HOME".to_owned()).or_insert_with(|| home.to_owned());
        }
        chosen
    }

    /// Environment of programs that show something, or are shown: the same, and the way to the screen.
    pub(crate) fn for_desktop(&self) -> BTreeMap<String, String> {
        const NAMES: [&str; 7] = [
            "DISPLAY",
            "WAYLAND_DISPLAY",
            "XAUTHORITY",
            "DBUS_SESSION_BUS_ADDRESS",
            "XDG_CURRENT_DESKTOP",
            "XDG_SESSION_TYPE",
            "XDG_DATA_DIRS",
        ];
        let shown =
            NAMES.iter().filter_map(|name| Some(((*name).to_owned(), self.variables.get(*name)?.to_str()?.to_owned())));
        self.for_commands().into_iter().chain(shown).collect()
    }
}
