//! The handle: calls, events and state of one gateway connection.

use std::sync::Arc;
use std::time::Duration;

use postern_protocol::call::Call;
use postern_protocol::connect::HelloOk;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::call::{CallOptions, CallRequest, Deadline, Reply};
use crate::driver::{CALL_QUEUE, CLOSE_PATIENCE, CONTROL_QUEUE, Control, Driver};
use crate::error::{CallError, ConnectError, PairingRequired};
use crate::events::{ClientEvent, EventReceiver};
use crate::options::ClientOptions;
use crate::settings::{OptionsError, Settings};

/// What the connection is doing.
#[derive(Debug, Clone)]
pub enum ConnectionState {
    /// Dialling or shaking hands.
    Connecting,
    /// Calls are answered.
    Connected(Arc<HelloOk>),
    /// Waiting for the next try.
    Waiting {
        /// Number of the try that follows, counted from 1 since the last success.
        attempt: u32,
        /// How long the wait takes.
        delay: Duration,
        /// Why there is no connection.
        reason: ConnectError,
    },
    /// Somebody has to approve this device; [`GatewayClient::reconnect`] tries again.
    PairingRequired(Box<PairingRequired>),
    /// Trying again unchanged cannot succeed, or the client was closed.
    Stopped(ConnectError),
}

impl ConnectionState {
    /// The connection, or why there is none and none is being made; `None` while
    /// that is open.
    fn settled(&self) -> Option<Result<Arc<HelloOk>, ConnectError>> {
        match self {
            Self::Connected(hello) => Some(Ok(Arc::clone(hello))),
            Self::PairingRequired(pairing) => Some(Err(ConnectError::PairingRequired(pairing.clone()))),
            Self::Stopped(error) => Some(Err(error.clone())),
            Self::Connecting | Self::Waiting { .. } => None,
        }
    }
}

/// A cheap handle over one connection that keeps itself alive. When the last
/// clone is dropped the connection is closed with 1000.
#[derive(Debug, Clone)]
pub struct GatewayClient {
    calls: mpsc::Sender<CallRequest>,
    control: mpsc::Sender<Control>,
    state: watch::Receiver<ConnectionState>,
    events: broadcast::WeakSender<ClientEvent>,
    request_timeout: Duration,
    url: Arc<str>,
}

impl GatewayClient {
    /// Checks the options and starts connecting. Must be called inside a tokio
    /// runtime; returns at once.
    ///
    /// # Errors
    /// [`OptionsError`] when the options cannot work; nothing was sent then.
    pub fn start(options: ClientOptions) -> Result<Self, OptionsError> {
        let settings = Settings::check(options)?;
        let (calls, call_receiver) = mpsc::channel(CALL_QUEUE);
        let (control, control_receiver) = mpsc::channel(CONTROL_QUEUE);
        let (state_sender, state) = watch::channel(ConnectionState::Connecting);
        let events = broadcast::Sender::new(settings.options.event_capacity);
        let client = Self {
            calls,
            control,
            state,
            events: events.downgrade(),
            request_timeout: settings.options.request_timeout,
            url: settings.target.shown().into(),
        };
        Driver { settings, state: state_sender, events, calls: call_receiver, control: control_receiver }.spawn();
        Ok(client)
    }

    /// The result of a typed call.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn call<M: Call>(&self, params: M::Params) -> Result<M::Output, CallError> {
        self.call_with::<M>(params, CallOptions::new()).await
    }

    /// The result of a typed call with its own options.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn call_with<M: Call>(&self, params: M::Params, options: CallOptions) -> Result<M::Output, CallError> {
        let payload = self.request(M::NAME, &params, options).await?;
        serde_json::from_str(payload.as_deref().map_or("null", RawValue::get))
            .map_err(|problem| CallError::Unreadable { method: M::NAME.to_owned(), problem: problem.to_string() })
    }

    /// The payload of any method; absent is `null`.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn call_raw(&self, method: &str, params: Value) -> Result<Value, CallError> {
        self.call_raw_with(method, params, CallOptions::new()).await
    }

    /// The final payload of a method that is answered twice, such as `agent`.
    /// Without deadline: it ends with the answer or with the connection.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn call_expect_final(&self, method: &str, params: Value) -> Result<Value, CallError> {
        self.call_raw_with(method, params, CallOptions::new().expect_final().no_timeout()).await
    }

    /// The payload of any method, with options of its own; absent is `null`.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn call_raw_with(&self, method: &str, params: Value, options: CallOptions) -> Result<Value, CallError> {
        let payload = self.request(method, &params, options).await?;
        serde_json::from_str(payload.as_deref().map_or("null", RawValue::get))
            .map_err(|problem| CallError::Unreadable { method: method.to_owned(), problem: problem.to_string() })
    }

    async fn request<P: Serialize + ?Sized>(&self, method: &str, params: &P, options: CallOptions) -> Reply {
        let params = to_raw_value(params)
            .map_err(|problem| CallError::Params { method: method.to_owned(), problem: problem.to_string() })?;
        let (reply, answer) = oneshot::channel();
        let request = CallRequest { method: method.to_owned(), params, answer: options.answer, reply };
        let after = match options.deadline {
            Deadline::Usual => self.request_timeout,
            Deadline::After(after) => after,
            Deadline::None => return self.deliver(request, answer).await,
        };
        match tokio::time::timeout(after, self.deliver(request, answer)).await {
            Ok(reply) => reply,
            Err(_) => Err(self.overdue(method, after)),
        }
    }

    async fn deliver(&self, request: CallRequest, answer: oneshot::Receiver<Reply>) -> Reply {
        self.connected().await.map_err(CallError::NotConnected)?;
        let gone = || CallError::NotConnected(ConnectError::ClosedByClient);
        self.calls.send(request).await.map_err(|_| gone())?;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Says whether the answer or the connection was missing.
    fn overdue(&self, method: &str, after: Duration) -> CallError {
        match &*self.state.borrow() {
            ConnectionState::Waiting { reason, .. } => CallError::NotConnected(reason.clone()),
            ConnectionState::Connecting => {
                CallError::NotConnected(ConnectError::Timeout { awaited: "connection", after })
            }
            _ => CallError::Timeout { method: method.to_owned(), after },
        }
    }

    /// Waits for a connection; its hello. Goes on waiting while the client tries
    /// again, so set a deadline or [`crate::ReconnectPolicy::never`].
    ///
    /// # Errors
    /// [`ConnectError`] once the client has stopped trying.
    pub async fn connected(&self) -> Result<Arc<HelloOk>, ConnectError> {
        let mut state = self.state.clone();
        let settled = state.wait_for(|now| now.settled().is_some()).await;
        settled.ok().and_then(|now| now.settled()).unwrap_or(Err(ConnectError::ClosedByClient))
    }

    /// Where it connects to, without the query, which could hold a secret.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What the connection is doing now.
    #[must_use]
    pub fn state(&self) -> ConnectionState {
        self.state.borrow().clone()
    }

    /// What the connection is doing, whenever it changes.
    #[must_use]
    pub fn watch_state(&self) -> watch::Receiver<ConnectionState> {
        self.state.clone()
    }

    /// Subscribes to everything that arrives from now on.
    #[must_use]
    pub fn events(&self) -> EventReceiver {
        let receiver = self.events.upgrade().map_or_else(|| broadcast::channel(1).1, |events| events.subscribe());
        EventReceiver::new(receiver)
    }

    /// Tries now instead of later: after an approval, a start of the gateway, a
    /// wake-up of the machine. Without effect while connected.
    pub fn reconnect(&self) {
        // A full queue holds a command that has the same effect.
        let _ = self.control.try_send(Control::Reconnect);
    }

    /// Closes the connection with 1000 and ends the client for every handle.
    pub async fn close(&self) {
        let ended = async {
            // Fails when the task is gone, which is what is waited for.
            let _ = self.control.send(Control::Close).await;
            self.control.closed().await;
        };
        if tokio::time::timeout(CLOSE_PATIENCE, ended).await.is_err() {
            tracing::debug!("the connection task is still busy");
        }
    }
}
