//! The presence list: its entries, its event, and the two methods that read and
//! feed it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::{Role, Scope, ScopeSet};
use crate::call::{Acknowledged, Audience, Call, Event, NoParams, OnSlow, Rendered};

/// One client, node or the gateway itself, as others see it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PresenceEntry {
    /// Host or display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Address; left out for loopback.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// Version of the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Family of the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_family: Option<String>,
    /// Hardware model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_identifier: Option<String>,
    /// `gateway`, or the mode of the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Seconds since somebody used the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_input_seconds: Option<u64>,
    /// `self`, `connect`, `disconnect`, `node-connected`, `periodic`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Free words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// A line for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Last update, epoch milliseconds.
    pub ts: i64,
    /// Device behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// Roles in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<Role>>,
    /// Scopes in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<ScopeSet>,
    /// Instance of the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
}

/// Event `presence`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct PresenceChanged {
    /// Everybody who is there, newest first, and who has just left.
    pub presence: Rendered<Vec<PresenceEntry>>,
}

impl Event for PresenceChanged {
    const NAME: &'static str = "presence";
    const AUDIENCE: Audience = Audience::Scope(Scope::Read);
    const ON_SLOW: OnSlow = OnSlow::Drop;
}

/// `system-presence`: everybody who is there.
pub struct SystemPresence;

impl Call for SystemPresence {
    const NAME: &'static str = "system-presence";
    type Params = NoParams;
    type Output = Rendered<Vec<PresenceEntry>>;
}

/// `system-event`: a beacon that updates presence.
pub struct SystemEvent;

/// Params of `system-event`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct SystemEventParams {
    /// The line to show; must hold more than white space.
    pub text: String,
    /// Device that speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// Instance that speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    /// Its host name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// Its mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Its family.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_family: Option<String>,
    /// Its model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_identifier: Option<String>,
    /// Seconds since somebody used it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_input_seconds: Option<u64>,
    /// Why it speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its roles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<Role>>,
    /// Its scopes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<ScopeSet>,
    /// Free words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
}

impl Call for SystemEvent {
    const NAME: &'static str = "system-event";
    type Params = SystemEventParams;
    type Output = Acknowledged;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presence_leaves_absent_fields_out() {
        let entry = PresenceEntry { ts: 5, host: Some("desk".into()), ..PresenceEntry::default() };
        assert_eq!(serde_json::to_string(&entry).unwrap(), r#"{"host":"desk","ts":5}"#);
    }
}
