//! From the configuration to what the models are built from.

use postern_models::{Api, Cost, Discovery, InputKind, ModelSpec, ProviderConfig};

use crate::config::{ModelApi, ModelSettings, Provider, RawModel};

pub(super) fn providers(settings: &ModelSettings) -> Vec<ProviderConfig> {
    settings.providers.iter().map(provider).collect()
}

pub(super) fn discovery(settings: &ModelSettings) -> Discovery {
    Discovery {
        enabled: settings.discover,
        ollama: Some(settings.ollama.clone()),
        lmstudio: Some(settings.lmstudio.clone()),
    }
}

fn provider(of: &Provider) -> ProviderConfig {
    ProviderConfig {
        id: of.id.clone(),
        api: api(of.api),
        base_url: of.base_url.as_ref().map(ToString::to_string),
        headers: of.headers.clone(),
        models: of.models.iter().filter_map(spec).collect(),
    }
}

const fn api(of: ModelApi) -> Api {
    match of {
        ModelApi::OpenAi => Api::OpenAi,
        ModelApi::Anthropic => Api::Anthropic,
        ModelApi::Gemini => Api::Gemini,
        ModelApi::Ollama => Api::Ollama,
        ModelApi::OpenRouter => Api::OpenRouter,
    }
}

fn spec(of: &RawModel) -> Option<ModelSpec> {
    let kind = |word: &String| match word.as_str() {
        "text" => Some(InputKind::Text),
        "image" => Some(InputKind::Image),
        _ => None,
    };
    Some(ModelSpec {
        name: of.name.clone(),
        context_window: of.context_window.filter(|&window| window > 0),
        max_tokens: of.max_tokens.filter(|&most| most > 0),
        reasoning: of.reasoning,
        input: of.input.iter().flatten().filter_map(kind).collect(),
        cost: cost(of),
        ..ModelSpec::named(of.id.as_deref()?.trim())
    })
}

/// A kind of token without a price of its own costs what input costs, so that nothing is counted too low. Without
/// prices for input and output no price is known.
fn cost(of: &RawModel) -> Option<Cost> {
    let of = of.cost?;
    let (input, output) = (of.input.or(of.output)?, of.output.or(of.input)?);
    Some(Cost {
        input,
        output,
        cache_read: of.cache_read.unwrap_or(input),
        cache_write: of.cache_write.unwrap_or(input),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_carried_over_whole() {
        let models = r#"[
            { "id": " m ", "name": "M", "contextWindow": 8192, "maxTokens": 0, "reasoning": true,
              "input": ["text", "image"], "cost": { "input": 1, "output": 2, "cacheRead": 0.1 } },
            { "id": "n", "cost": {} }, { "id": "o", "cost": { "input": 3 } }, { "name": "without an id" } ]"#;
        let of = Provider {
            id: "box".to_owned(),
            api: ModelApi::OpenAi,
            base_url: url::Url::parse("http://10.0.0.2:8000/v1").ok(),
            headers: vec![("X-Team".to_owned(), "a".to_owned())],
            models: serde_json::from_str(models).unwrap(),
        };
        let all = [provider(&of)];
        assert_eq!((all[0].api, all[0].base_url.as_deref()), (Api::OpenAi, Some("http://10.0.0.2:8000/v1")));
        assert_eq!(all[0].headers, [("X-Team".to_owned(), "a".to_owned())]);
        let [m, n, o] = all[0].models.as_slice() else { panic!("{:?}", all[0].models) };
        assert_eq!(m.cost, Some(Cost { input: 1.0, output: 2.0, cache_read: 0.1, cache_write: 1.0 }));
        assert_eq!((m.id.as_str(), m.context_window, m.max_tokens), ("m", Some(8192), None));
        assert_eq!((m.reasoning, m.input.len()), (Some(true), 2));
        assert_eq!(n.cost, None);
        assert_eq!(o.cost, Some(Cost { input: 3.0, output: 3.0, cache_read: 3.0, cache_write: 3.0 }));
    }
}
