//! The tray's connection to the gateway: one client that lasts, and what is known
//! through it.

mod facts;
mod session;
mod unread;

use std::time::Duration;

use postern::host::Profile;
use postern_client::GatewayClient;
use postern_protocol::desktop::{DesktopSetParams, DesktopSettings};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

#[cfg(test)]
pub(crate) use self::facts::Recent;
pub(crate) use self::facts::{Facts, NodeApprovalFact, short};
use crate::host::Host;

/// Before another try when the credential store did not answer.
const AGAIN: Duration = Duration::from_secs(5);
/// Wishes of the page that may wait.
const WISHES: usize = 8;

/// The handle to it.
#[derive(Clone)]
pub(crate) struct Link {
    facts: watch::Receiver<Facts>,
    client: watch::Receiver<Option<GatewayClient>>,
    told: watch::Sender<Told>,
}

/// The settings that the gateway is to know.
#[derive(Debug, Clone)]
struct Told {
    settings: DesktopSettings,
    /// Wishes that they answer and that were not answered yet.
    answered: Vec<String>,
}

/// What the page wishes for.
pub(crate) struct Wish {
    /// Names it.
    pub(crate) id: String,
    /// What is to change.
    pub(crate) changes: DesktopSetParams,
}

/// What the task behind it works with.
struct Ends {
    facts: watch::Sender<Facts>,
    client: watch::Sender<Option<GatewayClient>>,
    told: watch::Sender<Told>,
    wishes: mpsc::Sender<Wish>,
}

impl Link {
    /// Connects to wherever the gateway is, now and later. What the page wishes
    /// for comes out of the receiver.
    pub(crate) fn start(
        runtime: &Handle,
        profile: Profile,
        host: Host,
        settings: DesktopSettings,
    ) -> (Self, mpsc::Receiver<Wish>) {
        let (facts_in, facts) = watch::channel(Facts::default());
        let (client_in, client) = watch::channel(None);
        let told = watch::Sender::new(Told { settings, answered: Vec::new() });
        let (wishes, wished) = mpsc::channel(WISHES);
        let ends = Ends { facts: facts_in, client: client_in, told: told.clone(), wishes };
        runtime.spawn(run(profile, host, ends));
        (Self { facts, client, told }, wished)
    }

    /// What is known now.
    pub(crate) fn facts(&self) -> Facts {
        self.facts.borrow().clone()
    }

    /// Told of every change.
    pub(crate) fn watch(&self) -> watch::Receiver<Facts> {
        self.facts.clone()
    }

    /// The client, while there is a gateway to talk to.
    pub(crate) fn client(&self) -> Option<GatewayClient> {
        self.client.borrow().clone()
    }

    /// Tells the gateway about the desktop's settings, and which wish that answers. They are looked at in here, so that
    /// of two who tell the later one has the last word.
    pub(crate) fn tell(&self, settings: impl FnOnce() -> DesktopSettings, wish: Option<String>) {
        self.told.send_modify(|told| {
            told.settings = settings();
            told.answered.extend(wish);
        });
    }
}

async fn run(profile: Profile, host: Host, ends: Ends) {
    let mut place = host.watch();
    loop {
        let Some(url) = place.borrow_and_update().url().map(str::to_owned) else {
            ends.facts.send_replace(Facts::default());
            if place.changed().await.is_err() {
                return;
            }
            continue;
        };
        match profile.client_options(&url).await.map(GatewayClient::start) {
            Ok(Ok(client)) => {
                ends.client.send_replace(Some(client.clone()));
                let moved = async {
                    // An error means that the program ends.
                    drop(place.wait_for(|state| state.url() != Some(url.as_str())).await);
                };
                tokio::select! {
                    () = session::follow(&client, &ends) => {}
                    () = moved => {}
                }
                ends.client.send_replace(None);
                client.close().await;
            }
            Ok(Err(error)) => pause(&ends, error.to_string(), &mut place).await,
            Err(error) => pause(&ends, error.to_string(), &mut place).await,
        }
        if place.has_changed().is_err() {
            return;
        }
    }
}

async fn pause(ends: &Ends, problem: String, place: &mut watch::Receiver<crate::host::HostState>) {
    tracing::warn!(problem, "The tray cannot connect.");
    ends.facts.send_modify(|facts| facts.problem = Some(problem));
    tokio::select! {
        () = tokio::time::sleep(AGAIN) => {}
        _ = place.changed() => {}
    }
}
