//! One session that touches every method and every event, for tests about all frames.

use postern_protocol::pairing::read_setup_code;
use serde_json::{Value, json};

use super::fitting::settings;
use crate::harness::{Caller, Client, Connect, Device, FakeModel, TestGateway};

/// Everything that was said in one session that touches every method and every event.
pub(crate) struct Session {
    /// What the gateway sent, on every connection.
    pub(crate) frames: Vec<Value>,
    /// Method and payload of every call that worked.
    pub(crate) answers: Vec<(String, Value)>,
}

impl Session {
    /// Plays the session in this dialect.
    pub(crate) async fn run(dialect: u32) -> Self {
        let model = FakeModel::start();
        let config = model.config_with(json!({"gateway": {"trustedProxies": ["127.0.0.1"]}}));
        let mut gateway = TestGateway::builder().config(&config).env("POSTERN_TICK_INTERVAL_MS", "40").start();
        let ui = Connect::operator(&Device::new("laptop"), &["operator.admin"]).client("openclaw-macos", "ui");
        let mut admin = gateway.must(&Caller::local(), &ui.dialect(dialect)).await;
        let mut session = Self { frames: Vec::new(), answers: Vec::new() };
        session.ask_everything(&mut admin).await;
        session.operate(&mut admin).await;
        session.attach_desktop(&mut admin).await;
        session.pair_devices(&gateway, &mut admin, dialect).await;
        session.join(&gateway, &mut admin).await;
        session.widen_scopes(&gateway, &mut admin, dialect).await;
        let host = Connect::operator(&Device::new("host"), &["operator.approvals"]).dialect(dialect);
        let mut host = gateway.must(&Caller::local(), &host).await;
        session.talk(&mut admin, &mut host, &model).await;
        session.frames.extend_from_slice(host.raw.frames());
        drop(host);
        admin.err("no.such.method", json!({})).await;
        admin.err("system-event", json!({"text": 5})).await;
        admin.raw.send_text("no frame").await;
        admin.event("tick", |_| true).await;
        gateway.terminate();
        admin.closed().await;
        session.frames.extend_from_slice(admin.raw.frames());
        gateway.wait();
        session
    }

    /// Calls a method that works, and keeps the answer.
    pub(super) async fn ok(&mut self, client: &mut Client, method: &str, params: Value) -> Value {
        let payload = client.ok(method, params).await;
        self.answers.push((method.to_owned(), payload.clone()));
        payload
    }

    async fn ask_everything(&mut self, admin: &mut Client) {
        for method in ["health", "status", "system-presence", "system.info", "gateway.identity.get", "last-heartbeat"] {
            self.ok(admin, method, json!({})).await;
        }
        self.ok(admin, "health", json!({"probe": true})).await;
        let beacon = json!({"text": "Node: laptop", "host": "laptop", "lastInputSeconds": 3, "tags": ["a"], "roles": ["operator"]});
        self.ok(admin, "system-event", beacon).await;
        self.ok(admin, "system-presence", json!({})).await;
    }

    /// What running a gateway takes: its configuration, its log, its health, its backups.
    async fn operate(&mut self, admin: &mut Client) {
        let plain = ["remote.status", "tailscale.status", "service.status", "doctor.run", "diagnostics.bundle"];
        for method in
            plain.into_iter().chain(["update.status", "config.schema", "logs.tail", "gateway.restart.preflight"])
        {
            self.ok(admin, method, json!({})).await;
        }
        self.ok(admin, "doctor.fix", json!({"ids": ["state-folder"]})).await;
        self.ok(admin, "update.hold", json!({"hold": true})).await;
        self.ok(admin, "config.schema.lookup", json!({"path": "gateway.port"})).await;
        let first = self.ok(admin, "config.get", json!({})).await;
        let patch = json!({"raw": "{session: {mainKey: 'main'}}", "baseHash": first["hash"]});
        let second = self.ok(admin, "config.patch", patch).await;
        let set = json!({"raw": first["raw"], "baseHash": second["hash"]});
        let third = self.ok(admin, "config.set", set).await;
        let apply = json!({"raw": first["raw"], "baseHash": third["hash"]});
        let fourth = self.ok(admin, "config.apply", apply).await;
        let versions = self.ok(admin, "config.versions", json!({})).await;
        let restore = json!({"id": versions["versions"][0]["id"], "baseHash": fourth["hash"]});
        self.ok(admin, "config.restore", restore).await;
        self.back_up(admin).await;
    }

    async fn back_up(&mut self, admin: &mut Client) {
        let made = self.ok(admin, "backup.create", json!({})).await;
        self.ok(admin, "backup.list", json!({})).await;
        let piece = json!({"id": made["id"], "offset": 0, "length": 262_144});
        let read = self.ok(admin, "backup.read", piece).await;
        self.ok(admin, "backup.verify", json!({"id": made["id"]})).await;
        self.ok(admin, "backup.remove", json!({"id": made["id"]})).await;
        let upload = json!({"name": made["name"], "offset": 0, "data": read["data"], "done": true});
        self.ok(admin, "backup.upload", upload).await;
    }

    async fn attach_desktop(&mut self, app: &mut Client) {
        let settings = settings();
        self.ok(app, "desktop.attach", json!({"settings": settings})).await;
        let asked = app.post("desktop.set", json!({"showIcon": false})).await;
        app.event("desktop.settings.requested", |_| true).await;
        self.ok(app, "desktop.update", json!({"settings": settings})).await;
        let set = app.raw.answer(&asked).await;
        self.answers.push(("desktop.set".to_owned(), set["payload"].clone()));
        self.ok(app, "desktop.get", json!({})).await;
    }

    async fn pair_devices(&mut self, gateway: &TestGateway, admin: &mut Client, dialect: u32) {
        let code = self.ok(admin, "device.pair.setupCode", json!({"includeQr": true, "joinUrl": true})).await;
        let secret = read_setup_code(code["setupCode"].as_str().unwrap()).unwrap().bootstrap_token;
        let invited = Connect::node(&Device::new("tablet")).auth(json!({"bootstrapToken": secret}));
        let tablet = gateway.must(&Caller::remote(), &invited).await;
        self.frames.extend_from_slice(tablet.raw.frames());
        self.ok(admin, "device.pair.setupStatus", json!({"setupId": code["setupId"]})).await;
        let phone = Connect::node(&Device::new("phone")).dialect(dialect);
        for decision in ["device.pair.reject", "device.pair.approve"] {
            let refused = gateway.refused(&Caller::remote(), &phone).await;
            self.ok(admin, "device.pair.list", json!({})).await;
            self.ok(admin, decision, json!({"requestId": refused.request_id()})).await;
            self.frames.extend(refused.frames);
        }
        let mut node = gateway.must(&Caller::remote(), &phone).await;
        let id = Device::new("phone").id();
        self.ok(admin, "device.pair.rename", json!({"deviceId": id, "label": "Phone"})).await;
        self.ok(admin, "device.pair.list", json!({})).await;
        self.ok(admin, "device.token.rotate", json!({"deviceId": id, "role": "node"})).await;
        self.ok(admin, "device.token.revoke", json!({"deviceId": id, "role": "node"})).await;
        node.closed().await;
        self.frames.extend_from_slice(node.raw.frames());
        self.ok(admin, "device.pair.remove", json!({"deviceId": id})).await;
    }

    async fn widen_scopes(&mut self, gateway: &TestGateway, admin: &mut Client, dialect: u32) {
        let connect = Connect::operator(&Device::new("tool"), &["operator.read"]).client("test", "ui").dialect(dialect);
        let refused = gateway.refused(&Caller::remote(), &connect).await;
        self.ok(admin, "device.pair.approve", json!({"requestId": refused.request_id()})).await;
        let mut tool = gateway.must(&Caller::remote(), &connect).await;
        let wanted = json!({"scopes": ["operator.read", "operator.write"]});
        let asked = self.ok(&mut tool, "device.scopes.requestUpgrade", wanted).await;
        let waiting = tool.post("device.scopes.waitUpgrade", asked.clone()).await;
        self.ok(admin, "device.pair.approve", asked).await;
        let answer = tool.raw.answer(&waiting).await;
        self.answers.push(("device.scopes.waitUpgrade".to_owned(), answer["payload"].clone()));
        self.frames.extend_from_slice(tool.raw.frames());
    }
}
