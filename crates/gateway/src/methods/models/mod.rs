//! Methods under `models.`, and what their refusals say (`methods.md §4`).

mod auth_login;
mod auth_logout;
mod auth_status;
mod list;
mod probe;

use serde_json::json;

use crate::models::KeyError;
use crate::rpc::{Cx, RpcError};
use crate::store::Change;

impl From<KeyError> for RpcError {
    fn from(error: KeyError) -> Self {
        match error {
            // Its text names the store and what to do; never the key.
            KeyError::Store(error) => {
                tracing::warn!(%error, "The credential store did not keep or give up a provider's key.");
                Self::unavailable(format!("the key was not changed: {error}"))
            }
            error => Self::invalid(error.to_string()),
        }
    }
}

/// The only key that a provider has, as clients name it.
fn profile_id(provider: &str) -> String {
    format!("{provider}:default")
}

/// Notes in the audit trail who changed a provider's key. That it was changed is acknowledged either way.
async fn audit(cx: &Cx, kind: &str, provider: &str) {
    let who = cx.principal();
    let by = who.device_id.as_ref().map_or_else(|| who.client.id.to_string(), ToString::to_string);
    let detail = json!({"provider": provider, "by": by}).to_string();
    let entry = Change::Audit { ts_ms: cx.clock.now_ms(), kind: kind.to_owned(), detail };
    if let Err(error) = cx.store.enqueue(vec![entry]).await {
        tracing::warn!(%error, "A changed key could not be noted in the audit trail.");
    }
}
