//! Configuration: what is written (`RawConfig`), what it means (`Config`), and
//! one conversion between them with every default and cross-field rule.
//!
//! A broken file never stops the gateway: it starts in safe mode with the last
//! configuration that was valid, and says what is wrong where. Unknown keys are
//! told and ignored, so that a file written for another release still works.
//!
//! | file | owns |
//! |---|---|
//! | `raw.rs` | the keys, as written |
//! | `read.rs` | JSON5 text to [`RawConfig`] |
//! | `document.rs`, `variables.rs` | `$include` and `${NAME}` |
//! | `shape.rs` | the check against the schema, with lines |
//! | `model.rs`, `overrides.rs` | [`Config`], and what wins over the file |
//! | `resolve.rs` | defaults and rules |
//! | `agents.rs`, `backup.rs` | the `agents` and `backup` parts of it |
//! | `talk.rs` | models, tools, MCP servers, spend limits |
//! | `discovery.rs` | being found by others on the network |
//! | `tailscale.rs`, `trusted_proxy.rs`, `metrics.rs` | those parts of `gateway` |
//! | `logging.rs` | the log |
//! | `live.rs`, `reload.rs` | what is in force; what changes at once and what with a restart |
//! | `load.rs` | safe mode, last good copy |
//! | `exposure.rs` | a file that would let strangers in |
//! | `file.rs`, `versions.rs` | reading and writing; what was in force before |
//! | `change.rs` | changing the file while no gateway runs |
//! | `path.rs`, `edit.rs` | changes to the text that keep its comments |
//! | `protect.rs` | settings that no agent may change |
//! | `redact.rs` | secrets on their way out and back in |
//! | `effective.rs`, `hints.rs` | what is in force, and how forms show a setting |
//! | `schema.rs` | the schema, and ways through it |
//! | `tls.rs`, `remote.rs` | `gateway.tls`, `gateway.remote` |
//! | `update.rs` | where newer releases come from |

mod agents;
mod backup;
mod canvas;
pub mod change;
mod control_ui;
mod discovery;
mod document;
pub mod edit;
pub mod effective;
mod exposure;
pub mod file;
pub mod hints;
pub mod live;
mod load;
mod logging;
mod metrics;
mod model;
mod nodes;
mod overrides;
pub mod path;
pub mod protect;
mod raw;
mod read;
pub mod redact;
mod redact_broken;
pub mod reload;
mod remote;
mod resolve;
pub mod schema;
mod secret_reference;
mod shape;
mod tailscale;
mod talk;
#[cfg(test)]
mod tests;
mod tls;
mod trusted_proxy;
mod update;
pub mod variables;
pub mod versions;

use std::fmt;
use std::path::{Path, PathBuf};

pub use postern_protocol::connect::AuthMode;

pub use self::backup::BackupSettings;
pub use self::canvas::CanvasHost;
pub use self::control_ui::{ControlUi, Environment};
pub use self::discovery::{MachineHints, Nearby};
pub use self::live::LiveConfig;
pub(crate) use self::load::instead_of;
pub(crate) use self::load::would_be;
pub use self::load::{Loaded, Validation, load, mode_in, validate, validate_at, written_mode, written_port};
pub use self::logging::{LogKeep, Logging};
pub use self::metrics::Metrics;
pub use self::model::{
    Agent, AgentDefaults, Auth, Bind, Config, Exec, Heartbeat, Identity, McpServer, McpTransport, ModelChoice,
    ModelSettings, Pairing, Provider, RateLimit, Reload, Session, SpendLimits, ToolPolicy, ToolSettings, WebFetch,
    refuse_exposed,
};
pub use self::nodes::NodeRules;
pub use self::overrides::Overrides;
pub use self::raw::RemoteTransport;
pub use self::raw::{
    BindMode, EmbedSandbox, ExecAsk, ExecSecurity, GatewayMode, LogLevel, MdnsMode, ModelApi, RawConfig, RawModel,
    ReloadMode, SessionScope, UpdateAuto,
};
pub use self::read::parse;
pub(crate) use self::read::{json5_value, json5_with_nulls};
pub use self::remote::{RemoteSettings, is_ssh_target, read_fingerprint};
pub use self::tailscale::Tailscale;
pub use self::tls::{CertificateFiles, TlsSettings};
pub use self::trusted_proxy::{IdentityScopes, TrustedProxy};
pub use self::update::{UpdateSettings, is_fetchable};
pub use self::variables::Variables;

/// Names a configuration may have in the state folder, first found wins.
const FILE_NAMES: [&str; 5] = ["postern.json", "openclaw.json", "clawdbot.json", "moltbot.json", "moldbot.json"];

/// Something in the configuration that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// Dotted path of the setting, empty for the file as a whole.
    pub path: String,
    /// Line in the file, from 1, when the setting is in the file.
    pub line: Option<usize>,
    /// The file, when it is an included one.
    pub file: Option<String>,
    /// What is wrong and what to write instead. Never contains the value.
    pub message: String,
}

impl ConfigProblem {
    /// One whose place in the file is not known.
    #[must_use]
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), line: None, file: None, message: message.into() }
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}, ")?;
        }
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// What is wrong with a text as JSON5.
fn validate_syntax(text: &str) -> Vec<ConfigProblem> {
    read::document(text).err().unwrap_or_default()
}

/// The configuration file of a state folder: `postern.json`, or the one that the
/// ecosystem left there, or where `postern.json` would be.
#[must_use]
pub fn find_config(state_dir: &Path) -> PathBuf {
    let mut candidates = FILE_NAMES.iter().map(|name| state_dir.join(name));
    candidates.find(|path| path.exists()).unwrap_or_else(|| state_dir.join(FILE_NAMES[0]))
}
