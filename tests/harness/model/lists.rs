//! What the provider says about itself: its models and its version.

use serde_json::{Value, json};

use super::{MODELS, Received};

/// The answer to a request that is not for an answer of a model.
pub(super) fn lookup(method: &str, request: &Received) -> Option<Value> {
    let path = request.path.split('?').next().unwrap_or_default();
    match (method, path) {
        ("GET", "/api/tags") => Some(json!({"models": MODELS.map(ollama_model)})),
        ("GET", "/api/version") => Some(json!({"version": "0.12.0"})),
        ("POST", "/api/show") => Some(json!({
            "details": ollama_details(), "capabilities": ["completion", "tools"],
            "model_info": {"general.architecture": "echo", "echo.context_length": 32_768},
        })),
        ("GET", "/v1beta/models") => Some(json!({"models": MODELS.map(gemini_model)})),
        ("GET", path) if path.ends_with("/models") && request.header("anthropic-version").is_some() => {
            Some(json!({"data": MODELS.map(anthropic_model), "has_more": false, "first_id": MODELS[0]}))
        }
        ("GET", path) if path.ends_with("/models") => Some(json!({"object": "list", "data": MODELS.map(openai_model)})),
        _ => None,
    }
}

fn openai_model(id: &str) -> Value {
    json!({"id": id, "object": "model", "created": 1_767_225_600, "owned_by": "fake"})
}

fn anthropic_model(id: &str) -> Value {
    json!({"type": "model", "id": id, "display_name": id, "created_at": "2026-01-01T00:00:00Z"})
}

fn gemini_model(id: &str) -> Value {
    json!({
        "name": format!("models/{id}"), "displayName": id, "inputTokenLimit": 32_768, "outputTokenLimit": 8_192,
        "supportedGenerationMethods": ["generateContent", "streamGenerateContent"],
    })
}

fn ollama_model(id: &str) -> Value {
    json!({
        "name": format!("{id}:latest"), "model": format!("{id}:latest"), "modified_at": "2026-01-01T00:00:00Z",
        "size": 1_000_000, "digest": "00", "details": ollama_details(),
    })
}

fn ollama_details() -> Value {
    json!({
        "parent_model": "", "format": "gguf", "family": "echo", "families": ["echo"],
        "parameter_size": "1B", "quantization_level": "Q4_0",
    })
}
