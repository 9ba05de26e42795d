//! Which providers and models there are: built in, configured and found, merged into one list.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::{
    base_url,
    config::{Api, Discovery, ModelSpec, ProviderConfig},
    known::{self, KnownModel, KnownProvider},
    request::ModelRef,
    wire,
};

/// Where a model in the catalogue comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ModelSource {
    /// Known without configuration.
    Static,
    /// Written in the configuration.
    Configured,
    /// Reported by a local server.
    Discovered,
}

impl ModelSource {
    /// The word used in lists.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Configured => "configured",
            Self::Discovered => "discovered",
        }
    }
}

/// One model of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelInfo {
    /// Id of its provider.
    pub provider: String,
    /// What is known of it.
    pub spec: ModelSpec,
    /// Where it comes from.
    pub source: ModelSource,
    /// Whether a key is there, or none is needed.
    pub available: bool,
}

impl ModelInfo {
    /// The reference that names it.
    pub fn reference(&self) -> ModelRef {
        ModelRef::new(&self.provider, &self.spec.id)
    }
}

/// Whether a provider's key is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyStatus {
    /// It is.
    Ok,
    /// It is not.
    Missing,
    /// None is needed.
    NotNeeded,
    /// The store of keys could not be asked.
    Error,
    /// The store of keys was not asked yet.
    Unknown,
}

impl KeyStatus {
    /// The word used in lists.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Missing => "missing",
            Self::NotNeeded => "not-needed",
            Self::Error => "error",
            Self::Unknown => "unknown",
        }
    }
}

/// One provider, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderStatus {
    /// Its id.
    pub provider: String,
    /// For people.
    pub display_name: String,
    /// The protocol it speaks.
    pub api: Api,
    /// Where it is reached; `None` when the configured URL is wrong.
    pub base_url: Option<String>,
    /// Whether it is in the configuration.
    pub is_configured: bool,
    /// Whether it wants a key.
    pub needs_key: bool,
    /// Whether the key is there.
    pub key: KeyStatus,
}

/// A provider, ready to be asked.
pub(crate) struct Provider {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) api: Api,
    /// The error completes the sentence "models.providers.ID.baseUrl …".
    pub(crate) base: Result<Url, String>,
    /// The error is a sentence.
    pub(crate) headers: Result<HeaderMap, String>,
    pub(crate) models: Vec<ModelSpec>,
    pub(crate) known: &'static [KnownModel],
    pub(crate) is_configured: bool,
    pub(crate) needs_key: bool,
}

impl Provider {
    fn configured(config: ProviderConfig, discovery: &Discovery) -> Self {
        let builtin = known::PROVIDERS.iter().find(|known| known.id == config.id);
        let default = builtin.filter(|known| known.api == config.api);
        let base = match (&config.base_url, default) {
            (Some(url), _) => base_url::complete(config.api, url),
            (None, Some(known)) => base_of(known, discovery),
            (None, None) => base_url::complete(config.api, config.api.default_base()),
        };
        let has_credential = config.headers.iter().any(|(name, _)| wire::is_credential(name));
        Self {
            needs_key: !has_credential && needs_key(&config.id, config.api, base.as_ref().ok()),
            headers: headers(&config),
            name: builtin.map_or_else(|| config.id.clone(), |known| known.name.to_owned()),
            api: config.api,
            base,
            models: config.models,
            known: builtin.map_or(&[], |known| known.models),
            is_configured: true,
            id: config.id,
        }
    }

    fn builtin(known: &'static KnownProvider, discovery: &Discovery) -> Self {
        let base = base_of(known, discovery);
        Self {
            needs_key: needs_key(known.id, known.api, base.as_ref().ok()),
            id: known.id.to_owned(),
            name: known.name.to_owned(),
            api: known.api,
            base,
            headers: Ok(HeaderMap::new()),
            models: Vec::new(),
            known: known.models,
            is_configured: false,
        }
    }

    pub(crate) fn status(&self, key: KeyStatus) -> ProviderStatus {
        ProviderStatus {
            provider: self.id.clone(),
            display_name: self.name.clone(),
            api: self.api,
            base_url: self.base.as_ref().ok().map(|url| url.as_str().trim_end_matches('/').to_owned()),
            is_configured: self.is_configured,
            needs_key: self.needs_key,
            key: if self.needs_key { key } else { KeyStatus::NotNeeded },
        }
    }

    /// What is known of one of its models, and from where.
    pub(crate) fn spec(&self, id: &str, found: Option<&ModelSpec>) -> (ModelSpec, Option<ModelSource>) {
        let configured = self.models.iter().find(|spec| spec.id == id);
        let builtin = known::lookup(self.known, id);
        let source = match (configured, found, &builtin) {
            (Some(_), _, _) => Some(ModelSource::Configured),
            (None, Some(_), _) => Some(ModelSource::Discovered),
            (None, None, Some(_)) => Some(ModelSource::Static),
            (None, None, None) => None,
        };
        let mut spec = configured.cloned().unwrap_or_else(|| ModelSpec::named(id));
        for other in [found, builtin.as_ref()].into_iter().flatten() {
            spec = spec.or(other);
        }
        spec.reasoning = spec.reasoning.or_else(|| known::guess_reasoning(self.api, id));
        (spec, source)
    }

    /// Every model it has, configured ones first.
    pub(crate) fn models(&self, found: &[ModelSpec], available: bool) -> Vec<ModelInfo> {
        let mut ids: Vec<&str> = Vec::new();
        let configured = self.models.iter().map(|spec| spec.id.as_str());
        let builtin: Vec<ModelSpec> = self.known.iter().map(KnownModel::spec).collect();
        let others = found.iter().chain(&builtin).map(|spec| spec.id.as_str());
        for id in configured.chain(others) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        let info = |id: &str| {
            let (spec, source) = self.spec(id, found.iter().find(|spec| spec.id == id));
            let source = source.unwrap_or(ModelSource::Configured);
            ModelInfo { provider: self.id.clone(), spec, source, available }
        };
        ids.into_iter().map(info).collect()
    }
}

/// Local servers are where discovery looks for them.
fn base_of(known: &KnownProvider, discovery: &Discovery) -> Result<Url, String> {
    let url = match known.id {
        known::OLLAMA => discovery.ollama.as_ref(),
        known::LMSTUDIO => discovery.lmstudio.as_ref(),
        _ => None,
    };
    base_url::complete(known.api, url.map_or(known.base, Url::as_str))
}

fn needs_key(id: &str, api: Api, base: Option<&Url>) -> bool {
    api != Api::Ollama && id != known::LMSTUDIO && !base.is_some_and(base_url::is_loopback)
}

fn headers(config: &ProviderConfig) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in &config.headers {
        let wrong = |what: &str| format!("models.providers.{}.headers: {what} of {name:?} is not valid", config.id);
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong("the name"))?;
        let mut value = HeaderValue::from_str(value).map_err(|_| wrong("the value"))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

/// All providers: the configured ones, then those that are known anyway.
pub(crate) fn providers(configured: Vec<ProviderConfig>, discovery: &Discovery) -> Vec<Arc<Provider>> {
    let mut all: Vec<Arc<Provider>> = Vec::new();
    for config in configured {
        if all.iter().all(|provider| provider.id != config.id) {
            all.push(Arc::new(Provider::configured(config, discovery)));
        }
    }
    for known in known::PROVIDERS {
        if all.iter().all(|provider| provider.id != known.id) {
            all.push(Arc::new(Provider::builtin(known, discovery)));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Cost;

    fn config(id: &str, api: Api, base_url: Option<&str>) -> ProviderConfig {
        ProviderConfig { id: id.into(), api, base_url: base_url.map(Into::into), headers: vec![], models: vec![] }
    }

    #[test]
    fn a_configured_model_keeps_what_is_known_of_it() {
        let mut config = config("openai", Api::OpenAi, None);
        config.models = vec![ModelSpec { max_tokens: Some(5), ..ModelSpec::named("gpt-5") }];
        let all = providers(vec![config], &Discovery::default());
        let (spec, source) = all[0].spec("gpt-5", None);
        assert_eq!((spec.max_tokens, source), (Some(5), Some(ModelSource::Configured)));
        assert_eq!(spec.cost.unwrap(), Cost { input: 1.25, output: 10.0, cache_read: 0.125, cache_write: 0.0 });
        let listed = all[0].models(&[], true);
        assert_eq!(listed.iter().filter(|model| model.spec.id == "gpt-5").count(), 1);
        assert!(listed.len() > 3);
    }

    #[test]
    fn keys_are_needed_away_from_home() {
        for (id, api, url, needed) in [
            ("openai", Api::OpenAi, None, true),
            ("x", Api::OpenAi, Some("http://localhost:8000"), false),
            ("x", Api::Anthropic, Some("http://10.0.0.2"), true),
            ("lmstudio", Api::OpenAi, Some("http://10.0.0.2:1234"), false),
            ("gpu", Api::Ollama, Some("http://10.0.0.2:11434"), false),
        ] {
            let all = providers(vec![config(id, api, url)], &Discovery::default());
            assert_eq!(all[0].needs_key, needed, "{id} {url:?}");
        }
        let mut own = config("x", Api::OpenAi, Some("https://api.example"));
        own.headers = vec![("Authorization".into(), "Basic abc".into())];
        assert!(!providers(vec![own], &Discovery::default())[0].needs_key);
    }

    #[test]
    fn a_wrong_header_is_named() {
        let mut wrong = config("x", Api::OpenAi, None);
        wrong.headers = vec![("X-Team".into(), "a\nb".into())];
        let all = providers(vec![wrong], &Discovery::default());
        let error = all[0].headers.as_ref().unwrap_err();
        assert!(error.contains("models.providers.x.headers") && error.contains("X-Team") && !error.contains("a\nb"));
    }
}
