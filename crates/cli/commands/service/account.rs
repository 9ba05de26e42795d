//! Users of this machine: where one is at home, and folders that are made as theirs.

use std::path::{Path, PathBuf};

use super::system::ask;
use crate::exit::{Exit, Failure, Outcome};

/// Where the users are written down, for machines without `getent`.
const USERS: &str = "/etc/passwd";

/// A user as the machine knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    /// Sign-in name.
    pub(crate) name: String,
    /// Number of the user.
    uid: u32,
    /// Number of their first group.
    gid: u32,
    /// Home folder.
    pub(crate) home: PathBuf,
}

impl Account {
    /// The user of this name.
    pub(crate) fn named(name: &str) -> Outcome<Self> {
        let said = match std::env::consts::OS {
            // There the list is a directory service; the fields are ten.
            "macos" => ask("/usr/bin/id", &["-P", name]).out,
            // Also users that a directory in the network knows.
            _ => ask("getent", &["passwd", name]).out,
        };
        let written = std::fs::read_to_string(USERS).unwrap_or_default();
        said.lines().chain(written.lines()).find_map(|line| account(line, name)).ok_or_else(|| {
            Failure::usage(format!("--user: this machine has no user `{name}`"))
                .hint(format!("name a user that exists; `id {name}` says what the machine knows"))
        })
    }

    /// Makes a folder as this user, who then owns it. What is there already stays as it is.
    #[cfg(unix)]
    pub(crate) fn make_folder(&self, folder: &Path) -> Outcome {
        use std::os::unix::process::CommandExt as _;
        // Not made here and given away: the user could put a link in the way of root.
        let mut command = std::process::Command::new("/bin/mkdir");
        command.args(["-p", "-m", "700", "--"]).arg(folder).current_dir("/");
        let made = command.uid(self.uid).gid(self.gid).stdin(std::process::Stdio::null()).output();
        let why = match made {
            Ok(output) if output.status.success() => return Ok(()),
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => format!("mkdir: {error}"),
        };
        let shown = folder.display();
        Err(Failure::new(Exit::StateUnwritable, format!("{} cannot make {shown}: {why}", self.name))
            .hint(format!("make it for them: install -d -m 700 -o {} {shown}", self.name)))
    }

    /// Services of the machine are not made on such systems.
    #[cfg(not(unix))]
    pub(crate) fn make_folder(&self, folder: &Path) -> Outcome {
        Err(Failure::new(Exit::StateUnwritable, format!("{} cannot be made for {}", folder.display(), self.name)))
    }
}

/// A line of the list of users: seven fields, or ten where classes and dates are in it.
fn account(line: &str, name: &str) -> Option<Account> {
    let fields: Vec<&str> = line.split(':').collect();
    let home = match fields.len() {
        7 => fields[5],
        10 => fields[8],
        _ => return None,
    };
    let is_it = fields[0] == name && home.starts_with('/');
    let (uid, gid) = (fields[2].parse().ok()?, fields[3].parse().ok()?);
    is_it.then(|| Account { name: name.to_owned(), uid, gid, home: PathBuf::from(home) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_lists_are_read() {
        let linux = account("ada:x:1000:1001:Ada:/home/ada:/bin/bash", "ada").unwrap();
        assert_eq!((linux.uid, linux.gid, linux.home.as_path()), (1000, 1001, Path::new("/home/ada")));
        let mac = account("ada:********:501:20::0:0:Ada:/Users/ada:/bin/zsh", "ada").unwrap();
        assert_eq!((mac.uid, mac.gid, mac.home.as_path()), (501, 20, Path::new("/Users/ada")));
        assert_eq!(account("adam:x:1:1::/home/adam:/bin/sh", "ada"), None);
        assert_eq!(account("ada:x:1:1", "ada"), None);
    }

    #[cfg(unix)]
    #[test]
    fn folders_belong_to_the_user_they_are_made_for() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let place = tempfile::tempdir().unwrap();
        let own = std::fs::metadata(place.path()).unwrap();
        // Only root can do it for somebody else.
        let uid = if own.uid() == 0 { 65_534 } else { own.uid() };
        let gid = if own.uid() == 0 { 65_534 } else { own.gid() };
        std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        let account = Account { name: "them".to_owned(), uid, gid, home: place.path().to_owned() };
        let folder = place.path().join("state");
        account.make_folder(&folder).unwrap();
        let made = std::fs::metadata(&folder).unwrap();
        assert_eq!((made.uid(), made.gid(), made.mode() & 0o777), (uid, gid, 0o700));
        account.make_folder(&folder).unwrap();
        let refused = account.make_folder(Path::new("/proc/nobody-makes-this")).unwrap_err();
        assert!(refused.exit == Exit::StateUnwritable && refused.hint.is_some(), "{refused:?}");
    }
}
