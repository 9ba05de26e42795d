//! What a method is: a protocol [`Call`] with an access rule and a function.
//! `method::<M>()` makes the row of the method table from it.

use std::future::Future;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use postern_protocol::access::Access;
use postern_protocol::call::Call;
use postern_protocol::ids::IdempotencyKey;
use serde_json::Value;

use super::cx::Cx;
use super::dispatch::{Final, settle};
use super::error::RpcResult;

/// One method of the gateway; lives in the file named after it.
pub trait Method: Call {
    /// Who may call it.
    const ACCESS: Access;
    /// Whether params carry an idempotency key.
    const IDEMPOTENT: bool = false;

    /// A stricter rule that depends on the params; checked after [`Method::ACCESS`].
    #[must_use]
    fn access_for(_params: &Self::Params) -> Access {
        Self::ACCESS
    }

    /// The key under which a repetition gets the first answer.
    #[must_use]
    fn idempotency_key(_params: &Self::Params) -> Option<&IdempotencyKey> {
        None
    }

    /// Does it.
    fn call(cx: Cx, params: Self::Params) -> impl Future<Output = RpcResult<Self::Output>> + Send + 'static;
}

/// Row of the method table.
pub struct MethodDef {
    /// Wire name.
    pub name: &'static str,
    /// Who may call it.
    pub access: Access,
    /// Whether params carry an idempotency key.
    pub idempotent: bool,
    pub(super) prepare: fn(Value) -> Result<Prepared, serde_json::Error>,
}

/// A call whose params were read.
pub(super) struct Prepared {
    pub(super) access: Access,
    pub(super) key: Option<String>,
    pub(super) run: Box<dyn FnOnce(Cx) -> BoxFuture<'static, Final> + Send>,
}

/// The row of one method.
#[must_use]
pub const fn method<M: Method>() -> MethodDef {
    MethodDef { name: M::NAME, access: M::ACCESS, idempotent: M::IDEMPOTENT, prepare: prepare::<M> }
}

fn prepare<M: Method>(params: Value) -> Result<Prepared, serde_json::Error> {
    let params: M::Params = serde_json::from_value(params)?;
    Ok(Prepared {
        access: M::access_for(&params),
        key: M::idempotency_key(&params).map(|key| key.as_str().to_owned()),
        run: Box::new(move |cx| M::call(cx, params).map(settle).boxed()),
    })
}
