//! The configuration: reading it, changing it, and what changes it brings
//! (`methods.md §11`).
//!
//! Secrets are shown as [`REDACTED`]. A text that contains it where a value is
//! stored keeps that value; elsewhere it is refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::access::Scope;
use crate::call::{Audience, Call, Event, NoParams, OnSlow};
use crate::system::Nullable;

/// What is shown in place of a secret.
pub const REDACTED: &str = "__OPENCLAW_REDACTED__";

/// `config.get`: the file and what it means.
pub struct ConfigGet;

impl Call for ConfigGet {
    const NAME: &'static str = "config.get";
    type Params = NoParams;
    type Output = ConfigGetResult;
}

/// `config.set`: replaces the text.
pub struct ConfigSet;

impl Call for ConfigSet {
    const NAME: &'static str = "config.set";
    type Params = ConfigSetParams;
    type Output = ConfigSetResult;
}

/// `config.patch`: changes single settings.
pub struct ConfigPatch;

impl Call for ConfigPatch {
    const NAME: &'static str = "config.patch";
    type Params = ConfigPatchParams;
    type Output = ConfigPatchResult;
}

/// `config.apply`: replaces the text and starts again where that is needed.
pub struct ConfigApply;

impl Call for ConfigApply {
    const NAME: &'static str = "config.apply";
    type Params = ConfigSetParams;
    type Output = ConfigPatchResult;
}

/// `config.schema`: what can be written, and how forms show it.
pub struct ConfigSchema;

impl Call for ConfigSchema {
    const NAME: &'static str = "config.schema";
    type Params = NoParams;
    type Output = ConfigSchemaResult;
}

/// `config.schema.lookup`: the same for one setting.
pub struct ConfigSchemaLookup;

impl Call for ConfigSchemaLookup {
    const NAME: &'static str = "config.schema.lookup";
    type Params = ConfigSchemaLookupParams;
    type Output = ConfigSchemaLookupResult;
}

/// `config.openFile`: opens the file with the system's editor, on the gateway's own machine.
pub struct ConfigOpenFile;

impl Call for ConfigOpenFile {
    const NAME: &'static str = "config.openFile";
    type Params = NoParams;
    type Output = ConfigOpenFileResult;
}

/// `config.versions`: what was in force before, newest first.
pub struct ConfigVersions;

impl Call for ConfigVersions {
    const NAME: &'static str = "config.versions";
    type Params = ConfigVersionsParams;
    type Output = ConfigVersionsResult;
}

/// `config.restore`: brings an earlier version back.
pub struct ConfigRestore;

impl Call for ConfigRestore {
    const NAME: &'static str = "config.restore";
    type Params = ConfigRestoreParams;
    type Output = ConfigPatchResult;
}

/// Result of `config.get`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigGetResult {
    /// Where the file is, or would be.
    pub path: String,
    /// Whether it is there.
    pub exists: bool,
    /// Its text, secrets replaced; null when it cannot be read.
    pub raw: Nullable<String>,
    /// What is written in it, secrets replaced; null when it is no JSON5.
    pub parsed: Value,
    /// Whether it can be used.
    pub valid: bool,
    /// What is in force, secrets replaced: the file, what wins over it, and defaults that clients ask for.
    pub config: Value,
    /// SHA-256 of the text, hex; name it as `baseHash` to change the file.
    pub hash: String,
    /// Everything that is wrong with the file; empty when it is valid.
    pub issues: Vec<ConfigIssue>,
    /// What is ignored or unwise.
    pub warnings: Vec<ConfigIssue>,
    /// Settings of former versions that still work. Always empty.
    pub legacy_issues: Vec<ConfigIssue>,
    /// Whether the file is not in force: the last one that was valid is, or the defaults.
    #[serde(default)]
    pub safe_mode: bool,
    /// Settings that the command line or the environment decides.
    #[serde(default)]
    pub overridden: Vec<ConfigOverride>,
    /// Sections that changed and wait for the next start.
    #[serde(default)]
    pub waiting: Vec<String>,
}

/// Something that is wrong with a setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigIssue {
    /// Its path, empty for the file as a whole.
    pub path: String,
    /// What is wrong and what to write instead.
    pub message: String,
    /// Line in the file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

/// A setting that something else than the file decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigOverride {
    /// Its path.
    pub path: String,
    /// What decides: `--port`, `POSTERN_GATEWAY_TOKEN` and the like.
    pub by: String,
}

/// Params of `config.set` and `config.apply`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigSetParams {
    /// The whole text, JSON5.
    #[schemars(length(max = 4_194_304))]
    pub raw: String,
    /// `hash` of the `config.get` that it was made from; needed when there is a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_hash: Option<String>,
    /// Conversation on whose behalf: its agent may not change what protects the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<String>,
    /// Told after a restart that this brings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2_000))]
    pub note: Option<String>,
    /// How long a restart that this brings waits, milliseconds. Default 2000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 3_600_000))]
    pub restart_delay_ms: Option<u64>,
}

/// Result of `config.set`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigSetResult {
    /// Always true.
    pub ok: bool,
    /// Where the file is.
    pub path: String,
    /// What is in force now, secrets replaced.
    pub config: Value,
    /// `hash` of the new text.
    pub hash: String,
    /// Sections that wait for the next start.
    #[serde(default)]
    pub waiting: Vec<String>,
    /// Mistakes that the file had before and still has: until they are mended it is not in force.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<ConfigIssue>,
}

/// Params of `config.patch`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigPatchParams {
    /// What changes, JSON5: sections are merged, `null` removes, all else replaces. Lists whose elements have an `id`
    /// are merged by it.
    #[schemars(length(max = 4_194_304))]
    pub raw: String,
    /// `hash` of the `config.get` that it was made from; needed when there is a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_hash: Option<String>,
    /// Conversation on whose behalf: its agent may not change what protects the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<String>,
    /// Told after a restart that this brings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2_000))]
    pub note: Option<String>,
    /// How long a restart that this brings waits, milliseconds. Default 2000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 3_600_000))]
    pub restart_delay_ms: Option<u64>,
    /// Lists that are replaced although their elements have an `id`, such as `agents.list`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub replace_paths: Option<Vec<String>>,
}

/// Result of `config.patch`, `config.apply` and `config.restore`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigPatchResult {
    /// Always true.
    pub ok: bool,
    /// Where the file is.
    pub path: String,
    /// What is in force now, secrets replaced.
    pub config: Value,
    /// `hash` of the new text.
    pub hash: String,
    /// The restart that this brings.
    pub restart: ConfigRestart,
    /// What the next start is told; null when there is no restart.
    pub sentinel: Nullable<ConfigSentinel>,
    /// Mistakes that the file had before and still has: until they are mended it is not in force.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<ConfigIssue>,
}

/// The restart that a change brings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigRestart {
    /// Whether the gateway starts again by itself.
    pub scheduled: bool,
    /// Sections that take effect with the next start; everything else has already.
    pub paths: Vec<String>,
    /// How long it waits, milliseconds. Runs under way are waited for as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// Why it does not start by itself, or why it has to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What the next start is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigSentinel {
    /// Where it is written when the gateway stops.
    pub path: String,
    /// Why.
    pub reason: String,
    /// What whoever asked wants to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Result of `config.schema`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigSchemaResult {
    /// JSON Schema of the file.
    pub schema: Value,
    /// How forms show a setting, by its path; `*` stands for names that the user chooses and for elements of a list.
    pub ui_hints: std::collections::BTreeMap<String, ConfigUiHint>,
    /// Version of the gateway that it belongs to.
    pub version: String,
    /// When it was made, ISO 8601.
    pub generated_at: String,
}

/// How a form shows a setting.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigUiHint {
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Section that it is shown in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Place among its neighbours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<u32>,
    /// Whether most people never need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advanced: Option<bool>,
    /// Whether it is a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitive: Option<bool>,
    /// What an empty field shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// Whether a change takes effect with the next start only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart: Option<bool>,
}

/// Params of `config.schema.lookup`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigSchemaLookupParams {
    /// A path, such as `agents.list[0].model` or `mcp.servers.*`; `.` is the whole file.
    #[schemars(length(max = 1_024))]
    pub path: String,
}

/// Result of `config.schema.lookup`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigSchemaLookupResult {
    /// The path that was asked for.
    pub path: String,
    /// JSON Schema of the setting.
    pub schema: Value,
    /// When a change takes effect; absent for a section whose settings differ in that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reload_kind: Option<ConfigReloadKind>,
    /// How forms show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<ConfigUiHint>,
    /// Its name among the `uiHints` of `config.schema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint_path: Option<String>,
    /// The settings in it; `*` stands for names that the user chooses and for elements of a list.
    pub children: Vec<ConfigSchemaChild>,
}

/// A setting in another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigSchemaChild {
    /// Its name in there.
    pub key: String,
    /// Its path, for the next `config.schema.lookup`.
    pub path: String,
    /// JSON type of its value; absent when it may be of several.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Whether it has to be written.
    pub required: bool,
    /// Whether there are settings in it.
    pub has_children: bool,
    /// When a change takes effect; absent for a section whose settings differ in that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reload_kind: Option<ConfigReloadKind>,
    /// How forms show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<ConfigUiHint>,
    /// Its name among the `uiHints` of `config.schema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint_path: Option<String>,
}

/// When a changed setting takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ConfigReloadKind {
    /// At once.
    Hot,
    /// With the next start.
    Restart,
}

/// Result of `config.openFile`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigOpenFileResult {
    /// Always true.
    pub ok: bool,
    /// The file that was opened.
    pub path: String,
}

/// Params of `config.versions`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigVersionsParams {
    /// Also gives the text of this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    pub id: Option<String>,
}

/// Result of `config.versions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigVersionsResult {
    /// The kept versions, newest first.
    pub versions: Vec<ConfigVersion>,
    /// The text that was asked for, secrets replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
}

/// A kept version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigVersion {
    /// Its name.
    pub id: String,
    /// When it was replaced, epoch milliseconds.
    pub at_ms: i64,
    /// What replaced it: `set`, `patch`, `apply`, `restore`, `disk`, `import` or `setup`.
    pub cause: String,
    /// Size, bytes.
    pub bytes: u64,
}

/// Params of `config.restore`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigRestoreParams {
    /// The version, from `config.versions`.
    #[schemars(length(min = 1, max = 200))]
    pub id: String,
    /// `hash` of the last `config.get`; needed when there is a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_hash: Option<String>,
    /// Conversation on whose behalf: its agent may not change what protects the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<String>,
    /// Told after a restart that this brings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2_000))]
    pub note: Option<String>,
    /// How long a restart that this brings waits, milliseconds. Default 2000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 3_600_000))]
    pub restart_delay_ms: Option<u64>,
}

/// The configuration changed, whoever did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigChanged {
    /// Where the file is.
    pub path: String,
    /// When, epoch milliseconds.
    pub ts: i64,
    /// `hash` of the file now.
    pub hash: String,
    /// Settings that are written differently now.
    pub paths: Vec<String>,
    /// Sections that wait for the next start.
    pub restart: Vec<String>,
    /// Whether the file is in force; if not, what ran before goes on.
    pub valid: bool,
    /// Everything that is wrong with it.
    #[serde(default)]
    pub issues: Vec<ConfigIssue>,
}

impl Event for ConfigChanged {
    const NAME: &'static str = "config.changed";
    const AUDIENCE: Audience = Audience::Scope(Scope::Read);
    const ON_SLOW: OnSlow = OnSlow::Drop;
}
