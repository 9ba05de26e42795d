//! What was said in the sessions of the power cut test, and what the gateway promised about it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::Client;
use crate::suite::faults::words;

/// Everything that was said.
#[derive(Debug, Default)]
pub(super) struct Talk {
    said: BTreeMap<String, Said>,
}

/// One message.
#[derive(Debug, Clone)]
pub(super) struct Said {
    /// Idempotency key, and so the run's id.
    pub(super) key: String,
    pub(super) text: String,
    pub(super) session: &'static str,
    pub(super) acknowledged: bool,
    /// Whether the client heard the final answer.
    pub(super) told: bool,
}

impl Said {
    /// The params of `chat.send`.
    pub(super) fn params(&self) -> Value {
        let mut params = json!({"sessionKey": self.session, "message": self.text, "idempotencyKey": self.key});
        if self.session == "steered" {
            params["queueMode"] = json!("steer");
        }
        params
    }
}

/// How much happened.
#[derive(Debug)]
pub(super) struct Counts {
    pub(super) said: usize,
    pub(super) told: usize,
}

impl Talk {
    /// A new message for this session.
    pub(super) fn begin(&mut self, session: &'static str) -> Said {
        let key = format!("{session}-{:05}", self.said.len());
        let text = format!("message {key}.");
        let said = Said { key: key.clone(), text, session, acknowledged: false, told: false };
        self.said.insert(key, said.clone());
        said
    }

    pub(super) fn acknowledged(&mut self, key: &str) {
        self.said.get_mut(key).unwrap().acknowledged = true;
    }

    /// The client heard the final answer.
    pub(super) fn told(&mut self, key: &str) {
        self.said.get_mut(key).unwrap().told = true;
    }

    /// Everything said in a session, oldest first.
    pub(super) fn of(&self, session: &str) -> Vec<Said> {
        self.said.values().filter(|said| said.session == session).cloned().collect()
    }

    /// How often something was acknowledged or answered.
    pub(super) fn steps(&self) -> usize {
        self.said.values().map(|said| usize::from(said.acknowledged) + usize::from(said.told)).sum()
    }

    pub(super) fn counts(&self) -> Counts {
        let told = self.said.values().filter(|said| said.told).count();
        Counts { said: self.said.len(), told }
    }
}

/// A session as the gateway shows it.
#[derive(Debug)]
pub(super) struct Conversation(Vec<Message>);

#[derive(Debug)]
struct Message {
    role: String,
    text: String,
    run: String,
}

impl Conversation {
    pub(super) async fn read(client: &mut Client, session: &str) -> Self {
        let (mut messages, mut offset) = (Vec::new(), 0);
        loop {
            let params = json!({"sessionKey": session, "limit": 1000, "offset": offset});
            let page = client.ok("chat.history", params).await["messages"].as_array().unwrap().clone();
            let read = page.len();
            messages.splice(0..0, page.iter().map(Message::read));
            offset += read;
            if read < 1000 {
                return Self(messages);
            }
        }
    }

    pub(super) fn times_said(&self, text: &str) -> usize {
        self.0.iter().filter(|message| message.role == "user" && message.text == text).count()
    }

    /// The last message of a person that is no command.
    pub(super) fn last_said(&self) -> Option<&str> {
        let said = |message: &&Message| message.role == "user" && !message.text.starts_with('/');
        self.0.iter().rev().find(said).map(|message| message.text.as_str())
    }

    /// Answers that a run gave.
    pub(super) fn answers(&self, run: &str) -> usize {
        self.count("assistant", run)
    }

    /// Notes of the gateway about a run.
    pub(super) fn notes(&self, run: &str) -> usize {
        self.count("system", run)
    }

    fn count(&self, role: &str, run: &str) -> usize {
        self.0.iter().filter(|message| message.role == role && message.run == run).count()
    }
}

impl Message {
    fn read(message: &Value) -> Self {
        Self {
            role: message["role"].as_str().unwrap().to_owned(),
            text: words(message),
            run: message["__openclaw"]["runId"].as_str().unwrap_or_default().to_owned(),
        }
    }
}
