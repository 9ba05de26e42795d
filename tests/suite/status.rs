//! `status`, `system.info` and the other questions about the gateway itself (`methods.md §1`).

use serde_json::{Value, json};

use crate::harness::{Caller, Client, Connect, DEADLINE, Device, InProcess, TOKEN, TestGateway, assert_keys, run};

/// Waits until `status` counts so many operators and nodes, the asking client included.
pub(super) async fn connections_become(client: &mut Client, operators: usize, nodes: usize) {
    let wanted = json!({"operators": operators, "nodes": nodes});
    let waiting = async { while client.ok("status", json!({})).await["connections"] != wanted {} };
    tokio::time::timeout(DEADLINE, waiting).await.unwrap_or_else(|_| panic!("not {wanted}"));
}

/// the summary names version, uptime, connections, devices, channels and sessions.
#[tokio::test]
async fn status_is_the_summary() {
    let gateway = InProcess::start().await;
    for dialect in [3, 4] {
        let connect = Connect::operator(&Device::new("reader"), &["operator.read"]).dialect(dialect);
        let mut client = gateway.must(&Caller::local(), &connect).await;
        let status = client.ok("status", json!({})).await;
        let keys = [
            "runtimeVersion",
            "uptimeMs",
            "connections",
            "devices",
            "heartbeat",
            "channelSummary",
            "queuedSystemEvents",
            "sessions",
            "warnings",
            "listen",
        ];
        assert_keys(&status, &keys);
        assert_eq!(status["runtimeVersion"], "0.0.0-test");
        assert_eq!(status["listen"], json!([format!("127.0.0.1:{}", gateway.port), format!("[::1]:{}", gateway.port)]));
        assert_eq!(status["connections"], json!({"operators": 1, "nodes": 0}));
        assert_eq!(status["devices"], json!({"paired": 1, "pending": 0}));
        assert_eq!((&status["channelSummary"], &status["queuedSystemEvents"]), (&json!([]), &json!([])));
        assert_eq!((&status["sessions"]["count"], &status["sessions"]["recent"]), (&json!(0), &json!([])));
        assert_eq!(status["sessions"]["defaults"], json!({"model": "assistant", "contextTokens": null}));
        assert_eq!(status["heartbeat"]["defaultAgentId"], "main");
        let later = client.ok("status", json!({})).await;
        assert!(later["uptimeMs"].as_u64().unwrap() >= status["uptimeMs"].as_u64().unwrap());
        drop(client);
        let mut next = gateway.op(&Device::new("reader"), &["operator.read"]).await;
        connections_become(&mut next, 1, 0).await;
    }
}

/// connections and devices are counted as they come and go.
#[tokio::test]
async fn status_counts() {
    let gateway = InProcess::start().await;
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let node = gateway.node(&Device::new("node")).await;
    let refused = gateway.refused(&Caller::remote(), &Connect::node(&Device::new("phone"))).await;
    let status = admin.ok("status", json!({})).await;
    assert_eq!(status["connections"], json!({"operators": 1, "nodes": 1}));
    assert_eq!(status["devices"], json!({"paired": 2, "pending": 1}));
    admin.ok("device.pair.reject", json!({"requestId": refused.request_id()})).await;
    drop(node);
    connections_become(&mut admin, 1, 0).await;
    assert_eq!(admin.ok("status", json!({})).await["devices"], json!({"paired": 2, "pending": 0}));
}

/// what an operator should know is told as a warning.
#[tokio::test]
async fn status_warns() {
    let gateway = TestGateway::builder().config("{gateway: {prot: 1}, madeUp: true}").start();
    let mut client = gateway.op(&Device::new("a"), &["operator.read"]).await;
    let warnings = client.ok("status", json!({})).await["warnings"].to_string();
    assert!(warnings.contains("madeUp") && warnings.contains("gateway.prot"), "{warnings}");
}

/// the machine is described in whole numbers, and the process is the one that answers.
#[tokio::test]
async fn the_machine_is_described() {
    let gateway = TestGateway::start();
    for dialect in [3, 4] {
        let connect = Connect::operator(&Device::new("reader"), &["operator.read"]).dialect(dialect);
        let mut client = gateway.must(&Caller::local(), &connect).await;
        let info = client.ok("system.info", json!({})).await;
        assert_eq!((&info["pid"], &info["port"]), (&json!(gateway.pid()), &json!(gateway.port)));
        assert_eq!(info["platform"], std::env::consts::OS);
        for key in
            ["cpuCount", "memoryTotalBytes", "memoryFreeBytes", "diskTotalBytes", "diskAvailableBytes", "uptimeMs"]
        {
            assert!(info[key].is_u64(), "{key}: {info}");
        }
        assert!(info["memoryTotalBytes"].as_u64() > info["memoryFreeBytes"].as_u64(), "{info}");
        for key in ["machineName", "hostname", "release", "arch", "osLabel", "nodeVersion", "diskPath"] {
            assert!(info[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {info}");
        }
    }
}

/// the gateway has an identity of its own that lasts, and no heartbeat before the first one.
#[tokio::test]
async fn the_gateway_has_an_identity() {
    let gateway = TestGateway::start();
    let identity = async |gateway: &TestGateway| -> Value {
        let mut client = gateway.op(&Device::new("a"), &["operator.read"]).await;
        assert_eq!(client.ok("last-heartbeat", json!({})).await, Value::Null);
        client.ok("gateway.identity.get", json!({})).await
    };
    let first = identity(&gateway).await;
    assert_eq!(first["deviceId"].as_str().unwrap().len(), 64);
    assert!(first["publicKey"].as_str().is_some_and(|key| key.len() == 43), "{first}");
    let again = gateway.restart();
    assert_eq!(identity(&again).await, first);
}

/// The loopback address of a gateway that somebody named is its machine's, and not this one.
#[test]
fn addresses_belong_to_the_machine_of_the_gateway() {
    let gateway = TestGateway::start();
    let state = gateway.state_dir();
    let own = [("POSTERN_STATE_DIR", state.to_str().unwrap()), ("POSTERN_GATEWAY_TOKEN", TOKEN)];
    let (folder, url) = (tempfile::tempdir().unwrap(), gateway.url());
    let far = [("POSTERN_STATE_DIR", folder.path().to_str().unwrap()), ("POSTERN_GATEWAY_TOKEN", TOKEN)];
    let here = run(&["remote"], &own);
    assert!(here.code == 0 && here.stdout.contains("this machine"), "{here:?}");
    let there = run(&["remote", "--url", &url], &far);
    assert!(there.stdout.contains("its machine") && !there.stdout.contains("this machine"), "{there:?}");
    let localhost = url.replace("127.0.0.1", "localhost");
    let there = run(&["status", "--url", &localhost], &far);
    assert!(there.stdout.contains("its machine") && !there.stdout.contains("this machine"), "{there:?}");
}
