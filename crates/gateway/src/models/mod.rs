//! Language models as the gateway uses them: which one answers, what it costs,
//! whether it can be asked, and the keys of providers (`methods.md §4`).
//!
//! [`ModelService`] is the handle, in front of [`postern_models::Models`]. Keys
//! are only in the credential store; they pass through here on their way in and
//! are never given back.
//!
//! | file | owns |
//! |---|---|
//! | `choice.rs` | which model answers (pure) |
//! | `settings.rs` | from the configuration to providers (pure) |
//! | `keys.rs` | keys in the credential store |
//! | `listing.rs` | the list of models and why one cannot be asked |
//! | `discovery.rs` | looking for models on this machine, in the background |

mod choice;
mod discovery;
mod keys;
mod listing;
mod settings;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use postern_models::{
    ChatRequest, Cost, ErrorKind, InputKind, ModelError, ModelInfo, ModelRef, ModelSource, Models, ModelsOptions,
    StreamEvent, Timeouts,
};
use postern_protocol::chat::ThinkingLevel;

pub use self::choice::{ChoiceSource, Resolved, UnknownModel, builtin, is_builtin};
pub use self::keys::KeyError;
pub(crate) use self::keys::{check_shape, secret_name};
pub use self::listing::{Listed, Unavailable};

use self::discovery::Looking;
use self::keys::StoredKeys;
use crate::config::{LiveConfig, ModelChoice, ModelSettings};
use crate::options::Clock;
use crate::secrets::Secrets;
use crate::tasks::Tasks;
use crate::usage::{Estimate, micro_usd};

/// An answer that is expected when nobody says how long it may be, tokens.
const TYPICAL_ANSWER: u64 = 2_000;

/// Handle to the language models. Cheap to clone.
#[derive(Clone)]
pub struct ModelService(Arc<Service>);

struct Service {
    models: Mutex<Models>,
    build: Build,
    config: LiveConfig,
    secrets: Secrets,
    /// Providers that refused their key the last time.
    refused: Mutex<HashSet<String>>,
    looking: Mutex<Looking>,
    tasks: Tasks,
}

/// What does not change with the configuration.
struct Build {
    secrets: Secrets,
    clock: Clock,
    user_agent: String,
}

impl Build {
    fn models(&self, settings: &ModelSettings) -> Models {
        let clock = self.clock.clone();
        Models::new(ModelsOptions {
            providers: settings::providers(settings),
            discovery: settings::discovery(settings),
            keys: Arc::new(StoredKeys(self.secrets.clone())),
            clock_ms: Arc::new(move || clock.now_ms()),
            user_agent: self.user_agent.clone(),
            limits: Timeouts::default(),
        })
    }
}

impl Service {
    /// The models of this moment.
    fn models(&self) -> Models {
        self.models.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl std::fmt::Debug for ModelService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ModelService").field(&self.0.models()).finish()
    }
}

impl ModelService {
    /// Builds the handle. Opens no connection, asks for no key, waits for nothing.
    #[must_use]
    pub fn new(config: LiveConfig, secrets: Secrets, clock: Clock, version: &str, tasks: Tasks) -> Self {
        let build = Build { secrets: secrets.clone(), clock, user_agent: format!("postern/{version}") };
        let models = Mutex::new(build.models(&config.now().models));
        let (refused, looking) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Service { models, build, config, secrets, refused, looking, tasks }))
    }

    /// Takes the providers of the configuration in force. Answers under way go on
    /// with what they began with.
    pub fn reconfigure(&self) {
        let models = self.0.build.models(&self.0.config.now().models);
        *self.0.models.lock().unwrap_or_else(PoisonError::into_inner) = models;
        self.0.refused.lock().unwrap_or_else(PoisonError::into_inner).clear();
        *self.0.looking.lock().unwrap_or_else(PoisonError::into_inner) = Looking::default();
        self.look_in_background();
    }

    /// Which model answers: the session's, else the agent's, else the one of `agents.defaults`, else one that was
    /// found on this machine, else the built-in assistant. Looks for models again, in the background, when none is
    /// known.
    #[must_use]
    pub fn resolve(&self, session: Option<&str>, agent: Option<&ModelChoice>) -> Resolved {
        let config = self.0.config.now();
        let defaults = config.agent_defaults.model.as_ref();
        let discovered = self.0.models().discovered_default();
        let resolved = choice::choose((session, agent, defaults), discovered);
        if matches!(resolved.source, ChoiceSource::Builtin | ChoiceSource::Discovered) {
            self.look_in_background();
        }
        resolved
    }

    /// Reads a model as a person wrote it: `provider/model`, or the name of one that is listed.
    ///
    /// # Errors
    /// When no such model can be asked, in words for people.
    pub fn read(&self, written: &str) -> Result<ModelRef, UnknownModel> {
        choice::read(written, &self.0.models().catalogue(), |model| self.0.models().find(model).is_some())
    }

    /// Asks a model, and shows the answer as it comes; see [`Models::stream`].
    pub fn stream(&self, request: ChatRequest) -> BoxStream<'static, Result<StreamEvent, ModelError>> {
        let (service, mut asked) = (self.clone(), request.model.provider.clone());
        let watch = move |item: &Result<StreamEvent, ModelError>| match item {
            Ok(StreamEvent::Model(model)) => asked.clone_from(&model.provider),
            Ok(StreamEvent::Finished(_)) => service.set_refused(&asked, false),
            Err(error) => service.note(error),
            Ok(_) => {}
        };
        self.0.models().stream(request).inspect(watch).boxed()
    }

    /// What is known of a model; `None` when its provider is not known.
    #[must_use]
    pub fn info(&self, model: &ModelRef) -> Option<ModelInfo> {
        self.0.models().find(model)
    }

    /// Today's price of a model; `None` when none is known. Models of this machine cost nothing.
    #[must_use]
    pub fn price(&self, model: &ModelRef) -> Option<Cost> {
        if is_builtin(model) {
            return Some(Cost::default());
        }
        let info = self.info(model)?;
        let free = (info.source == ModelSource::Discovered).then(Cost::default);
        info.spec.cost.or(free)
    }

    /// What an answer cost, USD; `None` when no price is known.
    #[must_use]
    pub fn cost(&self, model: &ModelRef, tokens: &postern_models::Usage) -> Option<f64> {
        self.price(model).map(|price| price.of(tokens))
    }

    /// What a request is expected to take, for [`crate::usage::Usage::reserve`]. `input` is the length of the
    /// prompt, `most_output` the longest answer that is asked for, both in tokens.
    #[must_use]
    pub fn estimate(&self, model: &ModelRef, input: u64, most_output: Option<u64>) -> Estimate {
        let output = most_output.map_or(TYPICAL_ANSWER, |most| most.min(TYPICAL_ANSWER));
        let tokens = postern_models::Usage { input, output, ..Default::default() };
        Estimate { tokens: tokens.total(), micro_usd: self.cost(model, &tokens).map_or(0, micro_usd) }
    }

    /// Input and output together, tokens; `None` when not known.
    #[must_use]
    pub fn context_window(&self, model: &ModelRef) -> Option<u64> {
        self.info(model)?.spec.context_window
    }

    /// The longest answer, tokens; `None` when not known.
    #[must_use]
    pub fn max_tokens(&self, model: &ModelRef) -> Option<u64> {
        self.info(model)?.spec.max_tokens
    }

    /// Whether a model is known to read pictures.
    #[must_use]
    pub fn reads_pictures(&self, model: &ModelRef) -> bool {
        self.info(model).is_some_and(|info| info.spec.input.contains(&InputKind::Image))
    }

    /// The protocol of a model's provider, as messages name it.
    #[must_use]
    pub fn api(&self, model: &ModelRef) -> Option<&'static str> {
        self.provider(&model.provider).ok().map(|status| status.api.as_str())
    }

    /// How much a model can be told to think; only "off" when it is not known to think.
    #[must_use]
    pub fn thinking_levels(&self, model: &ModelRef) -> &'static [ThinkingLevel] {
        let reasons = self.info(model).and_then(|info| info.spec.reasoning) == Some(true);
        if reasons { ThinkingLevel::ALL } else { &[ThinkingLevel::Off] }
    }

    /// Remembers which provider refused its key.
    fn note(&self, error: &ModelError) {
        if error.kind == ErrorKind::Auth {
            self.set_refused(&error.provider, true);
        }
    }

    fn set_refused(&self, provider: &str, is_refused: bool) {
        // Under its own id, whatever name it was asked by.
        let Some(info) = self.0.models().find(&ModelRef::new(provider, "x")) else { return };
        let mut refused = self.0.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if is_refused {
            refused.insert(info.provider);
        } else {
            refused.remove(&info.provider);
        }
    }

    fn is_refused(&self, provider: &str) -> bool {
        self.0.refused.lock().unwrap_or_else(PoisonError::into_inner).contains(provider)
    }
}
