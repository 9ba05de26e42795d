//! Who a connection is, and what it may decide.

use std::net::IpAddr;
use std::sync::Arc;

use postern_protocol::Dialect;
use postern_protocol::access::{Role, ScopeSet};
use postern_protocol::connect::{AuthMethod, ClientInfo};
use postern_protocol::identity::DeviceId;
use serde_json::{Value, json};

/// Who a connection is. Fixed when the handshake ends; scopes are what was
/// requested and granted, never what was merely claimed.
#[derive(Debug)]
pub struct Principal {
    /// UUID of the connection.
    pub conn_id: Arc<str>,
    /// Operator or node.
    pub role: Role,
    /// Scopes in force.
    pub scopes: ScopeSet,
    /// Device behind it, when it proved one.
    pub device_id: Option<DeviceId>,
    /// What the client said about itself.
    pub client: ClientInfo,
    /// Generation it is served in.
    pub dialect: Dialect,
    /// Whether it runs on this machine and reached us directly.
    pub local: bool,
    /// Canonical address of the client.
    pub remote_ip: IpAddr,
    /// How it authenticated.
    pub auth_method: AuthMethod,
    /// What it declared to be able to do.
    pub declared: Option<Box<Declared>>,
    /// Whether it is a page: it sent an `Origin`.
    pub is_page: bool,
    /// Connection of the desktop app whose window it is; it ends with that.
    pub opened_by: Option<Arc<str>>,
}

/// Capabilities that a client declared in `connect`.
#[derive(Debug, Default)]
pub struct Declared {
    /// `connect.caps`.
    pub caps: Vec<String>,
    /// `connect.commands`.
    pub commands: Vec<String>,
    /// `connect.permissions`.
    pub permissions: std::collections::BTreeMap<String, bool>,
    /// `connect.pathEnv`.
    pub path_env: Option<String>,
}

/// What a caller lacks of the scopes that a decision needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this needs scopes that the caller does not hold: {0}")]
pub struct MissingScopes(pub ScopeSet);

impl Principal {
    /// Refuses a caller that does not hold all of `scopes`. A node holds none,
    /// whatever it claims.
    ///
    /// # Errors
    /// With the scopes that are missing.
    pub fn must_hold(&self, scopes: ScopeSet) -> Result<(), MissingScopes> {
        let missing = match self.role {
            Role::Operator => scopes.beyond(self.scopes),
            Role::Node => scopes,
        };
        if missing.is_empty() { Ok(()) } else { Err(MissingScopes(missing)) }
    }

    /// The caller as audit entries name it.
    #[must_use]
    pub fn named(&self) -> Value {
        json!({ "connId": &*self.conn_id, "deviceId": self.device_id, "remoteIp": self.remote_ip })
    }
}
