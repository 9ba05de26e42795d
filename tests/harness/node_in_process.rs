//! The node host as a library in this process: the test owns its clock, its cameras and its programs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

use postern_client::ClientOptions;
use postern_node::{BrowserOptions, CameraFolders, NodeOptions, NodeState};
use postern_protocol::identity::DeviceKey;
use tokio::task::JoinSet;

use super::in_process::ManualClock;
use super::{Endpoint, until};

/// A node host without a browser, a device of its own; ended when dropped, inside the runtime it was started in.
pub(crate) struct InProcessNode {
    /// Its clock.
    pub(crate) clock: ManualClock,
    /// Its id on the wire.
    pub(crate) id: String,
    states: Receiver<NodeState>,
    home: tempfile::TempDir,
    _running: JoinSet<()>,
}

impl InProcessNode {
    /// Runs one against this gateway, with options changed at will.
    pub(crate) fn start(gateway: &Endpoint, change: impl FnOnce(&mut NodeOptions)) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (clock, key) = (ManualClock::new(), DeviceKey::from_seed(&rand::random()));
        let (reading, id) = (clock.clone(), key.device_id().to_string());
        let scratch = home.path().join("scratch");
        postern_gateway::private::make_folder(&scratch).unwrap();
        let mut options = NodeOptions {
            client: ClientOptions::new()
                .url(gateway.url())
                .token(gateway.token.clone().unwrap_or_default())
                .device(key)
                .platform("linux"),
            node_id: id.clone(),
            home: home.path().into(),
            command_env: std::env::vars().filter(|(name, _)| name == "PATH").collect(),
            desktop_env: BTreeMap::new(),
            display: false,
            approvals_path: home.path().join("exec-approvals.json"),
            scratch,
            write: Arc::new(|path, bytes| postern_gateway::private::write(path, bytes)),
            clock: Arc::new(move || reading.now_ms()),
            without: BTreeSet::new(),
            browser: BrowserOptions { program: Some("/no/browser".into()), ..BrowserOptions::default() },
            cameras: CameraFolders { devices: home.path().join("dev"), facts: home.path().join("sys") },
        };
        change(&mut options);
        let (told, states) = channel();
        let mut running = JoinSet::new();
        running.spawn(async move {
            // Whoever listened may be gone.
            let report = move |state: &NodeState| drop(told.send(state.clone()));
            drop(Box::pin(postern_node::run(options, report, std::future::pending())).await);
        });
        Self { clock, id, states, home, _running: running }
    }

    /// Waits for a state that fits; those before it are gone then.
    pub(crate) async fn state(&self, what: &str, wanted: impl Fn(&NodeState) -> bool) -> NodeState {
        until(&format!("the node to be {what}"), || match self.states.try_recv() {
            Ok(state) => wanted(&state).then_some(state),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => panic!("the node host ended"),
        })
        .await
    }

    /// Waits for the connection.
    pub(crate) async fn connected(&self) {
        self.state("connected", |state| matches!(state, NodeState::Connected { .. })).await;
    }

    /// Where what it records lies for a moment.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.home.path().join("scratch")
    }
}
