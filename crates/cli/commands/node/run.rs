//! `postern node run`: the node host in the foreground, told line by line.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use postern_client::ClientOptions;
use postern_gateway::config::Logging;
use postern_gateway::{AGENT_MARKER, private};
use postern_node::{BrowserOptions, CameraFolders, NodeEnd, NodeOptions, NodeState};
use serde_json::{Value, json};

use super::place::{self, Place, Written};
use super::target::Target;
use crate::args::NodeRunArgs;
use crate::commands::Context;
use crate::connection::NodeWay;
use crate::env::{Settings, home, now_ms};
use crate::exit::{Exit, Failure, Outcome};
use crate::log::{self, Console, Verbosity};
use crate::output::{printable, span};
use crate::refusal::{of_connect, of_options};
use crate::serve::signals;

pub(super) async fn run(cx: &Context, args: &NodeRunArgs) -> Outcome {
    let target = Target::of(&cx.settings, args)?;
    let place = Place::claim(&cx.settings.state_dir)?;
    let verbosity = if args.verbose { Verbosity::Detailed } else { Verbosity::Usual };
    let console = if args.verbose { Console::Error } else { Console::None };
    let file = cx.settings.state_dir.join("logs").join("node.log");
    let _log = log::start(&cx.settings, verbosity, (&file, console), &Logging::default())?;
    let mut signals = signals::listen()?;
    let way = NodeWay::of(&target.settings, target.bootstrap.as_deref()).await?;
    target.keep()?;
    let teller = Teller {
        cx,
        place: &place,
        url: way.origins.url.clone(),
        node_id: way.device_id.clone(),
        last: Mutex::default(),
    };
    let options = options(&target, &place, &way);
    let stop = async move {
        let signal = signals.received().await;
        tracing::info!(signal, "the node host ends");
    };
    let end = Box::pin(postern_node::run(options, |state| teller.tell(state), stop)).await;
    teller.ended();
    match end {
        NodeEnd::Stopped => Ok(()),
        NodeEnd::Options(error) => Err(of_options(&error)),
        NodeEnd::Refused(error) => Err(of_connect(&error, &way.origins)),
    }
}

fn options(target: &Target, place: &Place, way: &NodeWay) -> NodeOptions {
    let settings = &target.settings;
    let mut client = way.options.clone();
    if let Some(name) = target.display_name() {
        client = client.display_name(name);
    }
    if let Some(id) = target.node_id() {
        client = client.instance_id(id);
    }
    let usual = usual_options(settings, (client, &way.device_id), place.scratch());
    NodeOptions { without: target.without(), browser: target.browser(), ..usual }
}

/// Everything that works here is offered, within the rules of this computer.
pub(super) fn usual_options(
    settings: &Settings,
    (client, device_id): (ClientOptions, &str),
    scratch: PathBuf,
) -> NodeOptions {
    // What runs here for an agent may not change what agents may do, on this computer's own gateway least of all.
    let mut command_env = settings.command_env.clone();
    command_env.insert(AGENT_MARKER.to_owned(), "1".to_owned());
    NodeOptions {
        client,
        node_id: device_id.to_owned(),
        home: home().unwrap_or_else(|| settings.state_dir.clone()),
        command_env,
        desktop_env: settings.desktop_env.clone(),
        display: settings.display,
        approvals_path: place::approvals(&settings.state_dir),
        scratch,
        write: Arc::new(|path, bytes| private::write(path, bytes)),
        clock: Arc::new(now_ms),
        without: BTreeSet::new(),
        browser: BrowserOptions::default(),
        cameras: CameraFolders::default(),
    }
}

/// Tells people, programs and `postern node status` how it is.
struct Teller<'a> {
    cx: &'a Context,
    place: &'a Place,
    url: String,
    node_id: String,
    /// What was said last: the same is not said twice.
    last: Mutex<String>,
}

impl Teller<'_> {
    fn tell(&self, state: &NodeState) {
        let written = self.written(state);
        self.place.write(&written);
        tracing::info!(state = written.state, reason = written.reason, "node");
        let mut document = json!(written);
        let line = match state {
            // A try takes a moment; what comes of it is told.
            NodeState::Connecting => return,
            NodeState::Connected { gateway, protocol } => {
                document["gateway"] = json!({ "version": gateway, "protocol": protocol });
                format!(
                    "connected to {} ({}, protocol {protocol}) as node {}",
                    self.url,
                    printable(gateway),
                    self.node_id
                )
            }
            NodeState::WaitingForApproval { request_id, .. } => {
                let id = request_id.as_deref().map_or_else(String::new, |id| format!(" {}", printable(id)));
                format!(
                    "waiting for approval: on the gateway's machine, say\n  postern devices approve{id}\nor approve it on its \
                     page (Devices). This computer is {}",
                    self.node_id
                )
            }
            NodeState::Lost { attempt, delay, reason } => {
                document["attempt"] = (*attempt).into();
                format!("no connection: {}; trying again in {}", printable(reason), span(millis(*delay)))
            }
            NodeState::Refused { reason, delay } => {
                format!("refused: {}; trying again in {}", printable(reason), span(millis(*delay)))
            }
        };
        self.say(&document, &line);
    }

    fn written(&self, state: &NodeState) -> Written {
        let (name, request_id, reason) = match state {
            NodeState::Connecting => ("connecting", None, None),
            NodeState::Connected { .. } => ("connected", None, None),
            NodeState::WaitingForApproval { request_id, reason } => {
                ("waiting-for-approval", request_id.clone(), reason.clone())
            }
            NodeState::Lost { reason, .. } => ("lost", None, Some(reason.clone())),
            NodeState::Refused { reason, .. } => ("refused", None, Some(reason.clone())),
        };
        Written {
            state: name.to_owned(),
            url: self.url.clone(),
            node_id: self.node_id.clone(),
            since_ms: now_ms(),
            request_id,
            reason,
        }
    }

    fn ended(&self) {
        let written = Written { state: "stopped".to_owned(), reason: None, ..self.written(&NodeState::Connecting) };
        self.place.write(&written);
        self.say(&json!(written), "the node host has ended");
    }

    fn say(&self, document: &Value, line: &str) {
        let text = if self.cx.output.is_json() { document.to_string() } else { line.to_owned() };
        {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            if *last == line {
                return;
            }
            line.clone_into(&mut last);
        }
        // A reader that goes away ends nothing: this runs for whoever calls, not for whoever reads.
        drop(self.cx.output.content(document, || Ok(text)));
    }
}

fn millis(delay: std::time::Duration) -> u64 {
    u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)
}

/// Pairs with a setup code, before a service is installed that has none.
pub(super) async fn pair(target: &Target) -> Outcome {
    let way = NodeWay::of(&target.settings, target.bootstrap.as_deref()).await?;
    let options = way
        .options
        .clone()
        .role(postern_protocol::access::Role::Node)
        .scopes(Vec::<String>::new())
        .protocol(3..=4)
        .reconnect(postern_client::ReconnectPolicy::never());
    let client = postern_client::GatewayClient::start(options).map_err(|error| of_options(&error))?;
    let connected = tokio::time::timeout(target.settings.timeout, client.connected()).await;
    let paired = match connected {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(of_connect(&error, &way.origins)),
        Err(_) => Err(Failure::new(Exit::Timeout, format!("{} did not answer in time", way.origins.url))),
    };
    client.close().await;
    paired
}
