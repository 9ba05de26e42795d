//! What a method is given: who calls, which request it is, and the services.

use std::future::Future;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use postern_protocol::close::CloseReason;
use serde::Serialize;
use tokio::sync::oneshot;

use super::RpcResult;
use super::dispatch::Final;
use crate::gateway::Services;
use crate::hub::{Conn, Principal};

/// Context of one call. Cheap to clone; services are reached through it
/// directly (`cx.devices`).
#[derive(Clone)]
pub struct Cx(Arc<Call>);

struct Call {
    services: Arc<Services>,
    conn: Arc<Conn>,
    later: Mutex<Option<BoxFuture<'static, Final>>>,
    parting: Mutex<Option<CloseReason>>,
    /// Dropped once the answer is sent.
    answered: Mutex<Vec<oneshot::Sender<()>>>,
}

/// How long a connection that is to close may take to read its last answer.
const PARTING_TIME: Duration = Duration::from_millis(500);

impl Cx {
    /// The context of one call by `conn`.
    #[must_use]
    pub fn new(services: Arc<Services>, conn: Arc<Conn>) -> Self {
        Self(Arc::new(Call {
            services,
            conn,
            later: Mutex::default(),
            parting: Mutex::default(),
            answered: Mutex::default(),
        }))
    }

    /// The services, for work that goes on without the call.
    #[must_use]
    pub fn services(&self) -> &Arc<Services> {
        &self.0.services
    }

    /// Who calls.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.0.conn.principal
    }

    /// The caller's connection.
    #[must_use]
    pub fn conn(&self) -> &Arc<Conn> {
        &self.0.conn
    }

    /// Announces a second answer under the same request id; `agent` is the only
    /// method that may (`frames-and-events.md §1`).
    pub fn finish_later<T: Serialize + 'static>(&self, last: impl Future<Output = RpcResult<T>> + Send + 'static) {
        let last = last.map(super::dispatch::settle).boxed();
        *self.0.later.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
    }

    /// Closes the caller's own connection once the answer is sent.
    pub fn close_after_answer(&self, reason: CloseReason) {
        *self.0.parting.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
    }

    /// Ends when the answer to this call is sent: whatever the call began waits for
    /// it before it tells anybody, so that a client hears its answer first.
    #[must_use]
    pub fn answered(&self) -> oneshot::Receiver<()> {
        let (until, answered) = oneshot::channel();
        self.0.answered.lock().unwrap_or_else(PoisonError::into_inner).push(until);
        answered
    }

    /// Does what [`Cx::close_after_answer`] announced, also to a peer that does
    /// not read.
    pub(super) fn part(&self) {
        self.0.answered.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let parting = self.0.parting.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(reason) = parting else { return };
        let conn = Arc::clone(&self.0.conn);
        conn.outbox.close(reason.clone(), true);
        self.0.services.tasks.spawn("parting", async move {
            tokio::time::sleep(PARTING_TIME).await;
            conn.outbox.close(reason, false);
        });
    }

    pub(super) fn take_later(&self) -> Option<BoxFuture<'static, Final>> {
        self.0.later.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Deref for Cx {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.0.services
    }
}
