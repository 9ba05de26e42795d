//! No order of steps lets a node do more than somebody approved (DEMAND §2: surface widening on reconnect, re-pair to
//! escalate).

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::harness::{Caller, Client, Connect, Device, InProcess};

/// Commands that a computer may offer at all.
const COMMANDS: [&str; 5] = ["system.run", "system.which", "system.notify", "canvas.present", "canvas.hide"];

#[derive(Debug, Clone)]
enum Step {
    /// It comes (again) and declares these commands.
    Comes {
        commands: Vec<&'static str>,
        v3: bool,
    },
    /// A request is made on its behalf.
    Asked(Vec<&'static str>),
    Approved,
    Rejected,
    Removed,
    Renamed,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let commands = || proptest::sample::subsequence(COMMANDS.to_vec(), 0..=COMMANDS.len());
    let step = prop_oneof![
        6 => (commands(), any::<bool>()).prop_map(|(commands, v3)| Step::Comes { commands, v3 }),
        2 => commands().prop_map(Step::Asked),
        3 => Just(Step::Approved),
        1 => Just(Step::Rejected),
        1 => Just(Step::Removed),
        1 => Just(Step::Renamed),
    ];
    proptest::collection::vec(step, 1..14)
}

fn words(list: &Value) -> BTreeSet<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A node, and what somebody approved of it.
struct Scene {
    gateway: InProcess,
    admin: Client,
    caller: Caller,
    device: Device,
    /// Its connection: what is not connected can do nothing anyway.
    node: Option<Client>,
    approved: BTreeSet<String>,
    /// Whether what it declares first is approved in silence.
    silent: bool,
}

impl Scene {
    async fn take(&mut self, step: &Step) {
        let id = self.device.id();
        match step {
            Step::Comes { commands, v3 } => self.comes(commands, *v3).await,
            Step::Asked(commands) => {
                drop(self.admin.call("node.pair.request", json!({"nodeId": id, "commands": commands})).await);
                self.silent = false;
            }
            Step::Approved => {
                let list = self.admin.ok("node.pair.list", json!({})).await;
                let Some(request) = list["pending"].get(0) else { return };
                let params = json!({"requestId": request["requestId"]});
                self.admin.ok("node.pair.approve", params).await;
                self.approved = words(&request["commands"]);
            }
            Step::Rejected => {
                let list = self.admin.ok("node.pair.list", json!({})).await;
                let Some(request) = list["pending"].get(0) else { return };
                self.admin.ok("node.pair.reject", json!({"requestId": request["requestId"]})).await;
            }
            Step::Removed => {
                drop(self.admin.call("node.pair.remove", json!({"nodeId": id})).await);
                self.approved.clear();
                self.node = None;
            }
            Step::Renamed => {
                drop(self.admin.call("node.rename", json!({"nodeId": id, "displayName": "Other"})).await);
            }
        }
    }

    async fn comes(&mut self, commands: &[&'static str], v3: bool) {
        let connect = Connect::node(&self.device).set("/caps", json!(["system", "canvas"]));
        let connect = connect.set("/commands", json!(commands)).dialect(if v3 { 3 } else { 4 });
        let client = match self.gateway.connect_from(&self.caller, &connect).await {
            Ok(client) => client,
            Err(refused) => {
                self.gateway.approve(&refused).await;
                self.gateway.must(&self.caller, &connect).await
            }
        };
        self.node = Some(client);
        if std::mem::take(&mut self.silent) {
            self.approved = commands.iter().map(|command| (*command).to_owned()).collect();
        }
    }

    /// What is offered was approved, and nothing else is passed on.
    async fn holds(&mut self, step: &Step) {
        let id = self.device.id();
        let list = self.admin.ok("node.list", json!({})).await;
        let row = list["nodes"].as_array().unwrap().iter().find(|row| row["nodeId"] == json!(id)).cloned();
        let offered = row.map(|row| words(&row["commands"])).unwrap_or_default();
        assert!(offered.is_subset(&self.approved), "{step:?}: {offered:?} of {:?}", self.approved);
        for command in COMMANDS.iter().filter(|command| !self.approved.contains(**command)) {
            let params = json!({"nodeId": id, "command": command, "params": {"command": ["true"]},
                "idempotencyKey": command, "timeoutMs": 1});
            self.admin.err("node.invoke", params).await;
        }
        if let Some(node) = &mut self.node {
            // Whatever was sent to it came before this answer.
            node.ok("node.pending.pull", json!({})).await;
            assert_eq!(node.events("node.invoke.request"), Vec::<Value>::new(), "{step:?}");
        }
    }
}

async fn run(config: &str, caller: Caller, silent: bool, steps: &[Step]) {
    let gateway = InProcess::with(config, |_| {}).await;
    let admin = gateway.op(&Device::new("owner"), &["operator.admin"]).await;
    let (device, approved) = (Device::new("box"), BTreeSet::new());
    let mut scene = Scene { gateway, admin, caller, device, node: None, approved, silent };
    for step in steps {
        scene.take(step).await;
        scene.holds(step).await;
    }
}

fn hold(config: &str, caller: &Caller, silent: bool) {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]);
    let config_of_runner = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config_of_runner, rng);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runner.run(&steps(), |steps| {
        runtime.block_on(run(config, caller.clone(), silent, &steps));
        Ok(())
    });
    outcome.unwrap();
}

/// From elsewhere nothing is approved in silence.
#[test]
fn a_node_from_elsewhere_does_what_was_approved() {
    let config = r#"{gateway: {trustedProxies: ["127.0.0.1"], nodes: {strict: true}}}"#;
    hold(config, &Caller::remote(), false);
}

/// On this machine the first declaration is, and no later one.
#[test]
fn a_node_of_this_machine_does_what_it_declared_first_or_was_approved() {
    hold("{}", &Caller::local(), true);
}
