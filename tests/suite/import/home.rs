//! A home as such a program leaves it (`storage-and-config.md §2`), with what is usual and what is broken in it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::harness::Device;

/// Token of the paired desk there.
pub(super) const DESK_TOKEN: &str = "5f0c2d3e4b5a69788796a5b4c3d2e1f0";
/// The shared token there.
pub(super) const SHARED_TOKEN: &str = "shared-token-of-the-other-gateway";

/// A home in a folder of its own.
pub(super) struct OtherHome {
    folder: tempfile::TempDir,
}

impl OtherHome {
    pub(super) fn new() -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap() };
        home.config();
        home.conversations();
        home.devices();
        home.rest();
        home
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join(".openclaw")
    }

    /// The folder of its user.
    pub(super) fn user(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn document(&self, name: &str, value: &Value) {
        self.write(name, &value.to_string());
    }

    fn config(&self) {
        let text = format!(
            r#"{{
            // what people write
            gateway: {{port: 18999, bind: "loopback", auth: {{mode: "token", token: "{SHARED_TOKEN}"}}, reload: {{mode: "hybrid"}}}},
            session: {{mainKey: "home"}},
            agents: {{
                defaults: {{workspace: "~/.openclaw/workspace", model: {{primary: "anthropic/claude-sonnet-4-5"}}, thinkingDefault: "low"}},
                list: [
                    {{id: "main", default: true, identity: {{name: "Molty", emoji: "🦞"}}}},
                    {{id: "work", name: "Work", workspace: "~/work-folder", sandbox: {{mode: "off"}}}},
                    {{id: "Bad Id"}},
                ],
            }},
            models: {{providers: {{mine: {{baseUrl: "http://127.0.0.1:9/v1", apiKey: "key-of-my-provider", api: "openai-completions",
                models: [{{id: "small", name: "Small", contextWindow: 8000}}]}}, odd: {{api: "smoke-signals"}}}}}},
            channels: {{telegram: {{botToken: "secret-of-telegram"}}}},
            tools: {{exec: {{ask: "always"}}}},
        }}"#
        );
        self.write("openclaw.json", &text);
        self.write("workspace/SOUL.md", "I am Molty.");
        self.write("workspace/notes/today.md", "remember the milk");
        self.write("workspace/node_modules/x/index.js", "made again");
        let work = self.user().join("work-folder");
        fs::create_dir_all(&work).unwrap();
        fs::write(work.join("plan.md"), "the plan").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/passwd", work.join("link")).unwrap();
    }

    fn conversations(&self) {
        self.document(
            "agents/main/sessions/sessions.json",
            &json!({
                "agent:main:home": {"sessionId": "11111111-aaaa", "updatedAt": 1_767_323_050_000_i64, "label": "Daily",
                    "thinkingLevel": "high", "inputTokens": 50, "outputTokens": 7, "totalTokens": 57},
                "agent:main:telegram:dm:7": {"sessionId": "22222222-bbbb", "updatedAt": 1_767_323_060_000_i64},
                "agent:main:broken": {"updatedAt": 1},
                "agent:gone:main": {"sessionId": "33333333-cccc", "updatedAt": 1},
            }),
        );
        self.write(
            "agents/main/sessions/11111111-aaaa.jsonl",
            concat!(
                r#"{"type":"session","version":1,"id":"11111111-aaaa","timestamp":"2026-01-02T03:04:05Z","cwd":"/"}"#, "\n",
                r#"{"type":"message","id":"aaaaaaaa","timestamp":"2026-01-02T03:04:06Z","message":{"role":"user","content":[{"type":"text","text":"what is a lobster"}],"timestamp":1767323046000}}"#, "\n",
                "{broken line\n",
                r#"{"type":"message","id":"bbbbbbbb","parentId":"aaaaaaaa","timestamp":"2026-01-02T03:04:08Z","message":{"role":"assistant","content":[{"type":"text","text":"a crustacean"}],"timestamp":1767323048000,"provider":"anthropic","model":"claude-sonnet-4-5","usage":{"input":50,"output":7,"cacheRead":0,"cacheWrite":0,"totalTokens":57,"cost":{"input":0.1,"output":0.2,"total":0.3}},"stopReason":"stop"}}"#, "\n",
            ),
        );
        self.write(
            "agents/main/sessions/22222222-bbbb.jsonl",
            "{\"type\":\"message\",\"id\":\"cccccccc\",\"timestamp\":\"2026-01-02T03:04:06Z\",\"message\":{\"role\":\"user\",\"content\":\"from a channel\"}}\n",
        );
        self.write(
            "agents/main/sessions/99999999-dddd.jsonl",
            "{\"type\":\"message\",\"id\":\"dddddddd\",\"timestamp\":\"2025-12-02T03:04:06Z\",\"message\":{\"role\":\"user\",\"content\":\"before the reset\"}}\n",
        );
        self.write("agents/main/sessions/88888888.jsonl.deleted.2026-01-01T00-00-00.000Z", "gone");
        self.write("agents/work/sessions/sessions.json", "{not json");
        self.document(
            "agents/main/agent/auth-profiles.json",
            &json!({"version": 1, "profiles": {
                "anthropic:default": {"type": "api_key", "provider": "anthropic", "key": "sk-ant-key-of-anthropic"},
                "openai-codex:me": {"type": "oauth", "provider": "openai-codex", "access": "a", "refresh": "r"},
            }}),
        );
    }

    fn devices(&self) {
        let (desk, other) = (Device::new("their desk"), Device::new("another"));
        let scopes = json!(["operator.read", "operator.write"]);
        let paired = json!({
            (desk.id()): {"deviceId": desk.id(), "publicKey": desk.public_key(), "displayName": "Desk", "platform": "linux",
                "clientId": "cli", "clientMode": "cli", "role": "operator", "roles": ["operator"], "scopes": scopes,
                "tokens": {"operator": {"token": DESK_TOKEN, "role": "operator", "scopes": scopes, "createdAtMs": 1_767_000_000_000_i64}},
                "createdAtMs": 1_767_000_000_000_i64, "approvedAtMs": 1_767_000_000_000_i64},
            (other.id()): {"deviceId": other.id(), "publicKey": desk.public_key(), "roles": ["operator"], "scopes": ["operator.admin"]},
        });
        self.document("devices/paired.json", &paired);
        self.document("nodes/paired.json", &json!({"n1": {"nodeId": "n1", "token": "t"}}));
        self.document("identity/device.json", &json!({"version": 1}));
    }

    fn rest(&self) {
        self.document(
            "exec-approvals.json",
            &json!({"version": 1, "socket": {"path": "/tmp/s", "token": "secret-of-the-socket"},
                "defaults": {"security": "allowlist", "ask": "on-miss"},
                "agents": {"main": {"allowlist": [{"pattern": "/usr/bin/rg"}, {"pattern": "~/bin/tool"}, {"pattern": "rg"}]}}}),
        );
        self.document(
            "cron/jobs.json",
            &json!({"version": 1, "jobs": [{"id": "j1", "name": "Morning", "enabled": true, "schedule": {"kind": "cron", "expr": "0 7 * * *"}}]}),
        );
        self.document("settings/voicewake.json", &json!({"triggers": ["hi"]}));
        self.write("credentials/telegram-pairing.json", "{}");
    }
}
