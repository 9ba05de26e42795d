//! The service over a real store and real folders.

mod changes;
// Made of links and modes, which other systems have in other forms.
#[cfg(unix)]
mod folders;
mod prompts;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio::task::JoinSet;

use super::profile::{Roster, StoredAgent};
use super::{AgentProfile, Agents};
use crate::config::{self, Config, Overrides};
use crate::options::{Clock, Paths};
use crate::store::Store;
use crate::tasks::Tasks;

/// An agent that nobody said anything about.
pub(super) fn profile(id: &str) -> AgentProfile {
    let stored = StoredAgent { made_at_run_time: true, ..StoredAgent::default() };
    let all = std::iter::once((id.to_owned(), stored)).collect();
    let roster = Roster::build(&Config::default(), Path::new("/state"), &all);
    (**roster.get(id).unwrap()).clone()
}

struct Bench {
    agents: Agents,
    store: Store,
    now: Arc<AtomicI64>,
    folder: tempfile::TempDir,
    config: &'static str,
    writer: JoinSet<()>,
}

/// An agent of each kind: the default and another one.
const TWO: &str = r#"{ agents: {
    defaults: { model: "openai/base", thinkingDefault: "low", timeoutSeconds: 7 },
    list: [
        { id: "main", default: true, name: "Main" },
        { id: "work", model: { primary: "openai/big", fallbacks: ["openai/small"] }, thinkingDefault: "high",
          identity: { name: "Worker", emoji: "🔧", theme: "dry" }, tools: { deny: ["exec"] },
          limits: { dailyTokens: 5 } },
    ],
} }"#;

async fn bench(config: &'static str) -> Bench {
    open(tempfile::tempdir().unwrap(), config).await
}

async fn open(folder: tempfile::TempDir, config: &'static str) -> Bench {
    let state_dir = folder.path().join("state");
    let paths = Paths { state_dir: state_dir.clone(), config_path: folder.path().join("postern.json") };
    std::fs::create_dir_all(&state_dir).unwrap();
    std::fs::write(&paths.config_path, config).unwrap();
    let loaded = config::load(&paths, &Overrides::default());
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    let opened = Store::open(&paths.database()).await.unwrap();
    let mut writer = JoinSet::new();
    writer.spawn(opened.writer.run());
    let now = Arc::new(AtomicI64::new(1_767_225_600_000));
    let time = Arc::clone(&now);
    let clock = Clock::new(move || time.load(Ordering::SeqCst));
    let agents =
        Agents::open(opened.store.clone(), loaded.config.into(), &paths, clock, Tasks::default()).await.unwrap();
    Bench { agents, store: opened.store, now, folder, config, writer }
}

impl Bench {
    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// Stops and starts the gateway in the same folder, with another configuration if asked.
    async fn reopened(mut self, config: Option<&'static str>) -> Self {
        self.store.close().await;
        while self.writer.join_next().await.is_some() {}
        open(self.folder, config.unwrap_or(self.config)).await
    }

    fn ids(&self) -> Vec<String> {
        self.agents.list().iter().map(|agent| agent.id.clone()).collect()
    }

    fn agent(&self, id: &str) -> Arc<AgentProfile> {
        self.agents.get(id).unwrap_or_else(|| panic!("no agent {id}"))
    }
}
