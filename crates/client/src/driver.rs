//! The one task behind a client: connects, serves, waits, connects again, until
//! nobody needs it any more.

use std::sync::Arc;
use std::time::Duration;

use postern_protocol::access::Role;
use postern_protocol::connect::HelloOk;
use tokio::sync::{broadcast, mpsc, watch};

use crate::call::CallRequest;
use crate::client::ConnectionState;
use crate::connect::{self, Opened};
use crate::credentials::{Attempt, CredentialMemory, Reaction};
use crate::error::{CallError, ConnectError};
use crate::events::ClientEvent;
use crate::reconnect::Tries;
use crate::session::{Over, Session};
use crate::settings::Settings;
use crate::token_cache::CachedToken;

/// What a handle tells the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Control {
    /// End the client.
    Close,
    /// Try now instead of later or never.
    Reconnect,
}

pub(crate) struct Driver {
    pub(crate) settings: Settings,
    pub(crate) state: watch::Sender<ConnectionState>,
    pub(crate) events: broadcast::Sender<ClientEvent>,
    pub(crate) calls: mpsc::Receiver<CallRequest>,
    pub(crate) control: mpsc::Receiver<Control>,
}

/// What follows a failure.
enum Then {
    Connect,
    End,
}

impl Driver {
    /// Starts the task. It ends by itself when every handle is gone.
    #[expect(
        clippy::disallowed_methods,
        reason = "the client's only task; it belongs to its handles and ends with the last of them"
    )]
    pub(crate) fn spawn(self) {
        tokio::spawn(self.run());
    }

    async fn run(mut self) {
        let mut memory = CredentialMemory::new(&self.settings);
        let mut tries = Tries::default();
        loop {
            self.state.send_replace(ConnectionState::Connecting);
            let error = match Box::pin(connect_once(&self.settings, &mut memory, &mut self.control)).await {
                None => break,
                Some(Err(error)) => error,
                Some(Ok(opened)) => {
                    tries.forget();
                    match self.serve(opened).await {
                        Over::Ended => break,
                        Over::Lost(close) => ConnectError::Closed(close),
                    }
                }
            };
            tracing::debug!(%error, "no connection to the gateway");
            if let Then::End = self.after_failure(error, &mut tries).await {
                break;
            }
        }
        self.end();
    }

    async fn serve(&mut self, opened: Opened) -> Over {
        self.state.send_replace(ConnectionState::Connected(Arc::clone(&opened.hello)));
        let options = &self.settings.options;
        let session = Session::new(opened, self.events.clone(), options.on_gap.clone(), options.wall_clock.clone());
        Box::pin(session.run(&mut self.calls, &mut self.control)).await
    }

    async fn after_failure(&mut self, error: ConnectError, tries: &mut Tries) -> Then {
        let attempt = tries.failed(&error);
        let policy = self.settings.options.reconnect.clone();
        let delay = policy.delay_after(&error, attempt, rand::random::<f64>());
        match delay.filter(|_| !policy.exhausted(tries.total)) {
            Some(delay) => {
                self.state.send_replace(ConnectionState::Waiting { attempt, delay, reason: error });
                let pause = policy.pause.pause(delay);
                self.wait(pause).await
            }
            None => {
                tries.forget();
                self.stop(error).await
            }
        }
    }

    async fn wait(&mut self, pause: impl Future<Output = ()>) -> Then {
        tokio::select! {
            () = pause => Then::Connect,
            command = self.control.recv() => then_of(command),
        }
    }

    /// Refuses calls until a handle wants another try.
    async fn stop(&mut self, error: ConnectError) -> Then {
        self.state.send_replace(match error.clone() {
            ConnectError::PairingRequired(pairing) => ConnectionState::PairingRequired(pairing),
            other => ConnectionState::Stopped(other),
        });
        loop {
            tokio::select! {
                command = self.control.recv() => return then_of(command),
                request = self.calls.recv() => match request {
                    Some(request) => refuse(request, &error),
                    None => return Then::End,
                },
            }
        }
    }

    fn end(mut self) {
        self.state.send_replace(ConnectionState::Stopped(ConnectError::ClosedByClient));
        self.calls.close();
        while let Ok(request) = self.calls.try_recv() {
            refuse(request, &ConnectError::ClosedByClient);
        }
    }
}

fn then_of(command: Option<Control>) -> Then {
    match command {
        Some(Control::Reconnect) => Then::Connect,
        Some(Control::Close) | None => Then::End,
    }
}

fn refuse(request: CallRequest, error: &ConnectError) {
    // A caller that gave up needs no answer.
    let _ = request.reply.send(Err(CallError::NotConnected(error.clone())));
}

/// One connection attempt, given up when the client is closed: then `None`.
async fn connect_once(
    settings: &Settings,
    memory: &mut CredentialMemory,
    control: &mut mpsc::Receiver<Control>,
) -> Option<Result<Opened, ConnectError>> {
    let closed = async { while let Some(Control::Reconnect) = control.recv().await {} };
    tokio::select! {
        result = negotiate(settings, memory) => Some(result),
        () = closed => None,
    }
}

/// Tries the credentials there are, one after the other, each at most once.
async fn negotiate(settings: &Settings, memory: &mut CredentialMemory) -> Result<Opened, ConnectError> {
    loop {
        let cached = load_token(settings).await;
        let attempt = memory.attempt(settings, cached.as_ref());
        let error = match connect::open(settings, &attempt).await {
            Ok(opened) => {
                memory.succeeded();
                keep_tokens(settings, &opened.hello, cached.as_ref()).await;
                return Ok(opened);
            }
            Err(error) => error,
        };
        if !react(settings, memory, (&attempt, cached.as_ref()), &error).await {
            return Err(error);
        }
    }
}

/// Does what a refusal asks for; whether to try again at once.
async fn react(
    settings: &Settings,
    memory: &mut CredentialMemory,
    (attempt, cached): (&Attempt, Option<&CachedToken>),
    error: &ConnectError,
) -> bool {
    let reaction = memory.refused(settings, attempt, cached, error);
    if matches!(reaction, Reaction::Forget | Reaction::ForgetAndRetry) && load_token(settings).await.as_ref() == cached
    {
        // Compared first: another process may have stored a newer token meanwhile.
        report("clear", settings.options.role, settings.options.token_cache.clear(settings.options.role).await);
    }
    matches!(reaction, Reaction::RetryNow | Reaction::ForgetAndRetry)
}

async fn load_token(settings: &Settings) -> Option<CachedToken> {
    settings.key.as_ref()?;
    let role = settings.options.role;
    match settings.options.token_cache.load(role).await {
        Ok(token) => token,
        Err(problem) => {
            tracing::warn!(%problem, %role, "the device token cannot be read; going on without it");
            None
        }
    }
}

/// Stores every device token that the hello carries.
async fn keep_tokens(settings: &Settings, hello: &HelloOk, cached: Option<&CachedToken>) {
    let Some(auth) = hello.auth.as_ref().filter(|_| settings.key.is_some()) else { return };
    let words = |scopes: postern_protocol::access::ScopeSet| scopes.words().into_iter().map(str::to_owned).collect();
    let own = auth.device_token.iter().map(|token| (auth.role, token, auth.scopes));
    let further = auth.device_tokens.iter().flatten().map(|token| (token.role, &token.device_token, token.scopes));
    for (role, token, scopes) in own.chain(further) {
        let token = CachedToken { token: token.clone(), scopes: words(scopes) };
        if role == settings.options.role && cached == Some(&token) {
            continue;
        }
        report("store", role, settings.options.token_cache.store(role, token).await);
    }
}

fn report(act: &str, role: Role, result: Result<(), crate::token_cache::TokenCacheError>) {
    if let Err(problem) = result {
        tracing::warn!(%problem, %role, "cannot {act} the device token; going on without");
    }
}

/// Longest queue of calls that wait for the connection.
pub(crate) const CALL_QUEUE: usize = 64;
/// Commands that wait for the task.
pub(crate) const CONTROL_QUEUE: usize = 4;
/// Patience of `close()` with a task that is busy saying goodbye.
pub(crate) const CLOSE_PATIENCE: Duration = Duration::from_secs(5);
