//! One command as the rules see it, and what of it can be remembered. Pure.

use std::path::Path;

use postern_protocol::approvals::AllowlistEntry;
use postern_protocol::hex::hex;
use sha2::{Digest as _, Sha256};

use super::super::plan::ExecPlan;
use super::carriers::is_carrier;
use super::pattern::{self, EXACT};

/// One command as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The file that is started: absolute, links resolved.
    pub program: String,
    /// Names everything in the plan but its time limit.
    pub exact: String,
    /// Only an exact entry covers it: it runs what it is told to, or its agent
    /// could have written it, or it gets an environment of its own.
    pub is_open: bool,
    /// Whether "always" means anything: what it runs is in its words alone, and in
    /// no file that the agent could write meanwhile.
    pub is_lasting: bool,
}

impl Command {
    /// Of a plan; `workspace` is the folder in which the agent may write.
    #[must_use]
    pub fn of(plan: &ExecPlan, workspace: &Path) -> Self {
        let program = plan.program();
        let adds_env = plan.added_env().next().is_some();
        let is_own = lies_in(program, workspace) || lies_in(program, plan.cwd());
        let is_text = program.to_str().is_some();
        Self {
            program: program.to_string_lossy().into_owned(),
            exact: exact(plan),
            is_open: adds_env || is_own || !is_text || is_carrier(program, plan.argv()),
            is_lasting: !is_own && is_text && runs_no_file(plan, workspace),
        }
    }

    /// The first entry that covers it.
    pub fn covered_by<'a>(&self, mut list: impl Iterator<Item = &'a AllowlistEntry>) -> Option<&'a AllowlistEntry> {
        list.find(|entry| self.is_covered_by(&entry.pattern))
    }

    #[must_use]
    pub fn is_covered_by(&self, text: &str) -> bool {
        match text.strip_prefix(EXACT) {
            Some(hash) => hash.eq_ignore_ascii_case(&self.exact),
            None => !self.is_open && pattern::is_usable(text) && pattern::covers(text, &self.program),
        }
    }

    /// The entry that lets it through from now on: this command and no other. That
    /// a program may run with any arguments is for somebody to write by hand.
    #[must_use]
    pub fn remembered_as(&self) -> String {
        format!("{EXACT}{}", self.exact)
    }
}

/// Whether a program lies in a folder that is somebody's place of work; in `/` lies everything.
fn lies_in(program: &Path, folder: &Path) -> bool {
    folder.parent().is_some() && program.starts_with(folder)
}

/// Whether a command names no program that runs what a file tells it, and no
/// program of the workspace. A shell with a line of its own counts by its words.
fn runs_no_file(plan: &ExecPlan, workspace: &Path) -> bool {
    let (called, line) = match (plan.shell_line(), plan.argv().split_first()) {
        (Some(line), _) => (None, vec![line]),
        (None, Some((called, rest))) => (Some(called), rest.iter().map(String::as_str).collect()),
        (None, None) => return false,
    };
    let parts = |text: &'static str| move |c: char| c.is_whitespace() || text.contains(c);
    let words = line.iter().flat_map(|text| text.split(parts(";|&()<>$`'\"{}=")));
    let mut words = words.filter(|word| !word.is_empty());
    let starts_others = called.is_some_and(|called| is_carrier(Path::new(called), plan.argv()));
    !starts_others && !words.any(|word| runs_files(word) || is_own_program(word, plan.cwd(), workspace))
}

fn runs_files(word: &str) -> bool {
    matches!(word, "." | "source" | "eval" | "trap" | "alias") || is_carrier(Path::new(word), &[])
}

/// Whether a word names a file in the workspace that can be started.
fn is_own_program(word: &str, cwd: &Path, workspace: &Path) -> bool {
    let path = cwd.join(word);
    let Ok(real) = path.canonicalize() else { return word.contains('/') && path.starts_with(workspace) };
    real.starts_with(workspace) && real.metadata().is_ok_and(|found| found.is_file() && can_start(&found))
}

#[cfg(unix)]
fn can_start(found: &std::fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o111 != 0
}

#[cfg(not(unix))]
fn can_start(_found: &std::fs::Metadata) -> bool {
    true
}

/// Hex SHA-256 over names and values; `None` for none.
pub fn env_hash<'a>(env: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
    let mut hash = Sha256::new();
    let mut any = false;
    for text in env.flat_map(|(name, value)| [name, value]) {
        any = true;
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    any.then(|| hex(&hash.finalize()))
}

/// Like the hash of the plan without its time limit: two calls of one command
/// may differ in that. Which file the program was is in it, so a program that
/// was rewritten since is another command.
fn exact(plan: &ExecPlan) -> String {
    let identity = plan.identity();
    let mut hash = Sha256::new();
    let mut text = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    text(b"postern.exact-command.v1");
    text(&(plan.argv().len() as u64).to_be_bytes());
    plan.argv().iter().for_each(|argument| text(argument.as_bytes()));
    text(plan.program().as_os_str().as_encoded_bytes());
    for number in [identity.device, identity.inode, identity.modified_ns, identity.size] {
        text(&number.to_be_bytes());
    }
    text(plan.cwd().as_os_str().as_encoded_bytes());
    text(&(plan.env().len() as u64).to_be_bytes());
    for (name, value) in plan.env() {
        text(name.as_bytes());
        text(value.as_bytes());
    }
    text(&[u8::from(plan.stdin().is_some()), u8::from(plan.pty())]);
    text(plan.stdin().unwrap_or_default().as_bytes());
    hex(&hash.finalize())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;
    use std::time::Duration;

    use super::super::super::plan::PlanRequest;
    use crate::fs::Workspace;

    use super::*;

    struct Place {
        _folder: tempfile::TempDir,
        workspace: Workspace,
    }

    impl Place {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let workspace = Workspace::open(folder.path()).unwrap();
            Self { _folder: folder, workspace }
        }

        fn root(&self) -> PathBuf {
            self.workspace.root().to_owned()
        }

        fn command(&self, request: PlanRequest) -> Command {
            let base = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
            let plan = ExecPlan::new(request, &self.workspace, &base, Duration::from_secs(9)).unwrap();
            Command::of(&plan, self.workspace.root())
        }
    }

    #[test]
    fn what_runs_files_of_the_workspace_is_asked_about_every_time() {
        let place = Place::new();
        let lasting = |line: &str| place.command(PlanRequest::shell(line)).is_lasting;
        for line in ["ls -la && wc -l notes.txt", "echo done", "cat a | sort | head -3"] {
            assert!(lasting(line), "{line}");
        }
        for line in ["python3 s.py", "make test", "git status", "sh run.sh", ". ./x", "ls; npm test", "x=$(node a.js)"]
        {
            assert!(!lasting(line), "{line}");
        }
        assert!(!place.command(PlanRequest::program(["sh", "run.sh"])).is_lasting);
    }

    #[test]
    fn a_command_is_remembered_as_it_is_and_not_by_its_program() {
        let place = Place::new();
        let (plain, other) = (PlanRequest::program(["cat", "a"]), PlanRequest::program(["cat", "b"]));
        let (plain, other) = (place.command(plain), place.command(other));
        assert!(plain.is_covered_by(&plain.remembered_as()) && !other.is_covered_by(&plain.remembered_as()));
        assert!(plain.is_lasting);
        let shell = place.command(PlanRequest::shell("touch a"));
        assert_eq!(shell.remembered_as(), format!("command:{}", shell.exact));
        assert!(!shell.is_covered_by(&shell.program) && !shell.is_covered_by("/**"));
        assert!(shell.is_covered_by(&shell.remembered_as()));
    }

    #[test]
    fn an_exact_entry_covers_nothing_that_differs() {
        let place = Place::new();
        std::fs::create_dir(place.root().join("sub")).unwrap();
        let entry = place.command(PlanRequest::shell("make test")).remembered_as();
        let same = PlanRequest { timeout: Some(Duration::from_secs(1)), ..PlanRequest::shell("make test") };
        assert!(place.command(same).is_covered_by(&entry), "the time limit does not count");
        let other_env = BTreeMap::from([("CC".to_owned(), "evil".to_owned())]);
        for other in [
            PlanRequest::shell("make test "),
            PlanRequest { cwd: Some("sub".to_owned()), ..PlanRequest::shell("make test") },
            PlanRequest { env: other_env, ..PlanRequest::shell("make test") },
            PlanRequest { stdin: Some(String::new()), ..PlanRequest::shell("make test") },
            PlanRequest { pty: true, ..PlanRequest::shell("make test") },
            PlanRequest::program(["/bin/sh", "-c", "make", "test"]),
        ] {
            assert!(!place.command(other.clone()).is_covered_by(&entry), "{other:?}");
        }
    }

    #[test]
    fn what_the_agent_can_write_or_configure_needs_an_exact_entry() {
        use std::os::unix::fs::PermissionsExt as _;
        let place = Place::new();
        let own = place.root().join("tool");
        std::fs::write(&own, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(&own, std::fs::Permissions::from_mode(0o755)).unwrap();
        let before = place.command(PlanRequest::program(["./tool"]));
        assert!(before.is_open && !before.is_covered_by(own.to_str().unwrap()));
        let entry = before.remembered_as();
        assert!(place.command(PlanRequest::program(["./tool"])).is_covered_by(&entry));
        std::fs::write(&own, "#!/bin/sh\nrm -rf /\n").unwrap();
        assert!(!place.command(PlanRequest::program(["./tool"])).is_covered_by(&entry), "rewritten since");
        let env = BTreeMap::from([("A".to_owned(), "1".to_owned())]);
        let with_env = place.command(PlanRequest { env, ..PlanRequest::program(["touch", "a"]) });
        assert!(with_env.is_open && !with_env.is_covered_by("/**"));
    }
}
