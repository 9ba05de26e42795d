//! The node host as a service of its user, beside the gateway's own. The service manager is played by [`Supervisor`].

use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Cli, Device, Supervisor, TestGateway, run, until};

const UNIT: &str = "postern_node.service";

struct Owner {
    home: tempfile::TempDir,
    manager: Supervisor,
}

impl Owner {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let manager = Supervisor::start(home.path());
        Self { home, manager }
    }

    fn cli(&self, args: &[&str]) -> Cli {
        let (path, home) = (self.manager.path(), self.home.path().to_str().unwrap());
        run(args, &[("HOME", home), ("PATH", &path), ("USER", "ada")])
    }

    #[track_caller]
    fn node(&self, args: &[&str]) -> Value {
        let done = self.cli(&[&["node"], args, &["--json"]].concat());
        assert_eq!(done.code, 0, "{args:?}: {done:?}\n{:?}", self.manager.asked());
        done.json()
    }

    async fn is(&self, state: &str) -> Value {
        until(&format!("the node to be {state}"), || {
            let status = self.node(&["status"]);
            (status["state"] == state).then_some(status)
        })
        .await
    }
}

/// Installed with a setup code it connects by itself, comes back when it is killed, and tells the truth throughout.
#[tokio::test]
async fn a_service_keeps_the_computer_a_node() {
    let gateway = TestGateway::start();
    let owner = Owner::new();
    let nothing = owner.node(&["status"]);
    assert_eq!((&nothing["service"]["installed"], &nothing["running"]), (&json!(false), &json!(false)));
    let setup = gateway.cli(&["pair", "--node", "--public-url", &gateway.url(), "--json"]).json();
    let code = setup["setupCode"].as_str().unwrap();
    let installed = owner.node(&["install", "--pair", code, "--without", "browser,canvas,camera,screen"]);
    assert_eq!(
        (&installed["service"]["installed"], &installed["running"]),
        (&json!(true), &json!(true)),
        "{installed}"
    );
    let unit = std::fs::read_to_string(owner.home.path().join(".config/systemd/user").join(UNIT)).unwrap();
    assert!(!unit.contains(code) && unit.contains("node run --supervised"), "{unit}");
    let id = owner.is("connected").await["nodeId"].as_str().unwrap().to_owned();

    let pid = owner.manager.pid(UNIT).unwrap();
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
    until("it to be brought back", || owner.manager.pid(UNIT).filter(|now| *now != pid)).await;
    assert_eq!(owner.is("connected").await["nodeId"], id.as_str());

    owner.node(&["restart"]);
    owner.is("connected").await;
    let stopped = owner.node(&["stop"]);
    assert_eq!((&stopped["running"], &stopped["state"]), (&json!(false), &json!("stopped")), "{stopped}");
    let mut op = gateway.op(&Device::new("op"), &["operator.admin"]).await;
    let away = |list: &serde_json::Value| list["nodes"][0]["connected"] == false;
    op.ok_until(("node.list", json!({})), "the node to be away", away).await;
    let gone = owner.node(&["uninstall"]);
    assert_eq!(gone["service"]["installed"], false, "{gone}");
    owner.node(&["uninstall"]);
    let restarted = owner.cli(&["node", "restart"]);
    assert!(restarted.code == 1 && restarted.stderr.contains("postern node install"), "{restarted:?}");
}
