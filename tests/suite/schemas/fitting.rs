//! Params that fit, one set per method: what tests about badly shaped params start from.

use serde_json::{Value, json};

/// The key of side effects.
pub(super) const KEY: &str = "key";

/// Params that this method takes, whatever it makes of them.
pub(super) fn fitting(method: &str) -> Value {
    match method.split_once('.').map_or(method, |(family, _)| family) {
        "device" | "system-event" => devices(method),
        "sessions" => sessions(method),
        "node" | "plugin" | "environments" | "voicewake" => nodes(method),
        "desktop" => desktop(method),
        "exec" | "tools" | "models" | "usage" => machinery(method),
        _ => talk(method),
    }
}

fn devices(method: &str) -> Value {
    match method {
        "device.pair.approve" | "device.pair.reject" => json!({"requestId": "r", "deviceId": "d"}),
        "device.pair.remove" => json!({"deviceId": "d"}),
        "device.pair.rename" => json!({"deviceId": "d", "label": "Phone"}),
        "device.pair.setupStatus" => json!({"setupId": "s"}),
        "device.scopes.requestUpgrade" => json!({"scopes": ["operator.read"]}),
        "device.scopes.waitUpgrade" => json!({"requestId": "r"}),
        "device.token.revoke" => json!({"deviceId": "d", "role": "node"}),
        "device.token.rotate" => json!({"deviceId": "d", "role": "node", "scopes": ["operator.read"]}),
        "system-event" => json!({"text": "hello", "roles": ["node"], "scopes": ["operator.read"], "tags": []}),
        _ => json!({}),
    }
}

fn desktop(method: &str) -> Value {
    match method {
        "desktop.attach" | "desktop.update" => json!({"settings": settings()}),
        "desktop.set" => json!({"showIcon": false}),
        _ => json!({}),
    }
}

/// Settings of a desktop app.
pub(crate) fn settings() -> Value {
    json!({"startAtLogin": false, "keepRunning": true, "quickSend": false, "showIcon": true, "version": "1", "platform": "linux"})
}

fn sessions(method: &str) -> Value {
    match method {
        "sessions.send" | "sessions.steer" => json!({"key": "main", "message": "hello", "idempotencyKey": KEY}),
        "sessions.patch" => json!({"key": "main", "label": "Talk"}),
        "sessions.patchMany" => json!({"targets": [{"key": "main"}], "patch": {"label": "Talk"}}),
        "sessions.preview" => json!({"keys": ["main"]}),
        "sessions.search" => json!({"query": "hello", "sessionKeys": ["main"]}),
        "sessions.observer.visibility" => json!({"visible": true}),
        "sessions.viewers.set" => json!({"sessionKeys": ["main"]}),
        "sessions.usage" => json!({"key": "main", "startDate": "2026-01-01", "endDate": "2026-01-02"}),
        "sessions.groups.list" | "sessions.list" | "sessions.subscribe" | "sessions.unsubscribe" => json!({}),
        _ => json!({"key": "main"}),
    }
}

fn nodes(method: &str) -> Value {
    match method {
        "node.event" => json!({"event": "something", "payload": {}}),
        "node.invoke" => json!({"nodeId": "n", "command": "system.notify", "params": {}, "idempotencyKey": KEY}),
        "node.invoke.input" => json!({"idempotencyKey": "k", "payloadJSON": "{}"}),
        "node.invoke.progress" => json!({"invokeId": "i", "nodeId": "n", "seq": 0, "chunk": "c"}),
        "node.invoke.result" => json!({"id": "i", "nodeId": "n", "ok": true, "error": {}}),
        "node.pair.approve" | "node.pair.reject" => json!({"requestId": "r", "nodeId": "n"}),
        "node.pair.request" => json!({"nodeId": "n", "caps": [], "commands": ["a"]}),
        "node.pair.verify" => json!({"nodeId": "n", "token": "t"}),
        "node.describe" | "node.pair.remove" => json!({"nodeId": "n"}),
        "node.pending.ack" => json!({"ids": ["i"]}),
        "node.pending.enqueue" => json!({"nodeId": "n", "type": "t", "priority": "low", "expiresInMs": 1_000}),
        "node.rename" => json!({"nodeId": "n", "displayName": "Box"}),
        "node.pluginSurface.refresh" | "plugin.surface.refresh" => json!({"surface": "canvas"}),
        "environments.status" => json!({"environmentId": "gateway"}),
        "voicewake.set" => json!({"triggers": ["hey"]}),
        "voicewake.routing.set" => {
            json!({"config": {"version": 1, "defaultTarget": {"mode": "current"}, "routes": []}})
        }
        _ => json!({}),
    }
}

fn machinery(method: &str) -> Value {
    match method {
        "exec.approval.get" | "exec.approval.waitDecision" => json!({"id": "a"}),
        "exec.approval.request" => json!({"command": "ls", "commandArgv": ["ls"], "env": {"A": "1"}}),
        "exec.approval.resolve" => json!({"id": "a", "decision": "deny"}),
        "exec.approvals.set" => {
            let rules = json!({"security": "allowlist", "allowlist": [{"pattern": "/usr/bin/rg"}]});
            json!({"file": {"version": 1, "socket": {}, "defaults": {"ask": "always"}, "agents": {"main": rules}}})
        }
        "exec.approvals.node.get" => json!({"nodeId": "n"}),
        "exec.approvals.node.set" => json!({"nodeId": "n", "file": {}}),
        // A provider that the configuration does not have, so that nobody is called.
        "models.authLogin" => json!({"provider": "nowhere", "apiKey": "k"}),
        "models.authLogout" | "models.probe" => json!({"provider": "nowhere"}),
        "tools.effective" => json!({"sessionKey": "main"}),
        "tools.invoke" => json!({"name": "nothing", "args": {}}),
        "usage.cost" => json!({"startDate": "2026-01-01", "endDate": "2026-01-02"}),
        _ => json!({}),
    }
}

fn talk(method: &str) -> Value {
    match method {
        "agent" => json!({"message": "hello", "attachments": [], "idempotencyKey": KEY}),
        "agent.wait" => json!({"runId": "r", "timeoutMs": 0}),
        "agents.create" => json!({"name": "Helper"}),
        "agents.update" | "agents.delete" | "agents.files.list" => json!({"agentId": "nobody"}),
        "agents.files.get" => json!({"agentId": "nobody", "name": "SOUL.md"}),
        "agents.files.set" => json!({"agentId": "nobody", "name": "SOUL.md", "content": "Be kind."}),
        "chat.send" => json!({"sessionKey": "main", "message": "hello", "attachments": [], "idempotencyKey": KEY}),
        "chat.inject" => json!({"sessionKey": "main", "message": "hello"}),
        "chat.abort" | "chat.history" | "chat.startup" => json!({"sessionKey": "main"}),
        "talk.mode" => json!({"enabled": true}),
        "chat.message.get" => json!({"sessionKey": "main", "messageId": "m"}),
        _ => json!({}),
    }
}
