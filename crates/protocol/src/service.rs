//! The service: what the operating system's service manager says about the
//! gateway, and how its last starts went.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::{Call, NoParams};

/// `service.status`: how the gateway is run on its machine.
pub struct ServiceStatus;

impl Call for ServiceStatus {
    const NAME: &'static str = "service.status";
    type Params = NoParams;
    type Output = ServiceStatusResult;
}

/// Who keeps the gateway running.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ServiceManagerKind {
    /// systemd (Linux).
    Systemd,
    /// launchd (macOS).
    Launchd,
    /// Start at sign-in of one user (Windows).
    Windows,
    /// None that is supported here.
    #[default]
    None,
}

/// Whose service it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ServiceScope {
    /// Of one user, without administrator rights.
    #[default]
    User,
    /// Of the machine.
    System,
}

/// How the last run of the gateway ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceLastExit {
    /// In words, for example `killed by signal 9` or `SIGTERM`.
    pub reason: String,
    /// Whether it was asked to end.
    pub clean: bool,
    /// Epoch milliseconds, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<i64>,
    /// Exit code, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
}

/// How careful the gateway is after crashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StartMode {
    /// Everything runs.
    #[default]
    Normal,
    /// Tools and background work begin after a wait.
    Waiting,
    /// Tools and background work stay off.
    Safe,
}

/// How the last starts went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceStarts {
    /// How careful this gateway is.
    pub mode: StartMode,
    /// Starts in a row that ended badly.
    pub crashes: u32,
    /// Why it is careful, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When tools and background work begin, epoch milliseconds; only while waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
}

/// Result of `service.status`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceStatusResult {
    /// Who keeps it running.
    pub manager: ServiceManagerKind,
    /// Whose service it is.
    pub scope: ServiceScope,
    /// Name of the service, for example `postern.service`.
    pub name: String,
    /// Whether there is one.
    pub installed: bool,
    /// Whether it starts by itself.
    pub enabled: bool,
    /// Whether the service manager has it running.
    pub running: bool,
    /// Whether a gateway has this state folder in use, started by whom ever.
    pub gateway_running: bool,
    /// Process of that gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// Where clients of this machine reach it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Since when it runs, epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_ms: Option<i64>,
    /// The file that defines the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The program that it starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// Whether that program is there and is the one that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program_current: Option<bool>,
    /// Whether the user's services go on without a session (systemd).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linger: Option<bool>,
    /// Restarts that the service manager counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restarts: Option<u64>,
    /// How the last run ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_exit: Option<ServiceLastExit>,
    /// Why the service that runs does not serve, as it says itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// How the last starts went.
    pub starts: ServiceStarts,
    /// What to do, for people; most important first.
    pub advice: Vec<String>,
}
