//! The part of the session in which a node joins, is approved, is told what to do and tells what happens.

use serde_json::{Value, json};

use super::Session;
use crate::harness::{Caller, Client, Connect, Device, TestGateway};

fn id() -> String {
    Device::new("box").id()
}

fn call(command: &str, key: &str, timeout_ms: u64) -> Value {
    json!({"nodeId": id(), "command": command, "idempotencyKey": key, "timeoutMs": timeout_ms})
}

impl Session {
    /// Calls every method of nodes, so that every event of them is sent.
    pub(super) async fn join(&mut self, gateway: &TestGateway, admin: &mut Client) {
        let commands = ["system.notify", "system.execApprovals.get", "system.execApprovals.set"];
        let connect =
            Connect::node(&Device::new("box")).set("/commands", json!(commands)).set("/caps", json!(["system"]));
        let refused = gateway.refused(&Caller::remote(), &connect).await;
        self.ok(admin, "device.pair.approve", json!({"requestId": refused.request_id()})).await;
        let mut node = gateway.must(&Caller::remote(), &connect).await;
        self.approve(admin).await;
        self.list(admin).await;
        self.invoke(admin, &mut node).await;
        self.tell(admin, &mut node).await;
        self.wait_for(admin, &mut node).await;
        self.speak(admin, &mut node).await;
        self.ok(admin, "node.pair.remove", json!({"nodeId": id()})).await;
        node.closed().await;
        self.frames.extend_from_slice(node.raw.frames());
    }

    async fn approve(&mut self, admin: &mut Client) {
        let asked = self.ok(admin, "node.pair.request", json!({"nodeId": "old", "displayName": "Old"})).await;
        let approved = self.ok(admin, "node.pair.approve", json!({"requestId": asked["request"]["requestId"]})).await;
        let token = &approved["node"]["token"];
        self.ok(admin, "node.pair.verify", json!({"nodeId": "old", "token": token})).await;
        let asked = self.ok(admin, "node.pair.request", json!({"nodeId": "other", "commands": ["a"]})).await;
        self.ok(admin, "node.pair.reject", json!({"requestId": asked["request"]["requestId"]})).await;
        let list = self.ok(admin, "node.pair.list", json!({})).await;
        self.ok(admin, "node.describe", json!({"nodeId": id()})).await;
        let request_id = &list["pending"][0]["requestId"];
        self.ok(admin, "node.pair.approve", json!({"requestId": request_id, "nodeId": id()})).await;
        self.ok(admin, "node.rename", json!({"nodeId": id(), "displayName": "Box"})).await;
        self.ok(admin, "node.pair.list", json!({})).await;
    }

    async fn list(&mut self, admin: &mut Client) {
        let calls = [
            ("node.list", json!({})),
            ("node.describe", json!({"nodeId": id()})),
            ("environments.list", json!({})),
            ("environments.status", json!({"environmentId": format!("node:{}", id())})),
            ("plugin.surface.refresh", json!({"surface": "canvas"})),
        ];
        self.all(admin, calls).await;
    }

    async fn invoke(&mut self, admin: &mut Client, node: &mut Client) {
        let posted = admin.post("node.invoke", call("system.notify", "n1", 20_000)).await;
        let asked = node.event("node.invoke.request", |asked| asked["idempotencyKey"] == "n1").await;
        let part = json!({"invokeId": asked["id"], "nodeId": id(), "seq": 0, "chunk": "a"});
        self.ok(node, "node.invoke.progress", part).await;
        admin.event("node.invoke.progress", |_| true).await;
        self.ok(admin, "node.invoke.input", json!({"idempotencyKey": "n1", "payloadJSON": "{}"})).await;
        node.event("node.invoke.input", |_| true).await;
        self.report(node, &asked, json!({"shown": true})).await;
        self.kept(admin, "node.invoke", &posted).await;
        self.report(node, &asked, json!({"late": true})).await;
        admin.err("node.invoke", call("system.notify", "n2", 1)).await;
        node.event("node.invoke.cancel", |_| true).await;
        for (method, params) in [
            ("exec.approvals.node.get", json!({"nodeId": id()})),
            ("exec.approvals.node.set", json!({"nodeId": id(), "file": {"version": 1}, "baseHash": "h"})),
        ] {
            let posted = admin.post(method, params).await;
            let command = format!("system.execApprovals.{}", method.rsplit('.').next().unwrap());
            let asked = node.event("node.invoke.request", |asked| asked["command"] == json!(command)).await;
            self.report(node, &asked, json!({"path": "/n", "exists": true, "hash": "h", "file": {"version": 1}})).await;
            self.kept(admin, method, &posted).await;
        }
    }

    async fn report(&mut self, node: &mut Client, asked: &Value, payload: Value) {
        let result = json!({"id": asked["id"], "nodeId": id(), "ok": true, "payload": payload});
        self.ok(node, "node.invoke.result", result).await;
    }

    async fn kept(&mut self, client: &mut Client, method: &str, posted: &str) {
        let answer = client.raw.answer(posted).await;
        assert_eq!(answer["ok"], true, "{method}: {answer}");
        self.answers.push((method.to_owned(), answer["payload"].clone()));
    }

    async fn tell(&mut self, admin: &mut Client, node: &mut Client) {
        let stats =
            json!({"cpuCount": 2, "loadAverage": [0.5, 0.25, 0.0], "memoryTotalBytes": 2, "memoryFreeBytes": 1});
        for (event, payload) in [
            ("node.host.stats", stats),
            ("node.presence.activity", json!({"idleSeconds": 1})),
            ("node.presence.alive", json!({"trigger": "manual"})),
            ("something.else", json!({})),
        ] {
            self.ok(node, "node.event", json!({"event": event, "payload": payload})).await;
        }
        admin.event("node.hostStats", |_| true).await;
        admin.event("node.presence", |_| true).await;
        self.ok(admin, "node.list", json!({})).await;
    }

    async fn wait_for(&mut self, admin: &mut Client, node: &mut Client) {
        for kind in ["first", "second"] {
            let item = json!({"nodeId": id(), "type": kind, "payload": {"a": 1}, "expiresInMs": 60_000});
            self.ok(admin, "node.pending.enqueue", item).await;
        }
        let pulled = self.ok(node, "node.pending.pull", json!({"maxItems": 1})).await;
        self.ok(node, "node.pending.ack", json!({"ids": [pulled["items"][0]["id"]]})).await;
        self.ok(node, "node.pending.drain", json!({})).await;
        self.ok(node, "node.pluginSurface.refresh", json!({"surface": "canvas"})).await;
        self.ok(node, "skills.bins", json!({})).await;
    }

    async fn speak(&mut self, admin: &mut Client, node: &mut Client) {
        self.ok(admin, "voicewake.get", json!({})).await;
        self.ok(admin, "voicewake.set", json!({"triggers": ["hey"]})).await;
        node.event("voicewake.changed", |event| event["triggers"] == json!(["hey"])).await;
        let routing = self.ok(admin, "voicewake.routing.get", json!({})).await;
        self.ok(admin, "voicewake.routing.set", json!({"config": routing["config"]})).await;
        self.ok(admin, "talk.config", json!({})).await;
        self.ok(admin, "talk.mode", json!({"enabled": true, "phase": "listening"})).await;
        node.event("talk.mode", |event| event["enabled"] == true).await;
    }
}
