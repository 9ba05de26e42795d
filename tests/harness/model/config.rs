//! The configuration that sends a gateway to this provider.

use serde_json::{Value, json};

use super::{FakeModel, MODELS};

/// Which protocol the gateway shall speak (`models.providers.<id>.api`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    OpenAi,
    Anthropic,
    Gemini,
    Ollama,
    OpenRouter,
}

impl Api {
    pub(crate) const ALL: [Self; 5] = [Self::OpenAi, Self::Anthropic, Self::Gemini, Self::Ollama, Self::OpenRouter];

    /// Its word in the configuration, and the path its base URL ends in.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::OpenAi => ("openai", "/v1"),
            Self::Anthropic => ("anthropic", "/v1"),
            Self::Gemini => ("gemini", "/v1beta"),
            Self::Ollama => ("ollama", ""),
            Self::OpenRouter => ("openrouter", "/api/v1"),
        }
    }
}

impl FakeModel {
    /// The model reference of the configuration.
    pub(crate) const REFERENCE: &str = "fake/echo-1";

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// JSON5 text of a configuration whose default model is `fake/echo-1`, over the OpenAI protocol.
    pub(crate) fn config(&self) -> String {
        self.config_with(json!({}))
    }

    /// The same with more keys; objects are merged, anything else is replaced.
    pub(crate) fn config_with(&self, more: Value) -> String {
        self.config_for(Api::OpenAi, more)
    }

    /// The same over another protocol.
    pub(crate) fn config_for(&self, api: Api, more: Value) -> String {
        let mut config = json!({
            "agents": {"defaults": {"model": Self::REFERENCE}},
            "models": {"providers": {"fake": self.provider(api)}, "discovery": {"enabled": false}},
        });
        merge(&mut config, more);
        config.to_string()
    }

    /// This provider alone, for `models.providers.<id>`.
    pub(crate) fn provider(&self, api: Api) -> Value {
        let (api, path) = api.words();
        let model = |id: &str| {
            json!({
                "id": id, "name": id, "contextWindow": 32_768, "maxTokens": 4_096, "reasoning": true,
                "input": ["text", "image"], "cost": {"input": 1.0, "output": 2.0, "cacheRead": 0.1, "cacheWrite": 1.25},
            })
        };
        json!({"api": api, "baseUrl": format!("{}{path}", self.url()), "models": MODELS.map(model)})
    }
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}
