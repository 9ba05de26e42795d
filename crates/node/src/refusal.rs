//! Why a call is not done, in the words of the wire.

use std::borrow::Cow;

use postern_protocol::nodes::NodeError;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Why a call is not done. Every text names the field or the fix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub(crate) struct Refusal {
    /// For programs.
    pub(crate) code: &'static str,
    /// For people.
    pub(crate) message: Cow<'static, str>,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into() }
    }

    /// The params are wrong.
    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new("INVALID_REQUEST", message)
    }

    /// This computer has no way to do it.
    pub(crate) fn unsupported(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new("UNSUPPORTED", message)
    }

    /// It was tried and did not work.
    pub(crate) fn failed(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new("UNAVAILABLE", message)
    }

    /// The rules of this computer, or of whoever decides here, do not let it run.
    pub(crate) fn denied(why: &str) -> Self {
        Self::new("SYSTEM_RUN_DENIED", format!("SYSTEM_RUN_DENIED: {why}"))
    }

    pub(crate) fn to_wire(&self) -> NodeError {
        NodeError { code: Some(self.code.to_owned()), message: Some(self.message.to_string()) }
    }
}

/// What came of a call.
pub(crate) type Outcome<T = Value> = Result<T, Refusal>;

/// Params as a type; absent params are `{}`.
pub(crate) fn read<T: DeserializeOwned>(command: &str, params: &Value) -> Outcome<T> {
    let empty = Value::Object(serde_json::Map::new());
    let params = if params.is_null() { &empty } else { params };
    T::deserialize(params).map_err(|error| Refusal::invalid(format!("invalid {command} params: {error}")))
}
