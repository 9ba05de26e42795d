//! A refusal or failure of a call: what the client is told, and apart from it
//! what only the log may know.

use std::error::Error;
use std::fmt;

use postern_protocol::Dialect;
use postern_protocol::access::{Scope, ScopeSet};
use postern_protocol::error::{DetailCode, ErrorCode, ErrorShape};

use crate::hub::MissingScopes;
use crate::store::StoreError;

/// What a method returns.
pub type RpcResult<T> = Result<T, RpcError>;

/// An error answer. The source goes to the log, never to the wire.
#[derive(Debug)]
pub struct RpcError {
    /// What the client is told.
    pub shape: ErrorShape,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl RpcError {
    /// The request is wrong; `message` says how to mend it.
    pub fn invalid(message: impl Into<String>) -> Self {
        ErrorShape::new(ErrorCode::InvalidRequest, message).into()
    }

    /// Temporary; add [`RpcError::retry_after`] when the client should wait.
    pub fn unavailable(message: impl Into<String>) -> Self {
        ErrorShape::new(ErrorCode::Unavailable, message).into()
    }

    /// The caller holds less than the call needs.
    pub fn forbidden(message: impl Into<String>) -> Self {
        ErrorShape::new(ErrorCode::Forbidden, message).into()
    }

    /// Our own failure. The wire says only that; the log gets the source.
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { shape: ErrorShape::new(ErrorCode::Unavailable, "internal error"), source: Some(source.into()) }
    }

    /// A scope is missing, in the words of the caller's generation
    /// (`README.md, Frames and errors`).
    #[must_use]
    pub fn missing_scope(scope: Scope) -> Self {
        Self::missing_scopes(ScopeSet::of(&[scope]), format!("missing scope: {scope}"))
    }

    /// Scopes are missing, with what `message` says about it.
    pub fn missing_scopes(missing: ScopeSet, message: impl Into<String>) -> Self {
        let words = missing.words();
        Self::forbidden(message).with(|shape| {
            shape
                .detail_code(DetailCode::MissingScope)
                .detail("missingScope", words.first().copied().unwrap_or_default())
                .detail("requiredScopes", words)
        })
    }

    /// Milliseconds after which the same request may succeed.
    #[must_use]
    pub fn retry_after(self, milliseconds: u64) -> Self {
        self.with(|shape| shape.retry_after(milliseconds))
    }

    /// Adds one fact to `details`.
    #[must_use]
    pub fn detail(self, key: &str, value: impl Into<serde_json::Value>) -> Self {
        self.with(|shape| shape.detail(key, value))
    }

    fn with(mut self, change: impl FnOnce(ErrorShape) -> ErrorShape) -> Self {
        self.shape = change(self.shape);
        self
    }

    /// The source with its own sources, for one log line.
    #[must_use]
    pub fn source_chain(&self) -> Option<String> {
        let first = self.source.as_deref()?;
        let mut text = first.to_string();
        let mut next = first.source();
        while let Some(error) = next {
            text.push_str(": ");
            text.push_str(&error.to_string());
            next = error.source();
        }
        Some(text)
    }
}

/// The shape as this generation knows it.
#[must_use]
pub fn in_dialect(mut shape: ErrorShape, dialect: Dialect) -> ErrorShape {
    if dialect == Dialect::V3 {
        shape.code = shape.code.in_v3();
    }
    shape
}

impl From<ErrorShape> for RpcError {
    fn from(shape: ErrorShape) -> Self {
        Self { shape, source: None }
    }
}

impl From<MissingScopes> for RpcError {
    fn from(missing: MissingScopes) -> Self {
        Self::missing_scopes(missing.0, missing.to_string())
    }
}

impl From<StoreError> for RpcError {
    fn from(error: StoreError) -> Self {
        let retry_after_ms = error.retry_after_ms();
        match error {
            StoreError::Busy => Self::unavailable("too many writes are waiting").retry_after(retry_after_ms),
            StoreError::DiskFull(path) => {
                tracing::error!(path = %path.display(), "The disk is full; a change was taken back.");
                Self::unavailable("the gateway's disk is full: nothing was changed; free space on its machine")
                    .retry_after(retry_after_ms)
            }
            StoreError::Closed => Self::unavailable("the gateway is stopping").retry_after(retry_after_ms),
            other => Self::internal(other),
        }
    }
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shape.message)
    }
}

/// Turns an unexpected failure into an internal error.
pub trait Internal<T> {
    /// Keeps the cause for the log and tells the client nothing of it.
    ///
    /// # Errors
    /// An internal error when `self` is one.
    fn internal(self) -> RpcResult<T>;
}

impl<T, E: Into<Box<dyn Error + Send + Sync>>> Internal<T> for Result<T, E> {
    fn internal(self) -> RpcResult<T> {
        self.map_err(RpcError::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_never_sees_the_source() {
        let error = RpcError::internal(std::io::Error::other("/home/ada/secret.sqlite"));
        assert_eq!(
            serde_json::to_string(&error.shape).unwrap(),
            r#"{"code":"UNAVAILABLE","message":"internal error"}"#
        );
        assert!(error.source_chain().unwrap().contains("secret.sqlite"));
    }

    #[test]
    fn missing_scope_speaks_both_generations() {
        let shape = RpcError::missing_scope(Scope::Admin).shape;
        assert_eq!(in_dialect(shape.clone(), Dialect::V3).code, ErrorCode::InvalidRequest);
        let v4 = in_dialect(shape, Dialect::V4);
        assert_eq!((v4.code, v4.message.as_str()), (ErrorCode::Forbidden, "missing scope: operator.admin"));
        assert_eq!(v4.code_detail(), Some("MISSING_SCOPE"));
    }
}
