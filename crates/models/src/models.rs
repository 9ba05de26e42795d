//! The public handle: one value that knows every model and answers with any of them.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, future::join_all, stream::BoxStream};
use reqwest::{Method, RequestBuilder, Response};
use tokio::time::{Instant, timeout};
use zeroize::Zeroizing;

use crate::{
    answer, base_url,
    catalogue::{self, KeyStatus, ModelInfo, ModelSource, Provider, ProviderStatus},
    config::{Discovery, ModelSpec, ModelsOptions, Timeouts},
    discovery::{self, Found},
    error::{ErrorKind, ModelError},
    keys::{Key, Keys},
    known,
    probe::{self, KeyReport, ProbeReport},
    request::{ChatRequest, ModelRef, StreamEvent},
    transport::Transport,
    wire,
};

/// How long what was found is believed.
const FOUND_HELD: Duration = Duration::from_secs(10);

/// All models. Cheap to clone.
#[derive(Clone)]
pub struct Models {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    providers: Vec<Arc<Provider>>,
    discovery: Discovery,
    found: Mutex<(Option<Instant>, Arc<[Found]>)>,
    pub(crate) keys: Keys,
    transport: Transport,
    pub(crate) limits: Timeouts,
    clock_ms: Arc<dyn Fn() -> i64 + Send + Sync>,
    answers: AtomicU64,
}

/// A model with everything that is needed to ask it.
pub(crate) struct Target {
    pub(crate) model: ModelRef,
    pub(crate) provider: Arc<Provider>,
    pub(crate) spec: ModelSpec,
    pub(crate) is_configured: bool,
    pub(crate) key: Arc<Key>,
}

impl Target {
    pub(crate) fn key(&self) -> Option<&str> {
        self.key.as_ref().as_ref().map(|key| key.as_str())
    }

    pub(crate) fn error(&self, kind: ErrorKind, message: impl Into<String>) -> ModelError {
        ModelError::new(kind, &self.model, message)
    }
}

impl fmt::Debug for Models {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let providers: Vec<&str> = self.inner.providers.iter().map(|provider| provider.id.as_str()).collect();
        f.debug_struct("Models").field("providers", &providers).finish_non_exhaustive()
    }
}

impl Models {
    /// Builds the handle. Opens no connection and asks for no key.
    pub fn new(options: ModelsOptions) -> Self {
        let ModelsOptions { providers, discovery, keys, clock_ms, user_agent, limits } = options;
        let inner = Inner {
            providers: catalogue::providers(providers, &discovery),
            discovery,
            found: Mutex::new((None, Arc::new([]))),
            keys: Keys::new(keys),
            transport: Transport::new(limits.connect, user_agent),
            limits,
            clock_ms,
            answers: AtomicU64::new(0),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Every listed model, as far as keys are known by now; see [`Self::catalogue_with_keys`].
    pub fn catalogue(&self) -> Vec<ModelInfo> {
        let found = self.inner.found();
        let known = |provider: &Arc<Provider>| {
            let available = !provider.needs_key || self.inner.keys.is_there(&provider.id) == Some(true);
            provider.models(&of_provider(&found, &provider.id), available)
        };
        self.inner.providers.iter().flat_map(known).collect()
    }

    /// Every listed model, after asking for each provider's key. Keys are held for a few seconds.
    pub async fn catalogue_with_keys(&self) -> Vec<ModelInfo> {
        self.inner.ask_for_keys().await;
        self.catalogue()
    }

    /// One model, listed or not; `None` when its provider is not known. Of a model that is not listed only the name
    /// is known. `available` is false only if the key is known to be missing.
    pub fn find(&self, model: &ModelRef) -> Option<ModelInfo> {
        let provider = self.inner.provider(&model.provider)?;
        let (spec, source) = self.inner.spec(provider, &model.model);
        let available = !provider.needs_key || self.inner.keys.is_there(&provider.id) != Some(false);
        let source = source.unwrap_or(ModelSource::Static);
        Some(ModelInfo { provider: provider.id.clone(), spec, source, available })
    }

    /// Looks for local servers and lists their models. What is not there is not in the list; nothing is an error.
    pub async fn discover(&self) -> Vec<ModelInfo> {
        if !self.inner.is_found_fresh() {
            return self.discover_now().await;
        }
        self.found()
    }

    /// The same for somebody who wants to know now, however lately was looked.
    pub async fn discover_now(&self) -> Vec<ModelInfo> {
        if self.inner.discovery.enabled {
            let found = discovery::look(&self.inner).await;
            let mut held = self.inner.found.lock().unwrap_or_else(PoisonError::into_inner);
            *held = (Some(Instant::now()), found.into());
        }
        self.found()
    }

    fn found(&self) -> Vec<ModelInfo> {
        let found = self.inner.found();
        let info = |found: &Found| ModelInfo {
            provider: found.provider.to_owned(),
            spec: found.spec.clone(),
            source: ModelSource::Discovered,
            available: true,
        };
        found.iter().map(info).collect()
    }

    /// The model to use when nothing is configured: the first that was found by [`Self::discover`].
    pub fn discovered_default(&self) -> Option<ModelRef> {
        self.inner.found().first().map(|found| ModelRef::new(found.provider, &found.spec.id))
    }

    /// Every provider, as far as keys are known by now; see [`Self::providers_with_keys`].
    pub fn providers(&self) -> Vec<ProviderStatus> {
        let status = |provider: &Arc<Provider>| {
            provider.status(match self.inner.keys.is_there(&provider.id) {
                Some(true) => KeyStatus::Ok,
                Some(false) => KeyStatus::Missing,
                None => KeyStatus::Unknown,
            })
        };
        self.inner.providers.iter().map(status).collect()
    }

    /// Every provider, after asking for each one's key.
    pub async fn providers_with_keys(&self) -> Vec<ProviderStatus> {
        let keys = self.inner.ask_for_keys().await;
        self.inner.providers.iter().zip(keys).map(|(provider, key)| provider.status(key)).collect()
    }

    /// Asks a model for a word, once, without fallback.
    pub async fn probe(&self, model: &ModelRef) -> Result<ProbeReport, ModelError> {
        probe::model(&self.inner, model).await
    }

    /// Checks a key with its provider by a request that costs nothing: the given key, or the stored one.
    pub async fn probe_key(&self, provider: &str, key: Option<Zeroizing<String>>) -> Result<KeyReport, ModelError> {
        probe::key(&self.inner, provider, key).await
    }

    /// Forgets the held key of a provider, so that a changed one counts at once.
    pub fn forget_key(&self, provider: &str) {
        self.inner.keys.forget(provider);
    }

    /// Asks a model, and shows the answer as it comes. Retries and fallbacks happen inside, and only while nothing
    /// of an answer was shown. After an error, and after [`StreamEvent::Finished`], the stream ends. Dropping it
    /// aborts the request.
    pub fn stream(&self, request: ChatRequest) -> BoxStream<'static, Result<StreamEvent, ModelError>> {
        answer::stream(self.inner.clone(), request).boxed()
    }
}

fn of_provider(found: &[Found], provider: &str) -> Vec<ModelSpec> {
    found.iter().filter(|found| found.provider == provider).map(|found| found.spec.clone()).collect()
}

impl Inner {
    pub(crate) fn provider(&self, id: &str) -> Option<&Arc<Provider>> {
        let named = |id: &str| self.providers.iter().find(|provider| provider.id == id);
        named(id).or_else(|| named(known::alias(id)?))
    }

    fn found(&self) -> Arc<[Found]> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    fn is_found_fresh(&self) -> bool {
        let held = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        held.0.is_some_and(|since| since.elapsed() < FOUND_HELD)
    }

    fn spec(&self, provider: &Provider, model: &str) -> (ModelSpec, Option<ModelSource>) {
        let found = self.found();
        let found = found.iter().find(|found| found.provider == provider.id && found.spec.id == model);
        provider.spec(model, found.map(|found| &found.spec))
    }

    /// The window of a model in tokens, when it is known.
    pub(crate) fn window(&self, model: &ModelRef) -> Option<u64> {
        self.spec(self.provider(&model.provider)?, &model.model).0.context_window
    }

    async fn ask_for_keys(&self) -> Vec<KeyStatus> {
        let ask = async |provider: &Arc<Provider>| {
            if !provider.needs_key {
                return KeyStatus::NotNeeded;
            }
            match self.keys.get(&provider.id).await {
                Ok(key) if key.is_some() => KeyStatus::Ok,
                Ok(_) => KeyStatus::Missing,
                Err(_) => KeyStatus::Error,
            }
        };
        join_all(self.providers.iter().map(ask)).await
    }

    /// Begins the ids of calls in the next answer; never the same twice.
    pub(crate) fn call_prefix(&self) -> Arc<str> {
        let answer = self.answers.fetch_add(1, Ordering::Relaxed);
        format!("call_{:x}_{answer:x}_", (self.clock_ms)()).into()
    }

    /// Everything needed to ask a model, its key included.
    pub(crate) async fn target(&self, model: &ModelRef) -> Result<Target, ModelError> {
        let Some(provider) = self.provider(&model.provider) else {
            let message = format!(
                "The provider {:?} of model {model} is not known; add it under models.providers in the configuration.",
                model.provider
            );
            return Err(ModelError::new(ErrorKind::UnknownModel, model, message));
        };
        let key = self.keys.get(&provider.id).await;
        let key = match key {
            Ok(key) => key,
            Err(_) if !provider.needs_key => Arc::new(None),
            Err(why) => {
                let message = format!("The key of {} could not be read: {why}", provider.name);
                return Err(ModelError::new(ErrorKind::MissingKey, model, message));
            }
        };
        if provider.needs_key && key.is_none() {
            let message =
                format!("There is no key for {}; store one with `postern models auth {}`.", provider.name, provider.id);
            return Err(ModelError::new(ErrorKind::MissingKey, model, message));
        }
        let (spec, source) = self.spec(provider, &model.model);
        let is_configured = source == Some(ModelSource::Configured);
        Ok(Target { model: model.clone(), provider: provider.clone(), spec, is_configured, key })
    }

    /// A request to a provider with its key and headers. `path` is below the base URL.
    pub(crate) async fn request(
        &self,
        target: &Target,
        method: Method,
        path: &str,
    ) -> Result<RequestBuilder, ModelError> {
        let provider = &target.provider;
        let wrong = |message: String| target.error(ErrorKind::InvalidRequest, message);
        let base = provider
            .base
            .as_ref()
            .map_err(|what| wrong(format!("models.providers.{}.baseUrl {what}.", provider.id)))?;
        let custom = provider.headers.as_ref().map_err(|what| wrong(what.clone()))?;
        let has_credential = custom.keys().any(|name| wire::is_credential(name.as_str()));
        let key = target.key().filter(|_| !has_credential);
        let mut headers = wire::headers(provider.api, key).ok_or_else(|| {
            let message = format!("The key of {} has characters that no key has; store it again.", provider.name);
            target.error(ErrorKind::Auth, message)
        })?;
        headers.extend(custom.iter().map(|(name, value)| (name.clone(), value.clone())));
        let url = base_url::below(base, path);
        let client = self.transport.client(&url).await;
        let client = client.map_err(|what| target.error(ErrorKind::Unavailable, format!("No connection: {what}.")))?;
        Ok(client.request(method, url).headers(headers))
    }

    /// Sends a request and waits for the head of the response.
    pub(crate) async fn send(
        &self,
        target: &Target,
        request: RequestBuilder,
        within: Duration,
    ) -> Result<Response, ModelError> {
        let name = &target.provider.name;
        match timeout(within, request.send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => {
                let host = target.provider.base.as_ref().ok().and_then(|url| url.host_str()).unwrap_or_default();
                let cause = innermost(&error);
                let message = if error.is_connect() || error.is_timeout() {
                    format!("{name} cannot be reached at {host} ({cause}). Is it running, and is the network up?")
                } else {
                    format!("The connection to {name} at {host} broke ({cause}).")
                };
                Err(target.error(ErrorKind::Unavailable, message))
            }
            Err(_) => {
                let message = format!("{name} did not begin to answer within {} s.", within.as_secs_f32());
                Err(target.error(ErrorKind::Timeout, message))
            }
        }
    }
}

/// The deepest cause of an error, which is the one that says something; the outer ones repeat the URL.
pub(crate) fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
