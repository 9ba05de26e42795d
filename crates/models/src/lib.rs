//! Language models behind one interface: which there are, what they cost, and a streamed answer from one of them.
//!
//! The crate knows nothing of the gateway. A caller builds one [`Models`] from configuration and a [`KeySource`],
//! and asks it for [`Models::stream`]. Everything a provider does differently stays in `wire`; retries and fallback
//! are in `answer`. Nothing is read from the environment, and no TLS is set up before the first https request.

mod answer;
mod attempt;
mod base_url;
mod catalogue;
mod config;
mod discovery;
mod error;
mod frames;
mod keys;
mod known;
mod models;
mod probe;
mod request;
mod transport;
mod wire;

pub use catalogue::{KeyStatus, ModelInfo, ModelSource, ProviderStatus};
pub use config::{
    Api, Cost, Discovery, InputKind, KeySource, ModelSpec, ModelsOptions, ParseApiError, ProviderConfig, Timeouts,
};
pub use error::{ErrorKind, ModelError};
pub use models::Models;
pub use probe::{KeyReport, ProbeReport};
pub use request::{
    ChatRequest, Finish, Message, ModelRef, ParseModelRefError, ParseThinkingError, Part, StopReason, StreamEvent,
    Thinking, ToolCall, ToolSpec, Usage,
};
