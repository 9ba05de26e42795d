//! Methods that are added when the gateway starts. They may be called by admins
//! only, unless they say otherwise.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use postern_protocol::access::{Access, Scope};
use serde_json::Value;

use super::cx::Cx;
use super::error::RpcResult;

type Handler = Arc<dyn Fn(Cx, Value) -> BoxFuture<'static, RpcResult<Value>> + Send + Sync>;

/// A method that is not in the compiled table.
#[derive(Clone)]
pub struct PluginMethod {
    pub(super) name: String,
    pub(super) access: Access,
    pub(super) idempotent: bool,
    pub(super) handler: Handler,
}

impl PluginMethod {
    /// A method for admins.
    pub fn new<F, R>(name: impl Into<String>, handler: F) -> Self
    where
        F: Fn(Cx, Value) -> R + Send + Sync + 'static,
        R: Future<Output = RpcResult<Value>> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |cx, params| handler(cx, params).boxed());
        Self { name: name.into(), access: Access::Operator(Scope::Admin), idempotent: false, handler }
    }

    /// The same method with a required `idempotencyKey`: a repetition gets the
    /// first answer.
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// The same method for others.
    #[must_use]
    pub fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }
}

impl fmt::Debug for PluginMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PluginMethod({}, {:?})", self.name, self.access)
    }
}
