//! `models`, `tools`, `mcp` and `usage`: with whom agents think, what they may
//! do and what they may spend.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::model::{
    Exec, McpServer, McpTransport, ModelChoice, ModelSettings, Provider, SpendLimits, ToolPolicy, ToolSettings,
    WebFetch,
};
use super::raw::{
    ModelApi, RawDiscovery, RawExec, RawLimits, RawMcp, RawMcpServer, RawModel, RawModelChoice, RawModels, RawProvider,
    RawTools, RawWebFetch,
};
use super::resolve::Notes;

const OLLAMA: &str = "http://127.0.0.1:11434";
const LM_STUDIO: &str = "http://127.0.0.1:1234";
/// Header names that carry keys; those belong to the credential store.
const KEY_HEADERS: [&str; 5] = ["authorization", "x-api-key", "api-key", "x-goog-api-key", "proxy-authorization"];

impl Notes {
    pub(super) fn model_choice(&mut self, raw: Option<&RawModelChoice>, path: &str) -> Option<ModelChoice> {
        let (primary, fallbacks) = match raw? {
            RawModelChoice::One(model) => (Some(model.as_str()), &[][..]),
            RawModelChoice::Many(many) => (many.primary.as_deref(), many.fallbacks.as_deref().unwrap_or_default()),
        };
        let Some(primary) = primary.map(str::trim).filter(|primary| !primary.is_empty()) else {
            self.problem(path, "needs a primary model such as openai/gpt-5");
            return None;
        };
        let all = std::iter::once(primary).chain(fallbacks.iter().map(|model| model.trim()));
        let broken = all.clone().find(|model| !is_model_ref(model));
        if broken.is_some() {
            self.problem(path, "must name provider and model, such as openai/gpt-5");
            return None;
        }
        let mut names = all.map(str::to_owned);
        Some(ModelChoice { primary: names.next()?, fallbacks: names.collect() })
    }

    pub(super) fn models(&mut self, raw: &RawModels) -> ModelSettings {
        let mut providers: Vec<Provider> = Vec::new();
        for (id, written) in raw.providers.iter().flatten() {
            let path = format!("models.providers.{id}");
            let Some(id) = self.id(Some(id), &path) else { continue };
            if id == "postern" {
                self.problem(path, "is the name of the built-in assistant; choose another");
                continue;
            }
            providers.push(self.provider(id, written, &path));
        }
        let RawDiscovery { enabled, ollama, lmstudio } = &raw.discovery;
        ModelSettings {
            providers,
            discover: enabled.unwrap_or(true),
            ollama: self.address(ollama.as_deref(), OLLAMA, "models.discovery.ollama"),
            lmstudio: self.address(lmstudio.as_deref(), LM_STUDIO, "models.discovery.lmstudio"),
        }
    }

    fn provider(&mut self, id: String, raw: &RawProvider, path: &str) -> Provider {
        let base_url = raw.base_url.as_deref().and_then(|url| self.url(url, &format!("{path}.baseUrl")));
        let mut headers = Vec::new();
        for (name, value) in raw.headers.iter().flatten() {
            if KEY_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
                let fix = format!("keys are not kept here: postern models auth {id}");
                self.problem(format!("{path}.headers.{name}"), fix);
            } else if is_header(name, value) {
                headers.push((name.clone(), value.clone()));
            } else {
                self.problem(format!("{path}.headers.{name}"), "is not a header that can be sent");
            }
        }
        let api = raw.api.unwrap_or(match id.as_str() {
            "anthropic" => ModelApi::Anthropic,
            "gemini" | "google" => ModelApi::Gemini,
            "ollama" => ModelApi::Ollama,
            "openrouter" => ModelApi::OpenRouter,
            _ => ModelApi::OpenAi,
        });
        let models = raw.models.iter().flatten().enumerate();
        let models =
            models.filter_map(|(index, model)| self.model(model, &format!("{path}.models[{index}]"))).collect();
        Provider { id, api, base_url, headers, models }
    }

    fn model(&mut self, raw: &RawModel, path: &str) -> Option<RawModel> {
        if raw.id.as_deref().is_none_or(|id| id.trim().is_empty()) {
            self.problem(path, "needs an id");
            return None;
        }
        let cost = raw.cost.unwrap_or_default();
        let prices = [cost.input, cost.output, cost.cache_read, cost.cache_write];
        if prices.into_iter().flatten().any(|price| !(0.0..=1_000_000.0).contains(&price)) {
            self.problem(format!("{path}.cost"), "must be USD per million tokens, 0 or more");
            return None;
        }
        if let Some(input) = &raw.input
            && input.iter().any(|kind| kind != "text" && kind != "image")
        {
            self.problem(format!("{path}.input"), "may hold text and image");
            return None;
        }
        Some(raw.clone())
    }

    fn url(&mut self, text: &str, path: &str) -> Option<Url> {
        let url = Url::parse(text.trim()).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if url.is_none() {
            self.problem(path, "must be an address such as https://host/v1");
        }
        if url.as_ref().is_some_and(|url| !url.username().is_empty() || url.password().is_some()) {
            self.problem(path, "must not contain a name or password");
            return None;
        }
        url
    }

    #[expect(clippy::unwrap_used, reason = "the defaults are constants that parse")]
    fn address(&mut self, written: Option<&str>, default: &'static str, path: &str) -> Url {
        written.and_then(|url| self.url(url, path)).unwrap_or_else(|| Url::parse(default).unwrap())
    }

    pub(super) fn tool_policy(
        &mut self,
        allow: &Option<Vec<String>>,
        deny: &Option<Vec<String>>,
        path: &str,
    ) -> ToolPolicy {
        let mut names = |list: &Option<Vec<String>>, key: &str| {
            let list = list.as_ref()?;
            if list.iter().any(|name| name.trim().is_empty()) {
                self.problem(format!("{path}.{key}"), "holds an empty name");
            }
            Some(list.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect::<Vec<_>>())
        };
        ToolPolicy { allow: names(allow, "allow"), deny: names(deny, "deny").unwrap_or_default() }
    }

    pub(super) fn tools(&mut self, raw: &RawTools) -> ToolSettings {
        let RawExec { security, ask, timeout_seconds, max_output_bytes } = raw.exec;
        let RawWebFetch { enabled, max_bytes, timeout_seconds: web_seconds, allow_private } = &raw.web.fetch;
        ToolSettings {
            policy: self.tool_policy(&raw.allow, &raw.deny, "tools"),
            exec: Exec {
                security: security.unwrap_or_default(),
                ask: ask.unwrap_or_default(),
                timeout: Duration::from_secs(timeout_seconds.unwrap_or(120)),
                max_output_bytes: max_output_bytes.unwrap_or(200_000),
            },
            web: WebFetch {
                enabled: enabled.unwrap_or(true),
                max_bytes: max_bytes.unwrap_or(2_000_000),
                timeout: Duration::from_secs(web_seconds.unwrap_or(30)),
                allow_private: allow_private.clone().unwrap_or_default(),
            },
        }
    }

    pub(super) fn mcp(&mut self, raw: &RawMcp) -> Vec<McpServer> {
        let mut servers = Vec::new();
        for (name, written) in raw.servers.iter().flatten() {
            let path = format!("mcp.servers.{name}");
            let Some(name) = self.id(Some(name), &path) else { continue };
            if let Some(transport) = self.transport(written, &path) {
                servers.push(McpServer { name, transport });
            }
        }
        servers
    }

    fn transport(&mut self, raw: &RawMcpServer, path: &str) -> Option<McpTransport> {
        let pairs = |map: &Option<BTreeMap<String, String>>| {
            map.iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>()
        };
        match (&raw.command, &raw.url) {
            (Some(command), None) if !command.trim().is_empty() => Some(McpTransport::Stdio {
                command: command.clone(),
                args: raw.args.clone().unwrap_or_default(),
                env: pairs(&raw.env),
                cwd: raw.cwd.as_deref().map(PathBuf::from),
            }),
            (None, Some(url)) => {
                let url = self.url(url, &format!("{path}.url"))?;
                Some(McpTransport::Http { url, headers: pairs(&raw.headers) })
            }
            _ => {
                self.problem(path, "needs either a command or a url");
                None
            }
        }
    }

    pub(super) fn limits(&mut self, raw: &RawLimits, path: &str) -> SpendLimits {
        /// Beyond this a limit is a mistake.
        const MOST_USD: f64 = 1_000_000.0;
        let usd = raw.daily_usd.filter(|usd| (0.0..=MOST_USD).contains(usd));
        if raw.daily_usd.is_some() && usd.is_none() {
            self.problem(format!("{path}.dailyUsd"), "must be USD, 0 to 1000000");
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 10^12 fits")]
        let micro = usd.map(|usd| (usd * 1_000_000.0).round() as u64);
        SpendLimits { daily_micro_usd: micro, daily_tokens: raw.daily_tokens }
    }
}

/// `provider/model`, both there.
fn is_model_ref(text: &str) -> bool {
    text.split_once('/').is_some_and(|(provider, model)| !provider.is_empty() && !model.is_empty())
}

fn is_header(name: &str, value: &str) -> bool {
    http::HeaderName::from_bytes(name.as_bytes()).is_ok() && http::HeaderValue::from_str(value).is_ok()
}
