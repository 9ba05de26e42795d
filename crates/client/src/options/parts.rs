//! What [`ClientOptions`] consist of.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use postern_protocol::identity::DeviceKey;

use super::ClientOptions;
use crate::events::SequenceGap;

/// What is called when events were lost.
pub(crate) type GapCallback = Arc<dyn Fn(SequenceGap) + Send + Sync>;

/// Says why whoever listens must not receive anything.
pub(crate) type PeerCheck = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// Shared and issued secrets as the caller gave them.
#[derive(Clone, Default)]
pub(crate) struct Secrets {
    pub(crate) token: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) device_token: Option<String>,
    pub(crate) bootstrap_token: Option<String>,
}

#[derive(Clone)]
pub(crate) enum Identity {
    Undecided,
    Device(Box<DeviceKey>),
    None,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plaintext {
    LoopbackOnly,
    Anywhere,
}

/// What the client offers, mostly as a node.
#[derive(Clone, Default)]
pub(crate) struct Surface {
    pub(crate) caps: Vec<String>,
    pub(crate) commands: Vec<String>,
    pub(crate) permissions: BTreeMap<String, bool>,
    pub(crate) path_env: Option<String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = [
            ("token", &self.token),
            ("password", &self.password),
            ("device_token", &self.device_token),
            ("bootstrap_token", &self.bootstrap_token),
        ];
        f.debug_set().entries(set.iter().filter(|(_, value)| value.is_some()).map(|(name, _)| name)).finish()
    }
}

impl fmt::Debug for ClientOptions {
    /// Shows which secrets are set, never their values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let identity = match &self.identity {
            Identity::Undecided => "undecided".to_owned(),
            Identity::Device(key) => format!("{key:?}"),
            Identity::None => "none".to_owned(),
        };
        f.debug_struct("ClientOptions")
            .field("client", &self.client.id)
            .field("role", &self.role)
            .field("scopes", &self.scopes)
            .field("protocol", &self.protocol)
            .field("identity", &identity)
            .field("secrets", &self.secrets)
            .finish_non_exhaustive()
    }
}
