//! Conversations: how much later, and at what cost, an answer arrives through the gateway than straight from the
//! provider. Both clients ask the same provider for the same answers, in turn, in the same run.

mod answers;
mod history;
mod latency;
mod load;
mod memory;
mod throughput;

use anyhow::Result;

use crate::chat::{ChatClient, configuration};
use crate::client::Route;
use crate::direct::DirectClient;
use crate::identity::CLI;
use crate::report::Figure;
use crate::scenarios::Bench;
use crate::server::{Program, Server};

/// A provider, and a gateway that uses it.
struct Stage {
    provider: Server,
    gateway: Server,
}

impl Stage {
    fn start(bench: Bench<'_>) -> Result<Self> {
        let provider = bench.launcher.start(Program::Provider)?;
        let state = bench.launcher.new_state()?;
        std::fs::write(state.join("postern.json"), configuration(provider.target().address))?;
        let gateway = bench.launcher.start(Program::Gateway(&state))?;
        Ok(Self { provider, gateway })
    }

    /// Clients that ask the provider.
    async fn direct(&self, count: usize) -> Result<Vec<DirectClient>> {
        let mut clients = Vec::new();
        for _ in 0..count {
            clients.push(DirectClient::connect(Route::local(self.provider.target().address)).await?);
        }
        Ok(clients)
    }

    /// Clients that ask the gateway.
    async fn chats(&self, count: usize) -> Result<Vec<ChatClient>> {
        let mut clients = Vec::new();
        for _ in 0..count {
            clients.push(ChatClient::connect(self.gateway.target(), CLI).await?);
        }
        Ok(clients)
    }
}

pub(super) async fn run(bench: Bench<'_>) -> Result<Vec<Figure>> {
    let mut figures = latency::run(bench).await?;
    figures.extend(throughput::run(bench).await?);
    Ok(figures)
}

pub(super) use answers::run as run_answers;
pub(super) use history::run as run_history;
pub(super) use memory::run as run_memory;
