//! The gateway in the owner's tailnet: `tailscale.status` and `tailscale.set`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::{Call, NoParams};

/// `tailscale.status`: whether and how the tailnet reaches this gateway.
pub struct TailscaleStatus;

impl Call for TailscaleStatus {
    const NAME: &'static str = "tailscale.status";
    type Params = NoParams;
    type Output = TailscaleStatusResult;
}

/// `tailscale.set`: shows the gateway in the tailnet, or no longer. Written to
/// the configuration and applied at once.
pub struct TailscaleSet;

impl Call for TailscaleSet {
    const NAME: &'static str = "tailscale.set";
    type Params = TailscaleSetParams;
    type Output = TailscaleStatusResult;
}

/// How Tailscale shows the gateway.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TailscaleMode {
    /// Not at all.
    #[default]
    Off,
    /// To the tailnet, with a certificate of its own name.
    Serve,
    /// To everybody on the internet.
    Funnel,
}

impl TailscaleMode {
    /// The wire word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Serve => "serve",
            Self::Funnel => "funnel",
        }
    }
}

/// How the Tailscale daemon of the gateway's machine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TailscaleState {
    /// There is none, or it does not answer.
    Missing,
    /// It starts.
    Starting,
    /// Nobody is signed in.
    NeedsLogin,
    /// Somebody has to approve the machine.
    NeedsApproval,
    /// It was stopped.
    Stopped,
    /// The machine is in its tailnet.
    Running,
}

/// What keeps Tailscale from doing what is configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TailscaleProblem {
    /// Stable word for programs, such as `not-logged-in` or `https-disabled`.
    pub code: String,
    /// What is wrong and what to do, for people.
    pub message: String,
}

/// Params of `tailscale.set`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TailscaleSetParams {
    /// How Tailscale is to show the gateway.
    pub mode: TailscaleMode,
}

/// Result of `tailscale.status` and `tailscale.set`; `tailscale` of `remote.status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TailscaleStatusResult {
    /// How it is configured.
    pub mode: TailscaleMode,
    /// How the daemon is.
    pub state: TailscaleState,
    /// Name of the machine in its tailnet, without a dot at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns_name: Option<String>,
    /// Addresses of the machine in its tailnet.
    pub addresses: Vec<String>,
    /// Address of the page, once it is served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Whether Tailscale shows this gateway at this moment.
    pub served: bool,
    /// Whether members of the tailnet sign in with their Tailscale identity.
    pub identity_sign_in: bool,
    /// What keeps it from doing what is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<TailscaleProblem>,
}
