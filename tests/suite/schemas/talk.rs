//! The part of the session in which people talk to agents: conversations, runs, models, tools, approvals, usage.

use serde_json::{Value, json};

use super::Session;
use crate::harness::{Client, FakeModel, Turn};

const KEY: &str = "agent:main:main";

impl Session {
    /// Calls every method of conversations, so that every event of them is sent; `host` asks for approvals.
    pub(super) async fn talk(&mut self, admin: &mut Client, host: &mut Client, model: &FakeModel) {
        self.shape_agents(admin).await;
        self.choose_models(admin).await;
        self.answer_messages(admin, model).await;
        self.stop_and_resume(admin, model).await;
        self.read_conversations(admin).await;
        self.decide(admin, host).await;
        self.use_tools(admin).await;
        self.count_usage(admin).await;
        self.ask_setup(admin).await;
        self.tidy_conversations(admin).await;
    }

    pub(super) async fn all(&mut self, client: &mut Client, calls: impl IntoIterator<Item = (&str, Value)>) {
        for (method, params) in calls {
            self.ok(client, method, params).await;
        }
    }

    async fn shape_agents(&mut self, admin: &mut Client) {
        let created = self.ok(admin, "agents.create", json!({"name": "Helper", "emoji": "🦊"})).await;
        let id = &created["agentId"];
        let calls = [
            ("agents.update", json!({"agentId": id, "name": "Good helper"})),
            ("agents.list", json!({})),
            ("agents.files.set", json!({"agentId": id, "name": "SOUL.md", "content": "Be kind."})),
            ("agents.files.get", json!({"agentId": id, "name": "SOUL.md"})),
            ("agents.files.get", json!({"agentId": id, "name": "BOOTSTRAP.md"})),
            ("agents.files.list", json!({"agentId": id})),
            ("agent.identity.get", json!({"agentId": id})),
            ("agent.identity.get", json!({})),
            ("commands.list", json!({"includeArgs": true})),
            ("agents.delete", json!({"agentId": id, "deleteFiles": true})),
        ];
        self.all(admin, calls).await;
    }

    async fn ask_setup(&mut self, admin: &mut Client) {
        let begun = self.ok(admin, "wizard.start", json!({"mode": "local"})).await;
        let id = &begun["sessionId"];
        for (step, value) in [("auth", "token"), ("bind", "loopback"), ("provider", "skip")] {
            let answer = json!({"stepId": step, "value": value});
            self.ok(admin, "wizard.next", json!({"sessionId": id, "answer": answer})).await;
        }
        self.ok(admin, "wizard.status", json!({"sessionId": id})).await;
        self.ok(admin, "wizard.cancel", json!({"sessionId": id})).await;
    }

    async fn choose_models(&mut self, admin: &mut Client) {
        let calls = [
            ("models.list", json!({"view": "all"})),
            ("models.authLogin", json!({"provider": "openai", "apiKey": "sk-suite-4Xw9"})),
            ("models.authStatus", json!({})),
            ("models.authLogout", json!({"provider": "openai"})),
            ("models.probe", json!({"provider": "fake"})),
        ];
        self.all(admin, calls).await;
    }

    async fn wait(&mut self, admin: &mut Client, run_id: &str, status: &str) {
        let ended = self.ok(admin, "agent.wait", json!({"runId": run_id, "timeoutMs": 20_000})).await;
        assert_eq!(ended["status"], status, "{run_id}: {ended}");
    }

    async fn answer_messages(&mut self, admin: &mut Client, model: &FakeModel) {
        self.all(
            admin,
            [
                ("sessions.subscribe", json!({})),
                ("sessions.messages.subscribe", json!({"key": KEY, "includeApprovals": true})),
                ("sessions.create", json!({"key": KEY, "label": "Talk"})),
            ],
        )
        .await;
        model.push(
            Turn::new().thinking("A file may help.").text("I look. ").tool_call("read", json!({"path": "SOUL.md"})),
        );
        model.push(Turn::say("I have read it."));
        let said = json!({"sessionKey": KEY, "message": "Who are you?", "idempotencyKey": "sent"});
        self.ok(admin, "chat.send", said.clone()).await;
        self.wait(admin, "sent", "ok").await;
        self.ok(admin, "chat.send", said).await;
        self.ok(admin, "agent", json!({"message": "Hello", "sessionKey": KEY, "idempotencyKey": "asked"})).await;
        self.wait(admin, "asked", "ok").await;
        self.ok(admin, "sessions.send", json!({"key": KEY, "message": "Hello", "idempotencyKey": "more"})).await;
        self.wait(admin, "more", "ok").await;
        self.ok(admin, "sessions.steer", json!({"key": KEY, "message": "Look here", "idempotencyKey": "steered"}))
            .await;
        self.wait(admin, "steered", "ok").await;
        self.ok(admin, "chat.inject", json!({"sessionKey": KEY, "message": "By the way", "label": "note"})).await;
    }

    async fn stop_and_resume(&mut self, admin: &mut Client, model: &FakeModel) {
        for (run_id, stop, params) in [
            ("stopped", "chat.abort", json!({"sessionKey": KEY, "runId": "stopped"})),
            ("halted", "sessions.abort", json!({"key": KEY})),
        ] {
            model.push(Turn::say("One moment").hold());
            let before = model.requests().len();
            self.ok(admin, "chat.send", json!({"sessionKey": KEY, "message": "Go", "idempotencyKey": run_id})).await;
            model.held(before).await;
            self.ok(admin, "agent.wait", json!({"runId": run_id, "timeoutMs": 0})).await;
            self.ok(admin, stop, params).await;
            admin.event("chat", |event| event["runId"] == run_id && event["state"] == "aborted").await;
        }
        self.ok(admin, "sessions.recover", json!({"key": KEY, "idempotencyKey": "resumed"})).await;
        self.wait(admin, "resumed", "ok").await;
        model.push(Turn::error(401));
        self.ok(admin, "chat.send", json!({"sessionKey": KEY, "message": "Fail", "idempotencyKey": "failed"})).await;
        admin.event("chat", |event| event["runId"] == "failed" && event["state"] == "error").await;
        self.wait(admin, "failed", "error").await;
    }

    async fn read_conversations(&mut self, admin: &mut Client) {
        let history = self.ok(admin, "chat.history", json!({"sessionKey": KEY})).await;
        let message = &history["messages"][0]["__openclaw"]["id"];
        assert!(message.is_string(), "{history}");
        let calls = [
            ("chat.startup", json!({"sessionKey": KEY})),
            ("chat.message.get", json!({"sessionKey": KEY, "messageId": message})),
            ("chat.message.get", json!({"sessionKey": KEY, "messageId": "no such message"})),
            ("chat.metadata", json!({"sessionKey": KEY})),
            ("sessions.list", json!({"includeDerivedTitles": true, "includeLastMessage": true})),
            ("sessions.describe", json!({"key": KEY, "includeDerivedTitles": true, "includeLastMessage": true})),
            ("sessions.describe", json!({"key": "agent:main:nowhere"})),
            ("sessions.get", json!({"key": KEY})),
            ("sessions.preview", json!({"keys": [KEY, "agent:main:nowhere"]})),
            ("sessions.resolve", json!({"key": KEY})),
            ("sessions.search", json!({"query": "Hello"})),
            ("sessions.groups.list", json!({})),
            ("sessions.observer.visibility", json!({"visible": true})),
            ("sessions.viewers.set", json!({"sessionKeys": [KEY]})),
            ("sessions.patch", json!({"key": KEY, "thinkingLevel": "low", "pinned": true, "category": "work"})),
            ("sessions.patchMany", json!({"targets": [{"key": KEY}], "patch": {"unread": true}})),
            ("sessions.groups.list", json!({})),
        ];
        self.all(admin, calls).await;
    }

    async fn decide(&mut self, admin: &mut Client, host: &mut Client) {
        let asked = json!({"command": "rm -rf build", "commandArgv": ["rm", "-rf", "build"], "cwd": "/work", "host": "gateway",
            "agentId": "main", "sessionKey": KEY, "env": {"A": "1"}, "security": "allowlist", "ask": "on-miss"});
        let posted = host.post("exec.approval.request", asked).await;
        let shown = admin.event("exec.approval.requested", |_| true).await;
        let id = &shown["id"];
        self.all(
            admin,
            [
                ("exec.approval.list", json!({})),
                ("exec.approval.get", json!({"id": id})),
                ("exec.approval.resolve", json!({"id": id, "decision": "deny"})),
                ("exec.approval.waitDecision", json!({"id": id})),
            ],
        )
        .await;
        let outcome = host.raw.answer(&posted).await;
        self.answers.push(("exec.approval.request".to_owned(), outcome["payload"].clone()));
        admin.event("exec.approval.resolved", |event| event["id"] == *id).await;
        let file = json!({"version": 1, "defaults": {"ask": "on-miss"},
            "agents": {"main": {"security": "allowlist", "allowlist": [{"pattern": "/usr/bin/rg"}]}}});
        self.all(
            admin,
            [
                ("exec.approvals.get", json!({})),
                ("exec.approvals.set", json!({"file": file})),
                ("exec.approvals.get", json!({})),
                ("openclaw.approval.list", json!({})),
                ("plugin.approval.list", json!({})),
                ("question.list", json!({})),
            ],
        )
        .await;
    }

    async fn use_tools(&mut self, admin: &mut Client) {
        let calls = [
            ("tools.catalog", json!({})),
            ("tools.effective", json!({"sessionKey": KEY})),
            ("tools.invoke", json!({"name": "read", "args": {"path": "SOUL.md"}, "sessionKey": KEY})),
            ("tools.invoke", json!({"name": "read", "args": {"path": "no-such-file"}})),
        ];
        self.all(admin, calls).await;
    }

    async fn count_usage(&mut self, admin: &mut Client) {
        let calls = [
            ("usage", json!({})),
            ("usage.status", json!({})),
            ("usage.override", json!({"forMs": 60_000, "reason": "a long day"})),
            ("usage.status", json!({})),
            ("usage.override", json!({"clear": true})),
            ("usage.cost", json!({"days": 2})),
            ("sessions.usage", json!({})),
            ("sessions.usage.logs", json!({"key": KEY})),
            ("sessions.usage.timeseries", json!({"key": KEY})),
        ];
        self.all(admin, calls).await;
    }

    async fn tidy_conversations(&mut self, admin: &mut Client) {
        let calls = [
            ("sessions.compact", json!({"key": KEY})),
            ("sessions.compact", json!({"key": KEY, "maxLines": 5})),
            ("sessions.reset", json!({"key": KEY, "reason": "reset"})),
        ];
        self.all(admin, calls).await;
        admin.event("session.operation", |event| event["phase"] == "end").await;
        self.ok(admin, "sessions.create", json!({"key": "agent:main:short"})).await;
        self.ok(admin, "sessions.delete", json!({"key": "agent:main:short", "deleteTranscript": true})).await;
        for event in ["chat", "agent", "sessions.changed", "session.message"] {
            admin.event(event, |_| true).await;
        }
        self.ok(admin, "sessions.messages.unsubscribe", json!({"key": KEY})).await;
        self.ok(admin, "sessions.unsubscribe", json!({})).await;
    }
}
