//! Providers and models that are known without configuration. Prices are list prices in USD per million tokens, without
//! batch or volume discounts, of the tier for short prompts where there are tiers; configuration replaces them. Those of
//! Anthropic, OpenAI and Google were looked up in November 2026, the others earlier.

use crate::config::{Api, Cost, InputKind, ModelSpec};

/// A provider that needs no configuration but a key.
pub(crate) struct KnownProvider {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) api: Api,
    pub(crate) base: &'static str,
    pub(crate) models: &'static [KnownModel],
}

/// A well-known model. Window and length are in thousands of tokens; the prices are of input, output, input read from
/// the cache and input written to it.
pub(crate) struct KnownModel {
    id: &'static str,
    name: &'static str,
    window: u64,
    length: u64,
    reasoning: bool,
    sees: bool,
    cost: Option<[f64; 4]>,
}

const fn model(id: &'static str, name: &'static str, sizes: (u64, u64), cost: [f64; 4]) -> KnownModel {
    KnownModel { id, name, window: sizes.0, length: sizes.1, reasoning: true, sees: true, cost: Some(cost) }
}

impl KnownModel {
    const fn plain(mut self) -> Self {
        self.reasoning = false;
        self
    }

    const fn blind(mut self) -> Self {
        self.sees = false;
        self
    }

    const fn unpriced(mut self) -> Self {
        self.cost = None;
        self
    }

    pub(crate) fn spec(&self) -> ModelSpec {
        let mut input = vec![InputKind::Text];
        if self.sees {
            input.push(InputKind::Image);
        }
        let cost =
            self.cost.map(|[input, output, cache_read, cache_write]| Cost { input, output, cache_read, cache_write });
        ModelSpec {
            id: self.id.to_owned(),
            name: Some(self.name.to_owned()),
            context_window: Some(self.window * 1000),
            max_tokens: Some(self.length * 1000),
            reasoning: Some(self.reasoning),
            input,
            cost,
        }
    }
}

/// Providers in the order they are listed.
pub(crate) const PROVIDERS: &[KnownProvider] = &[
    KnownProvider {
        id: "anthropic",
        name: "Anthropic",
        api: Api::Anthropic,
        base: Api::Anthropic.default_base(),
        models: ANTHROPIC,
    },
    KnownProvider { id: "openai", name: "OpenAI", api: Api::OpenAi, base: Api::OpenAi.default_base(), models: OPENAI },
    KnownProvider {
        id: "google",
        name: "Google Gemini",
        api: Api::Gemini,
        base: Api::Gemini.default_base(),
        models: GOOGLE,
    },
    KnownProvider {
        id: "openrouter",
        name: "OpenRouter",
        api: Api::OpenRouter,
        base: Api::OpenRouter.default_base(),
        models: OPENROUTER,
    },
    KnownProvider {
        id: "deepseek",
        name: "DeepSeek",
        api: Api::OpenAi,
        base: "https://api.deepseek.com/v1",
        models: DEEPSEEK,
    },
    KnownProvider { id: "groq", name: "Groq", api: Api::OpenAi, base: "https://api.groq.com/openai/v1", models: GROQ },
    KnownProvider {
        id: "mistral",
        name: "Mistral",
        api: Api::OpenAi,
        base: "https://api.mistral.ai/v1",
        models: MISTRAL,
    },
    KnownProvider { id: "xai", name: "xAI", api: Api::OpenAi, base: "https://api.x.ai/v1", models: XAI },
    KnownProvider { id: OLLAMA, name: "Ollama", api: Api::Ollama, base: Api::Ollama.default_base(), models: &[] },
    KnownProvider { id: LMSTUDIO, name: "LM Studio", api: Api::OpenAi, base: "http://127.0.0.1:1234/v1", models: &[] },
];

pub(crate) const OLLAMA: &str = "ollama";
pub(crate) const LMSTUDIO: &str = "lmstudio";

const ANTHROPIC: &[KnownModel] = &[
    model("claude-opus-5-5", "Claude Opus 5.5", (1000, 128), [4.0, 20.0, 0.2, 5.0]),
    model("claude-sonnet-5-5", "Claude Sonnet 5.5", (1000, 128), [2.0, 10.0, 0.2, 2.5]),
    model("claude-haiku-5-5", "Claude Haiku 5.5", (1000, 128), [0.1, 0.5, 0.01, 0.125]),
    model("claude-fable-5-1", "Claude Fable 5.1", (1000, 128), [10.0, 50.0, 0.25, 12.5]),
    model("claude-opus-5", "Claude Opus 5", (1000, 128), [5.0, 25.0, 0.5, 6.25]),
    model("claude-sonnet-5", "Claude Sonnet 5", (1000, 128), [2.0, 10.0, 0.2, 2.5]),
    model("claude-opus-4-6", "Claude Opus 4.6", (1000, 128), [5.0, 25.0, 0.5, 6.25]),
    model("claude-sonnet-4-6", "Claude Sonnet 4.6", (1000, 64), [3.0, 15.0, 0.3, 3.75]),
    model("claude-opus-4-5", "Claude Opus 4.5", (200, 64), [5.0, 25.0, 0.5, 6.25]),
    model("claude-sonnet-4-5", "Claude Sonnet 4.5", (200, 64), [3.0, 15.0, 0.3, 3.75]),
    model("claude-haiku-4-5", "Claude Haiku 4.5", (200, 64), [1.0, 5.0, 0.1, 1.25]),
];

const OPENAI: &[KnownModel] = &[
    // Beyond 272,000 tokens the sixth generation costs more.
    model("gpt-6.1-sol", "GPT-6.1 Sol", (272, 128), [2.0, 10.0, 0.1, 2.5]),
    model("gpt-6-sol", "GPT-6 Sol", (272, 128), [2.0, 10.0, 0.2, 2.5]),
    model("gpt-6-luna", "GPT-6 Luna", (272, 128), [0.1, 0.5, 0.01, 0.125]),
    model("gpt-5.4", "GPT-5.4", (272, 128), [2.5, 15.0, 0.25, 0.0]),
    model("gpt-5.4-mini", "GPT-5.4 mini", (272, 128), [0.75, 4.5, 0.075, 0.0]),
    model("gpt-5.2", "GPT-5.2", (400, 128), [1.75, 14.0, 0.175, 0.0]),
    model("gpt-5.1", "GPT-5.1", (400, 128), [1.25, 10.0, 0.125, 0.0]),
    model("gpt-5", "GPT-5", (400, 128), [1.25, 10.0, 0.125, 0.0]),
    model("gpt-5-mini", "GPT-5 mini", (400, 128), [0.25, 2.0, 0.025, 0.0]),
    model("gpt-5-nano", "GPT-5 nano", (400, 128), [0.05, 0.4, 0.005, 0.0]),
    model("gpt-4.1", "GPT-4.1", (1047, 32), [2.0, 8.0, 0.5, 0.0]).plain(),
    model("gpt-4.1-mini", "GPT-4.1 mini", (1047, 32), [0.4, 1.6, 0.1, 0.0]).plain(),
    model("gpt-4o-mini", "GPT-4o mini", (128, 16), [0.15, 0.6, 0.075, 0.0]).plain(),
];

const GOOGLE: &[KnownModel] = &[
    model("gemini-3.8-flash", "Gemini 3.8 Flash", (1000, 65), [0.75, 3.75, 0.075, 0.0]),
    model("gemini-3.1-pro-preview", "Gemini 3.1 Pro", (1000, 65), [2.0, 12.0, 0.2, 0.0]),
    model("gemini-3.1-flash-lite", "Gemini 3.1 Flash-Lite", (1000, 65), [0.25, 1.5, 0.025, 0.0]),
    model("gemini-3-flash-preview", "Gemini 3 Flash", (1000, 65), [0.5, 3.0, 0.05, 0.0]),
];

const OPENROUTER: &[KnownModel] = &[
    model("openrouter/auto", "OpenRouter Auto", (128, 32), [0.0; 4]).unpriced().plain(),
    model("anthropic/claude-sonnet-5", "Claude Sonnet 5", (1000, 128), [2.0, 10.0, 0.2, 2.5]),
    model("anthropic/claude-haiku-4.5", "Claude Haiku 4.5", (200, 64), [1.0, 5.0, 0.1, 1.25]),
    model("openai/gpt-5-mini", "GPT-5 mini", (400, 128), [0.25, 2.0, 0.025, 0.0]),
    model("google/gemini-3.8-flash", "Gemini 3.8 Flash", (1000, 65), [0.75, 3.75, 0.075, 0.0]),
];

const DEEPSEEK: &[KnownModel] = &[
    model("deepseek-chat", "DeepSeek Chat", (128, 8), [0.28, 0.42, 0.028, 0.0]).plain().blind(),
    // Thinks always; there is no level to ask for.
    model("deepseek-reasoner", "DeepSeek Reasoner", (128, 64), [0.28, 0.42, 0.028, 0.0]).plain().blind(),
];

const GROQ: &[KnownModel] = &[
    model("openai/gpt-oss-120b", "GPT-OSS 120B", (131, 65), [0.15, 0.6, 0.075, 0.0]).blind(),
    model("openai/gpt-oss-20b", "GPT-OSS 20B", (131, 65), [0.075, 0.3, 0.0375, 0.0]).blind(),
    model("llama-3.3-70b-versatile", "Llama 3.3 70B", (131, 32), [0.59, 0.79, 0.59, 0.0]).plain().blind(),
];

const MISTRAL: &[KnownModel] = &[
    model("mistral-large-latest", "Mistral Large", (256, 32), [0.5, 1.5, 0.5, 0.0]).plain(),
    model("mistral-medium-latest", "Mistral Medium", (128, 32), [0.4, 2.0, 0.4, 0.0]).plain(),
    model("mistral-small-latest", "Mistral Small", (128, 32), [0.1, 0.3, 0.1, 0.0]).plain(),
];

const XAI: &[KnownModel] = &[
    // Think always; only the smaller ones take a level.
    model("grok-4", "Grok 4", (256, 64), [3.0, 15.0, 0.75, 0.0]).plain(),
    model("grok-code-fast-1", "Grok Code Fast", (256, 64), [0.2, 1.5, 0.02, 0.0]).plain().blind(),
];

/// Other words for a provider.
pub(crate) fn alias(provider: &str) -> Option<&'static str> {
    match provider {
        "gemini" => Some("google"),
        "lm-studio" => Some(LMSTUDIO),
        _ => None,
    }
}

/// What is known of a model from a list, also when its name has a date behind it (`claude-haiku-4-5-20251001`).
pub(crate) fn lookup(models: &[KnownModel], id: &str) -> Option<ModelSpec> {
    let same = |known: &&KnownModel| id.strip_prefix(known.id).is_some_and(|rest| rest.is_empty() || is_date(rest));
    models.iter().find(same).map(KnownModel::spec)
}

fn is_date(rest: &str) -> bool {
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    rest.starts_with('-') && digits == 8 && rest.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit())
}

/// Whether a model that is in no list can be asked to think, as far as its name tells.
pub(crate) fn guess_reasoning(api: Api, id: &str) -> Option<bool> {
    let name = id.rsplit('/').next().unwrap_or(id).to_ascii_lowercase();
    let begins = |list: &[&str]| list.iter().any(|start| name.starts_with(start));
    let local = ["gpt-oss", "qwen3", "deepseek-r1", "deepseek-v3.", "magistral"];
    let thinks = match api {
        Api::Anthropic => {
            name.starts_with("claude-")
                && !begins(&["claude-3-5", "claude-3-opus", "claude-3-haiku", "claude-3-sonnet", "claude-2"])
        }
        Api::Gemini => name.starts_with("gemini-") && !begins(&["gemini-1", "gemini-2.0"]),
        Api::OpenAi => begins(&["gpt-5", "gpt-6", "o1", "o3", "o4", "gpt-oss"]) && !name.contains("chat"),
        Api::OpenRouter => {
            begins(&[
                "gpt-5",
                "gpt-6",
                "o1",
                "o3",
                "o4",
                "claude-sonnet",
                "claude-opus",
                "claude-haiku",
                "gemini-2.5",
                "gemini-3",
                "grok-",
            ]) || begins(&local)
        }
        Api::Ollama => begins(&local) && !name.contains("instruct") && !name.contains("coder"),
    };
    thinks.then_some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dated_model_is_the_model() {
        assert_eq!(lookup(ANTHROPIC, "claude-haiku-4-5-20251001").unwrap().cost.unwrap().input, 1.0);
        assert_eq!(lookup(OPENAI, "gpt-5-2025-08-07").unwrap().name.as_deref(), Some("GPT-5"));
        assert_eq!(lookup(OPENAI, "gpt-5-mini").unwrap().name.as_deref(), Some("GPT-5 mini"));
        assert!(lookup(OPENAI, "gpt-5-pro").is_none());
    }

    #[test]
    fn ids_are_unique_and_bases_are_urls() {
        for (n, provider) in PROVIDERS.iter().enumerate() {
            assert!(PROVIDERS[..n].iter().all(|other| other.id != provider.id));
            assert!(crate::base_url::complete(provider.api, provider.base).is_ok(), "{}", provider.id);
            for (n, model) in provider.models.iter().enumerate() {
                assert!(provider.models[..n].iter().all(|other| other.id != model.id), "{}", model.id);
            }
        }
    }

    #[test]
    fn thinking_is_guessed_from_names() {
        assert_eq!(guess_reasoning(Api::Anthropic, "claude-sonnet-5"), Some(true));
        assert_eq!(guess_reasoning(Api::OpenAi, "local-model"), None);
        assert_eq!(guess_reasoning(Api::Ollama, "qwen3:8b"), Some(true));
        assert_eq!(guess_reasoning(Api::Ollama, "llama3.2"), None);
    }
}
