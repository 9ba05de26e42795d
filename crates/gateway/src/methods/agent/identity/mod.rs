//! Methods under `agent.identity.`.

mod get;
