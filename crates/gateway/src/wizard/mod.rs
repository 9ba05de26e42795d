//! First-time setup, one question after the other (`methods.md §11`).
//!
//! [`Wizard`] is the handle. One wizard at a time; it lives in memory only and
//! belongs to whoever began it. Until the summary is confirmed nothing is
//! written anywhere, so whatever ends it early leaves nothing behind.
//!
//! | file | owns |
//! |---|---|
//! | `script.rs` | which question follows which answer (pure) |
//! | `draft.rs` | the answers, and what they come to (pure) |
//! | `steps.rs` | how questions are worded (pure) |
//! | `facts.rs`, `look.rs` | what there is before the first question |
//! | `disk.rs` | the configuration file, and a wizard without a gateway |
//! | `write.rs` | the end: key and configuration, both or neither |

pub(crate) mod disk;
mod draft;
mod facts;
mod look;
mod script;
mod steps;
mod write;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use postern_models::ErrorKind;
use postern_protocol::wizard::{
    WizardAnswer, WizardMode, WizardNextResult, WizardStartParams, WizardStartResult, WizardState, WizardStatusResult,
    WizardStep,
};
use tokio::time::Instant;

use self::script::{Refused, Script, Taken};
pub use self::write::ConfigFile;
use crate::models::ModelService;
use crate::secrets::Secret;
use crate::tasks::Tasks;

/// How long a provider may take to say whether it takes a key.
const KEY_CHECK: Duration = Duration::from_secs(8);

/// Why a call did nothing. Texts are for people and hold no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WizardError {
    /// There is one already.
    #[error("wizard already running")]
    Running,
    /// None of that id, or no longer.
    #[error("wizard not found")]
    NotFound,
    /// It is over.
    #[error("wizard not running")]
    Over,
    /// The last answer is still being worked on.
    #[error("the wizard is still at the last answer")]
    Busy,
    /// The answer or a param is not usable.
    #[error("{0}")]
    Invalid(String),
}

impl From<Refused> for WizardError {
    fn from(refused: Refused) -> Self {
        Self::Invalid(refused.to_string())
    }
}

/// What a wizard works with.
pub struct WizardParts {
    /// The configuration file.
    pub config: Arc<dyn ConfigFile>,
    /// Language models and their keys.
    pub models: ModelService,
    /// Addresses of this machine.
    pub own_addresses: Vec<IpAddr>,
    /// Task starter.
    pub tasks: Tasks,
    /// How long it waits for an answer.
    pub timeout: Duration,
}

/// Handle to the wizard. Cheap to clone.
#[derive(Clone)]
pub struct Wizard(Arc<Inner>);

struct Inner {
    parts: WizardParts,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    live: Option<Live>,
    /// How the last one ended, for who asks.
    last: Option<(String, WizardStatusResult)>,
}

struct Live {
    id: String,
    /// The connection that began it.
    owner: Option<Arc<str>>,
    phase: Phase,
    heard: Instant,
}

enum Phase {
    /// It looks around.
    Looking,
    /// A question waits.
    Waiting(Box<Script>),
    /// An answer is worked on.
    Busy,
    /// What was chosen is being written: too late to cancel.
    Writing,
}

impl Wizard {
    /// No wizard runs.
    #[must_use]
    pub fn new(parts: WizardParts) -> Self {
        Self(Arc::new(Inner { parts, state: Mutex::default() }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins one for a connection, or for this process, and asks the first question.
    ///
    /// # Errors
    /// [`WizardError`] when one runs or the configuration cannot be edited.
    pub async fn start(
        &self,
        owner: Option<Arc<str>>,
        params: WizardStartParams,
    ) -> Result<WizardStartResult, WizardError> {
        if params.mode == Some(WizardMode::Remote) {
            let message = "mode: must be local; a client of another gateway is set up with gateway.remote.url";
            return Err(WizardError::Invalid(message.to_owned()));
        }
        let workspace = params.workspace.map(|folder| workspace(&folder)).transpose()?;
        let id = uuid::Uuid::new_v4().to_string();
        self.begin(&id, owner)?;
        let facts = look::around(&self.0.parts).await;
        let mut state = self.lock();
        // Its client may have gone while it looked.
        let live = state.live.as_mut().filter(|live| live.id == id).ok_or(WizardError::NotFound)?;
        match facts {
            Ok(facts) => {
                let script = Script::new(facts, workspace);
                let step = steps::step(&script);
                live.phase = Phase::Waiting(Box::new(script));
                live.heard = Instant::now();
                let status = Some(WizardState::Running);
                Ok(WizardStartResult { session_id: id, done: false, step: Some(step), status, error: None })
            }
            Err(why) => {
                state.live = None;
                Err(WizardError::Invalid(why))
            }
        }
    }

    fn begin(&self, id: &str, owner: Option<Arc<str>>) -> Result<(), WizardError> {
        let mut state = self.lock();
        if state.live.is_some() {
            return Err(WizardError::Running);
        }
        state.live = Some(Live { id: id.to_owned(), owner, phase: Phase::Looking, heard: Instant::now() });
        drop(state);
        let (wizard, id) = (self.clone(), id.to_owned());
        self.0.parts.tasks.spawn_until_shutdown("wizard-timeout", async move { wizard.expire(&id).await });
        Ok(())
    }

    /// Takes an answer and asks the next question; without an answer, the same again.
    ///
    /// # Errors
    /// [`WizardError`] when there is no such wizard or the answer is not usable; the question waits on then.
    pub async fn next(&self, id: &str, answer: Option<WizardAnswer>) -> Result<WizardNextResult, WizardError> {
        let mut script = self.take(id)?;
        let Some(WizardAnswer { step_id, value }) = answer else { return self.ask(id, script) };
        match script.answer(&step_id, value.as_ref()) {
            Err(refused) => {
                self.give_back(id, script)?;
                Err(refused.into())
            }
            Ok(Taken::Next) => self.ask(id, script),
            Ok(Taken::Check { provider, key }) => self.check(id, script, &provider, key).await,
            Ok(Taken::Cancel) => {
                self.end(id, WizardState::Cancelled, None);
                Ok(over(WizardState::Cancelled, None, None))
            }
            Ok(Taken::Finish) => self.finish(id, script).await,
        }
    }

    /// Ends one; nothing is changed. One that is over already stays what it was.
    ///
    /// # Errors
    /// [`WizardError`] when there is none, or what was chosen is being written.
    pub fn cancel(&self, id: &str) -> Result<WizardStatusResult, WizardError> {
        let mut state = self.lock();
        match state.live.as_ref().filter(|live| live.id == id) {
            Some(live) if matches!(live.phase, Phase::Writing) => return Err(WizardError::Busy),
            Some(_) => state.close(WizardState::Cancelled, None),
            None => {}
        }
        state.ended(id)
    }

    /// How far one is.
    ///
    /// # Errors
    /// [`WizardError::NotFound`].
    pub fn status(&self, id: &str) -> Result<WizardStatusResult, WizardError> {
        let state = self.lock();
        match &state.live {
            Some(live) if live.id == id => Ok(WizardStatusResult { status: WizardState::Running, error: None }),
            _ => state.ended(id),
        }
    }

    /// A connection ended, and with it the wizard that it began.
    pub fn detach(&self, conn_id: &str) {
        let mut state = self.lock();
        let own = state.live.as_ref().is_some_and(|live| live.owner.as_deref() == Some(conn_id));
        if own && !state.is_writing() {
            state.close(WizardState::Cancelled, Some("its client disconnected".to_owned()));
        }
    }

    fn take(&self, id: &str) -> Result<Box<Script>, WizardError> {
        let mut state = self.lock();
        let Some(live) = state.live.as_mut().filter(|live| live.id == id) else {
            return Err(if state.ended(id).is_ok() { WizardError::Over } else { WizardError::NotFound });
        };
        live.heard = Instant::now();
        match std::mem::replace(&mut live.phase, Phase::Busy) {
            Phase::Waiting(script) => Ok(script),
            other => {
                live.phase = other;
                Err(WizardError::Busy)
            }
        }
    }

    /// Fails when it was ended meanwhile.
    fn give_back(&self, id: &str, script: Box<Script>) -> Result<(), WizardError> {
        self.set_phase(id, Phase::Waiting(script))
    }

    fn set_phase(&self, id: &str, phase: Phase) -> Result<(), WizardError> {
        let mut state = self.lock();
        let live = state.live.as_mut().filter(|live| live.id == id).ok_or(WizardError::Over)?;
        live.phase = phase;
        live.heard = Instant::now();
        Ok(())
    }

    fn ask(&self, id: &str, script: Box<Script>) -> Result<WizardNextResult, WizardError> {
        let step = steps::step(&script);
        self.give_back(id, script)?;
        Ok(WizardNextResult { done: false, step: Some(step), status: Some(WizardState::Running), error: None })
    }

    /// Asks the provider about a key before it is taken. A provider that cannot
    /// be reached says nothing about it.
    async fn check(
        &self,
        id: &str,
        mut script: Box<Script>,
        provider: &str,
        key: Secret,
    ) -> Result<WizardNextResult, WizardError> {
        let asked = self.0.parts.models.probe_given(provider, &key);
        let remark = match tokio::time::timeout(KEY_CHECK, asked).await {
            Ok(Ok(_)) => format!("{provider} takes the key."),
            Ok(Err(error)) if error.kind == ErrorKind::Auth => {
                self.give_back(id, script)?;
                let message = format!("{}: {}", script::Question::ApiKey.id(), error.message);
                return Err(WizardError::Invalid(message));
            }
            Ok(Err(error)) => format!("The key could not be checked: {}", error.message),
            Err(_) => format!("The key could not be checked: {provider} did not answer in time."),
        };
        script.keep_key(key, Some(remark));
        self.ask(id, script)
    }

    async fn finish(&self, id: &str, script: Box<Script>) -> Result<WizardNextResult, WizardError> {
        self.set_phase(id, Phase::Writing)?;
        let outcome = write::write(&self.0.parts, &script).await;
        match outcome {
            Ok(remark) => {
                self.end(id, WizardState::Done, None);
                let step = script.draft.service.then(steps::install_service);
                let step = step.or_else(|| remark.map(steps::remark));
                Ok(over(WizardState::Done, step, None))
            }
            Err(why) => {
                self.end(id, WizardState::Error, Some(why.clone()));
                Ok(over(WizardState::Error, None, Some(why)))
            }
        }
    }

    fn end(&self, id: &str, status: WizardState, error: Option<String>) {
        let mut state = self.lock();
        if state.live.as_ref().is_some_and(|live| live.id == id) {
            state.close(status, error);
        }
    }

    /// Ends one that nobody answers any more.
    async fn expire(&self, id: &str) {
        let timeout = self.0.parts.timeout;
        loop {
            let Some(heard) = self.heard_or_over(id, timeout) else { return };
            let next = if heard.elapsed() < timeout { heard } else { Instant::now() };
            tokio::time::sleep_until(next + timeout).await;
        }
    }

    /// When its client was last heard; `None` when it is over, which it is now if a question waited for too long. What the
    /// gateway itself is busy with takes as long as it takes.
    fn heard_or_over(&self, id: &str, timeout: Duration) -> Option<Instant> {
        let mut state = self.lock();
        let live = state.live.as_ref().filter(|live| live.id == id)?;
        let heard = live.heard;
        let is_late = matches!(live.phase, Phase::Waiting(_)) && heard.elapsed() >= timeout;
        if is_late {
            state.close(WizardState::Cancelled, Some("nobody answered for too long".to_owned()));
        }
        (!is_late).then_some(heard)
    }
}

impl State {
    fn is_writing(&self) -> bool {
        self.live.as_ref().is_some_and(|live| matches!(live.phase, Phase::Writing))
    }

    /// Forgets the wizard that runs, with every answer.
    fn close(&mut self, status: WizardState, error: Option<String>) {
        if let Some(live) = self.live.take() {
            self.last = Some((live.id, WizardStatusResult { status, error }));
        }
    }

    fn ended(&self, id: &str) -> Result<WizardStatusResult, WizardError> {
        let last = self.last.as_ref().filter(|(last, _)| last == id);
        last.map(|(_, status)| status.clone()).ok_or(WizardError::NotFound)
    }
}

fn over(status: WizardState, step: Option<WizardStep>, error: Option<String>) -> WizardNextResult {
    WizardNextResult { done: true, step, status: Some(status), error }
}

fn workspace(folder: &str) -> Result<String, WizardError> {
    let folder = folder.trim();
    if folder.is_empty() || folder.chars().any(char::is_control) {
        return Err(WizardError::Invalid("workspace: must be the path of a folder".to_owned()));
    }
    Ok(folder.to_owned())
}
