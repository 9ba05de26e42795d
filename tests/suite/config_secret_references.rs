//! Secrets that the file takes from the environment by a reference, `{source, provider, id}` (`storage-and-config.md §1.1`).

use serde_json::json;

use crate::harness::{Caller, Connect, Device, TestGateway, run};

const VALUE: &str = "canary-5Yw0tKq9";

fn with(auth: &str) -> String {
    format!("{{\n  gateway: {{ auth: {auth} }}, // stays\n}}")
}

/// The variable counts, the reference is what is shown, and both outlive changes of the file.
#[tokio::test]
async fn a_reference_stands_for_its_variable() {
    for (key, mode) in [("token", "token"), ("password", "password")] {
        let auth = format!("{{ {key}: {{ source: 'env', provider: 'default', id: 'GATE_SECRET' }} }}");
        let gateway = TestGateway::builder().config(&with(&auth)).no_token().env("GATE_SECRET", VALUE).start();
        assert_eq!(gateway.ready["authMode"], mode);
        let admin = Connect::operator(&Device::new("admin"), &["operator.admin"]);
        let wrong = admin.clone().auth(json!({key: "GATE_SECRET"}));
        assert!(gateway.refused(&Caller::local(), &wrong).await.code().starts_with("AUTH_"));
        let mut client = gateway.must(&Caller::local(), &admin.auth(json!({key: VALUE}))).await;

        let got = client.ok("config.get", json!({})).await;
        let reference = json!({"source": "env", "provider": "default", "id": "GATE_SECRET"});
        assert_eq!(got["parsed"]["gateway"]["auth"][key], reference);
        assert_eq!(got["config"]["gateway"]["auth"][key], reference);
        assert_eq!((&got["valid"], &got["warnings"]), (&json!(true), &json!([])), "{got}");
        assert!(!got.to_string().contains(VALUE) && got["raw"].as_str().unwrap().contains("GATE_SECRET"), "{got}");

        let params = json!({"raw": "{session: {mainKey: 'home'}}", "baseHash": got["hash"]});
        client.ok("config.patch", params).await;
        let got = client.ok("config.get", json!({})).await;
        let whole = got["raw"].as_str().unwrap().replace("home", "attic");
        client.ok("config.set", json!({"raw": whole, "baseHash": got["hash"]})).await;
        let file = std::fs::read_to_string(gateway.state_dir().join("postern.json")).unwrap();
        assert!(file.contains("id: 'GATE_SECRET'") && file.contains("// stays") && file.contains("attic"), "{file}");
        assert!(!file.contains(VALUE));
        let schema = client.ok("config.schema.lookup", json!({"path": format!("gateway.auth.{key}.source")})).await;
        assert!(schema.to_string().contains("env"), "{schema}");
    }
}

/// Whatever cannot be resolved is told with what can, and repeats no secret.
#[test]
fn what_is_no_reference_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let canary = format!("{{ source: 'env', id: '{VALUE}' }}");
    for (token, words) in [
        ("{ source: 'file', provider: 'default', id: '/run/token' }", "from the environment only"),
        ("{ source: 'exec', provider: 'default', id: 'pass' }", "from the environment only"),
        ("{ source: 'env', provider: 'vault', id: 'GATE_SECRET' }", "provider"),
        ("{ source: 'env', provider: 'default' }", "name of a variable"),
        ("{ source: 'env', provider: 'default', id: 'GATE_SECRET' }", "GATE_SECRET, which is not set"),
        ("{ source: 'env', id: 'GATE_SECRET', value: 'x' }", "more than a reference"),
        (canary.as_str(), "name of a variable"),
    ] {
        std::fs::write(folder.path().join("postern.json"), with(&format!("{{ token: {token} }}"))).unwrap();
        let told = run(&["config", "validate"], &[("POSTERN_STATE_DIR", folder.path().to_str().unwrap())]);
        assert_eq!(told.code, 78, "{told:?}");
        assert!(told.stderr.contains("gateway.auth.token") && told.stderr.contains(words), "{token}: {told:?}");
        assert!(!told.stderr.contains(VALUE), "{told:?}");
    }
}
