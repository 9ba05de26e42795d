//! One file per subcommand; each is a few calls to the gateway and a page of
//! text about the answer.

use postern_protocol::call::Call;
use postern_protocol::ids::SessionKey;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::connection::Connection;
use crate::env::Settings;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::Output;

pub(crate) mod agent;
pub(crate) mod agents;
pub(crate) mod approvals;
pub(crate) mod backup;
pub(crate) mod bundle;
pub(crate) mod call;
pub(crate) mod chat;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod dashboard;
pub(crate) mod devices;
pub(crate) mod discover;
pub(crate) mod doctor;
pub(crate) mod health;
pub(crate) mod import;
pub(crate) mod logs;
pub(crate) mod models;
pub(crate) mod node;
pub(crate) mod nodes;
pub(crate) mod pair;
pub(crate) mod presence;
pub(crate) mod protocol;
pub(crate) mod remote;
pub(crate) mod service;
pub(crate) mod sessions;
pub(crate) mod setup;
pub(crate) mod status;
pub(crate) mod tailscale;
pub(crate) mod token;
pub(crate) mod tunnel;
pub(crate) mod update;
pub(crate) mod usage;

/// What every command works with.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    /// What environment and flags said.
    pub(crate) settings: Settings,
    /// Where the answer goes.
    pub(crate) output: Output,
}

impl Context {
    /// Signs in to the gateway.
    async fn connect(&self) -> Outcome<Connection> {
        Connection::open(&self.settings).await
    }

    /// Asks one question, prints the answer and says goodbye.
    async fn ask<M: Call>(&self, params: M::Params, text: impl FnOnce(&M::Output) -> String) -> Outcome {
        let gateway = self.connect().await?;
        let answer = gateway.ask::<M>(&params).await?;
        self.output.answer(&answer, || Ok(text(&read(&answer)?)))?;
        gateway.close().await;
        Ok(())
    }

    /// Signs in to the gateway to decide about devices.
    async fn connect_to_decide(&self) -> Outcome<Connection> {
        Connection::open_to_decide(&self.settings).await
    }
}

/// Reads an answer that this program knows the shape of.
fn read<T: DeserializeOwned>(answer: &Value) -> Outcome<T> {
    T::deserialize(answer).map_err(|error| {
        Failure::new(Exit::Failed, format!("the gateway's answer cannot be read: {error}"))
            .hint("its release differs from this one; --json shows the answer as it came")
    })
}

/// A session key as somebody typed it.
fn session_key(text: &str) -> Outcome<SessionKey> {
    SessionKey::try_from(text.to_owned()).map_err(|error| {
        Failure::usage(format!("`{}` cannot be a session key: it {error}", crate::output::printable(text)))
            .hint("postern sessions lists the keys there are")
    })
}
