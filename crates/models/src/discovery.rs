//! Looks for model servers on this machine: Ollama and LM Studio.

use futures_util::future::join;
use reqwest::Method;
use serde::Deserialize;
use tokio::time::timeout;

use crate::{
    attempt::body,
    config::{InputKind, ModelSpec},
    known,
    models::Inner,
    request::ModelRef,
};

/// More than any list of local models has.
const MAX_LIST_BYTES: usize = 4 << 20;
const MAX_MODELS: usize = 500;

/// A model a local server has.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) provider: &'static str,
    pub(crate) spec: ModelSpec,
}

#[derive(Deserialize)]
struct OllamaList {
    #[serde(default)]
    models: Vec<OllamaModel>,
}

#[derive(Deserialize)]
struct OllamaModel {
    name: String,
    #[serde(default)]
    details: Option<OllamaDetails>,
}

#[derive(Deserialize)]
struct OllamaDetails {
    #[serde(default)]
    families: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct LmStudioList {
    #[serde(default)]
    data: Vec<LmStudioModel>,
}

#[derive(Deserialize)]
struct LmStudioModel {
    id: String,
}

/// The models of all local servers, Ollama's first. A server that is not there has none.
pub(crate) async fn look(inner: &Inner) -> Vec<Found> {
    let ollama = async { list(inner, known::OLLAMA, "api/tags").await.map(|body| ollama(&body)).unwrap_or_default() };
    let lmstudio =
        async { list(inner, known::LMSTUDIO, "models").await.map(|body| lmstudio(&body)).unwrap_or_default() };
    let (mut found, more) = join(ollama, lmstudio).await;
    found.extend(more);
    found
}

async fn list(inner: &Inner, provider: &str, path: &str) -> Option<Vec<u8>> {
    let target = inner.target(&ModelRef::new(provider, "")).await.ok()?;
    let answer = async {
        let request = inner.request(&target, Method::GET, path).await.ok()?;
        let response = inner.send(&target, request, inner.limits.discovery).await.ok()?;
        if !response.status().is_success() {
            return None;
        }
        body(response, MAX_LIST_BYTES).await
    };
    timeout(inner.limits.discovery, answer).await.ok().flatten()
}

fn ollama(body: &[u8]) -> Vec<Found> {
    let list = serde_json::from_slice::<OllamaList>(body).map(|list| list.models).unwrap_or_default();
    let model = |model: OllamaModel| {
        let families = model.details.and_then(|details| details.families).unwrap_or_default();
        let mut spec = ModelSpec::named(model.name);
        if families.iter().any(|family| family == "clip" || family == "mllama") {
            spec.input = vec![InputKind::Text, InputKind::Image];
        }
        spec
    };
    chat_models(known::OLLAMA, list.into_iter().map(model))
}

fn lmstudio(body: &[u8]) -> Vec<Found> {
    let list = serde_json::from_slice::<LmStudioList>(body).map(|list| list.data).unwrap_or_default();
    chat_models(known::LMSTUDIO, list.into_iter().map(|model| ModelSpec::named(model.id)))
}

/// Without the models that cannot talk.
fn chat_models(provider: &'static str, specs: impl Iterator<Item = ModelSpec>) -> Vec<Found> {
    let talks = |spec: &ModelSpec| {
        let name = spec.id.to_ascii_lowercase();
        !spec.id.is_empty() && !["embed", "rerank", "bge-", "minilm", "whisper"].iter().any(|word| name.contains(word))
    };
    specs.filter(talks).take(MAX_MODELS).map(|spec| Found { provider, spec }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_without_what_cannot_talk() {
        let found = ollama(
            br#"{"models":[{"name":"nomic-embed-text:latest"},{"name":"llava:7b","details":{"families":["llama","clip"]}},{"name":"qwen3:8b","details":{"families":null}}]}"#,
        );
        let names: Vec<_> = found.iter().map(|found| found.spec.id.as_str()).collect();
        assert_eq!(names, ["llava:7b", "qwen3:8b"]);
        assert!(found[0].spec.input.contains(&InputKind::Image) && found[1].spec.input.is_empty());
        assert_eq!(lmstudio(br#"{"data":[{"id":"text-embedding-x"},{"id":"google/gemma-3"}]}"#).len(), 1);
        assert!(ollama(b"<html>").is_empty() && lmstudio(b"[]").is_empty());
    }
}
