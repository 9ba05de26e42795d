//! From a parsed request to exactly one answer, for any method.

pub mod cx;
pub mod dedupe;
pub mod dispatch;
pub mod error;
pub mod events;
pub mod export;
pub mod method;
pub mod plugins;
pub mod validate;

pub use cx::Cx;
pub use error::{Internal, RpcError, RpcResult};
pub use method::{Method, MethodDef, method};
