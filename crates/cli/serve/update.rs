//! What updates want of a start: which program serves, and becoming it.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use postern_gateway::Paths;
use postern_gateway::update::{
    InstalledProgram, Next, Own, Program, UpdateFolder, Version, Watch, give_up, next, served, starting,
};
use postern_protocol::update::UpdateSlot;

use crate::commands::Context;
use crate::env::{self, UPDATE_ROLE, UpdateRole, now_ms};
use crate::exit::{Exit, Failure, Outcome};

/// Rounds in a row that serve nobody, after which the gateway serves all the same.
const MAX_DETOURS: u32 = 4;
/// How long a program that was tried may take to end after its watcher.
const ORPHAN_ENDS: Duration = Duration::from_secs(10);
/// Between two looks whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The program around the gateway, as far as updates need to know it. Where
/// releases come from and who signs them is told when it is built.
pub(crate) fn program() -> Program {
    let path = env::program();
    let is_app = path.as_deref().and_then(Path::file_stem).is_some_and(|name| name == "postern-desktop");
    Program {
        packaged: is_app.then(|| "this gateway belongs to the desktop app, which its own package updates".to_owned()),
        path,
        url: option_env!("POSTERN_RELEASE_URL").map(str::to_owned).filter(|url| !url.is_empty()),
        public_keys: option_env!("POSTERN_RELEASE_KEYS").map_or_else(Vec::new, |keys| {
            keys.split([',', ' ']).filter(|key| !key.is_empty()).map(str::to_owned).collect()
        }),
    }
}

/// What a start asks of updates.
pub(super) struct UpdateHost {
    pub(super) folder: UpdateFolder,
    pub(super) paths: Paths,
    role: UpdateRole,
    installed: Option<InstalledProgram>,
    slot: UpdateSlot,
    version: Option<Version>,
    detours: u32,
}

impl UpdateHost {
    pub(super) fn new(cx: &Context, paths: &Paths) -> Self {
        let (program, folder) = (program(), UpdateFolder::of(paths));
        let slot = program.path.as_deref().map_or(UpdateSlot::Installed, |path| folder.slot_of(path));
        let version = env!("CARGO_PKG_VERSION");
        let installed = program.path.clone().filter(|_| slot == UpdateSlot::Installed);
        Self {
            installed: installed.map(|path| InstalledProgram { path, version: version.to_owned() }),
            role: cx.settings.update_role,
            // Another's package updates it: none of this is for it.
            version: version.parse().ok().filter(|_| program.packaged.is_none() && program.path.is_some()),
            paths: paths.clone(),
            detours: 0,
            folder,
            slot,
        }
    }

    /// What the next round is. Whatever is wrong with updates, the gateway serves.
    pub(super) fn next(&mut self, port: u16) -> Next {
        self.detours += 1;
        let Some(version) = self.version.as_ref().filter(|_| self.detours <= MAX_DETOURS) else { return Next::Serve };
        if matches!(self.role, UpdateRole::Trial(_)) || !self.folder.path().exists() {
            return Next::Serve;
        }
        let started_by_another = matches!(self.role, UpdateRole::Started(_));
        // Only for the first look; after that it has served by itself.
        self.role = UpdateRole::Usual;
        let next = next(&self.folder, Own { slot: self.slot, version, started_by_another });
        if let Next::Become(program) = &next {
            tracing::info!(program = %program.display(), port, "Going on as the updated program.");
            let begun = starting(&self.folder, self.installed.clone());
            if begun.is_ok_and(|goes_on| !goes_on) {
                tracing::error!("The updated program never served; what ran before it runs again.");
                return self.next(port);
            }
        }
        next
    }

    pub(super) fn served(&mut self) {
        self.detours = 0;
        if self.slot != UpdateSlot::Installed
            && !matches!(self.role, UpdateRole::Trial(_))
            && let Err(error) = served(&self.folder)
        {
            tracing::warn!(%error, "It cannot be noted that the updated program serves.");
        }
    }

    /// Puts back what a trial left behind whose watcher is gone.
    pub(super) async fn put_back(&self) {
        let deadline = Instant::now() + ORPHAN_ENDS;
        let Some(watch) = self.watch_until(deadline).await else { return };
        // The program that was tried ends with its watcher, but not in the same moment.
        while self.is_held() && Instant::now() < deadline {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        if self.is_held() {
            return;
        }
        tracing::warn!("An update was broken off while it was tried; what ran before runs again.");
        if let Err(error) = give_up(&self.folder, &self.paths, "it was broken off while it was tried", now_ms()).await {
            tracing::error!(%error, "The state from before the update cannot be put back.");
        }
        drop(watch);
    }

    /// The right to put things back; none where a trial is under way: the start that
    /// follows says who is in the way.
    async fn watch_until(&self, deadline: Instant) -> Option<Watch> {
        let mut is_told = false;
        loop {
            let taken = Watch::take(&self.folder);
            if let Err(error) = &taken {
                tracing::error!(%error, "The update folder cannot be used.");
            }
            // Of a watcher that was killed while it started the program, a copy has its
            // lock until that program begins.
            if !matches!(taken, Ok(None)) || self.is_held() || Instant::now() >= deadline {
                return taken.ok().flatten();
            }
            if !is_told {
                tracing::info!("An update was broken off just now; waiting for what is left of it.");
                is_told = true;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Whether a gateway has the state folder.
    pub(super) fn is_held(&self) -> bool {
        postern_gateway::state_folder::Holder::alive(&self.paths.lock()).is_some()
    }
}

/// The same command line with another program, which is told that it is this one's
/// successor.
pub(super) fn command(program: &Path, role: UpdateRole) -> Command {
    let mut command = Command::new(program);
    command.args(env::arguments().into_iter().skip(1)).env(UPDATE_ROLE, role.to_string());
    command
}

/// This process becomes another program: same id, same supervisor, same terminal.
#[cfg(unix)]
pub(super) fn become_program(program: &Path, port: u16) -> Outcome {
    use std::os::unix::process::CommandExt as _;
    let error = command(program, UpdateRole::Started(port)).exec();
    // The start is counted: after a few of these the program is given up.
    Err(Failure::new(Exit::Failed, format!("{} cannot be started: {error}", program.display())))
}

/// Where a process cannot become another one, it waits for it.
#[cfg(not(unix))]
pub(super) fn become_program(program: &Path, port: u16) -> Outcome {
    let failed =
        |error: std::io::Error| Failure::new(Exit::Failed, format!("{} cannot be started: {error}", program.display()));
    let status = command(program, UpdateRole::Started(port)).status().map_err(failed)?;
    if status.success() { Ok(()) } else { Err(Failure::reported(Exit::Failed, format!("it ended with {status}"))) }
}
