//! A secret as it may be written: itself, or where it is.

use schemars::JsonSchema;

/// A secret, or where it is. The reference is put in place of its secret before this is
/// read, so only its shape is needed.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "the shape of the file, for its schema")]
pub(super) enum SecretInput {
    /// The secret itself; `${NAME}` takes it from the environment.
    Text(String),
    /// Where it is.
    Reference(SecretReference),
}

/// Where a secret is.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the shape of the file, for its schema")]
pub(super) struct SecretReference {
    /// `env`: a variable of the environment, of `.env` in the state folder, or of `env.vars`.
    source: SecretSource,
    /// `default`, or left out.
    provider: Option<String>,
    /// Name of the variable.
    id: String,
}

/// What keeps a secret.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "the shape of the file, for its schema")]
pub(super) enum SecretSource {
    /// The environment.
    Env,
}
