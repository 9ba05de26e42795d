//! Small requests that show whether a model answers and whether a key is good.

use std::{sync::Arc, time::Duration};

use reqwest::Method;
use serde_json::Value;
use tokio::time::{Instant, timeout};
use zeroize::Zeroizing;

use crate::{
    attempt::{self, Step, body, refused},
    error::{ErrorKind, ModelError},
    models::{Inner, Target},
    request::{ChatRequest, Message, ModelRef, Part, Thinking},
    wire::{self, Delta},
};

/// Enough for a word, also of a model that thinks first.
const PROBE_TOKENS: u64 = 64;
const PROBE_TIME: Duration = Duration::from_secs(60);
const MAX_LIST_BYTES: usize = 8 << 20;

/// What a model did with a small request.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbeReport {
    /// The model that was asked.
    pub model: ModelRef,
    /// From the request to the end of the answer, in milliseconds.
    pub latency_ms: u64,
    /// From the request to the first sign of an answer, in milliseconds.
    pub first_ms: u64,
    /// What it said.
    pub text: String,
}

/// What a provider said to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyReport {
    /// The provider that was asked.
    pub provider: String,
    /// From the request to the answer, in milliseconds.
    pub latency_ms: u64,
    /// How many models the key may use, when the provider tells.
    pub models: Option<usize>,
}

pub(crate) async fn model(inner: &Inner, model: &ModelRef) -> Result<ProbeReport, ModelError> {
    let request = ChatRequest {
        model: model.clone(),
        fallbacks: Vec::new(),
        system: Vec::new(),
        messages: vec![Message::User(vec![Part::Text("Reply with the single word: ok".to_owned())])],
        tools: Arc::new([]),
        thinking: Thinking::Off,
        max_tokens: Some(PROBE_TOKENS),
        cache_key: None,
    };
    let began = Instant::now();
    let target = inner.target(model).await?;
    let name = target.provider.name.clone();
    let answer = async {
        let mut attempt = attempt::open(inner, &request, target).await?;
        let (mut first_ms, mut text) = (None, String::new());
        loop {
            let step = attempt.next().await?;
            let first_ms = *first_ms.get_or_insert_with(|| elapsed(began));
            match step {
                Step::Delta(Delta::Text(piece)) if text.len() < 1000 => text.push_str(&piece),
                Step::Delta(_) => {}
                Step::Finish(_) => {
                    let latency_ms = elapsed(began);
                    return Ok(ProbeReport { model: model.clone(), latency_ms, first_ms, text });
                }
            }
        }
    };
    let late = || ModelError::new(ErrorKind::Timeout, model, format!("{name} did not answer within a minute."));
    timeout(PROBE_TIME, answer).await.unwrap_or_else(|_| Err(late()))
}

fn elapsed(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

pub(crate) async fn key(
    inner: &Inner,
    provider: &str,
    key: Option<Zeroizing<String>>,
) -> Result<KeyReport, ModelError> {
    let model = ModelRef::new(provider, "");
    let target = match (key, inner.provider(provider)) {
        (Some(key), Some(provider)) => Target {
            model,
            provider: provider.clone(),
            spec: crate::config::ModelSpec::default(),
            is_configured: false,
            key: Arc::new(Some(key)),
        },
        _ => inner.target(&model).await?,
    };
    let began = Instant::now();
    let request = inner.request(&target, Method::GET, wire::list_path(target.provider.api)).await?;
    let within = inner.limits.first_byte.min(PROBE_TIME);
    let response = inner.send(&target, request, within).await?;
    if !response.status().is_success() {
        return Err(refused(&target, response).await);
    }
    let body = timeout(within, body(response, MAX_LIST_BYTES)).await.ok().flatten().unwrap_or_default();
    let list = serde_json::from_slice::<Value>(&body).unwrap_or_default();
    let models = ["data", "models"].iter().find_map(|name| list.get(name)?.as_array()).map(Vec::len);
    Ok(KeyReport { provider: target.provider.id.clone(), latency_ms: elapsed(began), models })
}
