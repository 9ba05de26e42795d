//! Words that wake devices, and which conversation each of them begins: the same for
//! every device, kept here, told to each when it comes and when they change.

mod words;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use postern_protocol::Dialect;
use postern_protocol::access::Role;
use postern_protocol::call::Event;
use postern_protocol::voicewake::{
    VoiceWakeRouting, VoiceWakeRoutingParams, VoiceWakeRoutingResult, VoiceWakeTriggers,
};
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, oneshot};

use crate::hub::{Hub, Principal, audience_allows};
use crate::options::Clock;
use crate::store::{Change, Store, StoreError, Table};
use crate::tasks::Tasks;

/// Their documents in [`Table::Meta`].
const TRIGGERS: &str = "voicewake";
const ROUTING: &str = "voicewake-routing";

/// Why something was not changed.
#[derive(Debug, thiserror::Error)]
pub enum VoiceWakeError {
    /// It cannot be.
    #[error("{field} {what}")]
    Invalid {
        /// Which param.
        field: String,
        /// What is wrong with it.
        what: String,
    },
    /// It could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Handle to both; cheap to clone.
#[derive(Clone)]
pub struct VoiceWake(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    /// One change at a time, so that what is told last is what is kept.
    turn: Semaphore,
    store: Store,
    hub: Hub,
    clock: Clock,
    tasks: Tasks,
}

#[derive(Debug, Clone)]
struct State {
    triggers: Vec<String>,
    routing: VoiceWakeRouting,
}

impl VoiceWake {
    /// Reads what is kept.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open(store: Store, hub: Hub, (clock, tasks): (Clock, Tasks)) -> Result<Self, StoreError> {
        let triggers: Option<VoiceWakeTriggers> = read(&store, TRIGGERS).await?;
        let triggers = triggers.map(|kept| kept.triggers).unwrap_or_default();
        let routing = read(&store, ROUTING).await?.unwrap_or_default();
        // What an older release kept is checked like anything else.
        let triggers = words::words(&triggers).unwrap_or_else(|_| words::USUAL.map(str::to_owned).into());
        let state = Mutex::new(State { triggers, routing });
        Ok(Self(Arc::new(Inner { state, turn: Semaphore::new(1), store, hub, clock, tasks })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> State {
        self.lock().clone()
    }

    /// Words in force.
    #[must_use]
    pub fn triggers(&self) -> VoiceWakeTriggers {
        VoiceWakeTriggers { triggers: self.state().triggers }
    }

    /// Routes in force.
    #[must_use]
    pub fn routing(&self) -> VoiceWakeRoutingResult {
        VoiceWakeRoutingResult { config: self.state().routing }
    }

    /// Other words, for everybody. Answers when they are kept.
    ///
    /// # Errors
    /// [`VoiceWakeError`]; then nothing has changed.
    pub async fn set_triggers(&self, written: &[String]) -> Result<VoiceWakeTriggers, VoiceWakeError> {
        let triggers = VoiceWakeTriggers { triggers: words::words(written)? };
        let kept = triggers.triggers.clone();
        self.keep(TRIGGERS, triggers, |state| state.triggers = kept, |_| true).await
    }

    /// Other routes, for everybody. Answers when they are kept.
    ///
    /// # Errors
    /// [`VoiceWakeError`]; then nothing has changed.
    pub async fn set_routing(&self, written: VoiceWakeRoutingParams) -> Result<VoiceWakeRoutingResult, VoiceWakeError> {
        let config = words::routing(written, self.0.clock.now_ms())?;
        let kept = config.clone();
        // Protocol 3 has no such event.
        let in_v4 = |who: &Principal| who.dialect == Dialect::V4;
        self.keep(ROUTING, VoiceWakeRoutingResult { config }, |state| state.routing = kept, in_v4).await
    }

    /// A node has come: it hears what is in force.
    pub fn greet(&self, who: &Principal) {
        if who.role != Role::Node {
            return;
        }
        // Under the lock, so that it hears of a change after this, never before.
        let state = self.lock();
        // A connection that is gone again hears nothing.
        self.0.hub.send_to(&who.conn_id, &VoiceWakeTriggers { triggers: state.triggers.clone() });
        if who.dialect == Dialect::V4 {
            self.0.hub.send_to(&who.conn_id, &VoiceWakeRoutingResult { config: state.routing.clone() });
        }
    }

    /// Writes `event`, then takes it over and tells it. Goes on when the caller is gone.
    async fn keep<E: Event + Document + Clone + Send + 'static>(
        &self,
        key: &'static str,
        event: E,
        take: impl FnOnce(&mut State) + Send + 'static,
        knows: impl Fn(&Principal) -> bool + Send + 'static,
    ) -> Result<E, VoiceWakeError> {
        let body = event.document();
        let (own, (done, kept), answer) = (self.clone(), oneshot::channel(), event.clone());
        self.0.tasks.spawn("voicewake", async move {
            let Ok(_turn) = own.0.turn.acquire().await else { return };
            let written =
                own.0.store.enqueue(vec![Change::Put { table: Table::Meta, key: key.to_owned(), body }]).await;
            if written.is_ok() {
                let mut state = own.lock();
                take(&mut state);
                let hears = |who: &Principal| who.role == Role::Node || audience_allows(E::AUDIENCE, who);
                own.0.hub.publish_if(&event, |who| knows(who) && hears(who));
            }
            // Nobody may be waiting any more.
            drop(done.send(written));
        });
        kept.await.unwrap_or(Err(StoreError::Closed))?;
        Ok(answer)
    }
}

/// What is kept of an event.
trait Document {
    fn document(&self) -> String;
}

// Texts and numbers always serialise; the store refuses the empty text.
impl Document for VoiceWakeTriggers {
    fn document(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Document for VoiceWakeRoutingResult {
    fn document(&self) -> String {
        serde_json::to_string(&self.config).unwrap_or_default()
    }
}

async fn read<T: DeserializeOwned>(store: &Store, key: &str) -> Result<Option<T>, StoreError> {
    let Some(body) = store.get(Table::Meta, key).await? else { return Ok(None) };
    match serde_json::from_str(&body) {
        Ok(kept) => Ok(Some(kept)),
        Err(error) => {
            tracing::error!(key, %error, "A stored setting cannot be read and is left out.");
            Ok(None)
        }
    }
}
