//! Updates of the program: what is offered, how far an update is, what came of
//! the last one (`methods.md §11`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Scope;
use crate::call::{Audience, Call, Event, NoParams, OnSlow};
use crate::system::Nullable;

/// `update.status`: what runs, what is offered, what came of the last update.
pub struct UpdateStatus;

impl Call for UpdateStatus {
    const NAME: &'static str = "update.status";
    type Params = NoParams;
    type Output = UpdateStatusResult;
}

/// `update.check`: asks for the newest release now.
pub struct UpdateCheck;

impl Call for UpdateCheck {
    const NAME: &'static str = "update.check";
    type Params = NoParams;
    type Output = UpdateStatusResult;
}

/// `update.hold`: stops updates, or lets them happen again.
pub struct UpdateHold;

impl Call for UpdateHold {
    const NAME: &'static str = "update.hold";
    type Params = UpdateHoldParams;
    type Output = UpdateHoldResult;
}

/// `update.run`: fetches, verifies and stages a release, then restarts into it.
pub struct UpdateRun;

impl Call for UpdateRun {
    const NAME: &'static str = "update.run";
    type Params = UpdateRunParams;
    type Output = UpdateRunResult;
}

/// `update.revert`: goes back to the program before, and restarts into it.
pub struct UpdateRevert;

impl Call for UpdateRevert {
    const NAME: &'static str = "update.revert";
    type Params = UpdateRevertParams;
    type Output = UpdateRevertResult;
}

/// A release that is newer than what runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateOffer {
    /// What runs.
    pub current_version: String,
    /// What is offered.
    pub latest_version: String,
    /// Of which channel.
    pub channel: String,
    /// What is new, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// When it was published, epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at_ms: Option<i64>,
    /// What would be downloaded, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
}

/// Which program file runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UpdateSlot {
    /// The one that was installed.
    #[default]
    Installed,
    /// The first of the two that updates are put into.
    A,
    /// The second.
    B,
}

/// What runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateCurrent {
    /// Its version.
    pub version: String,
    /// Its file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Which of the files it is.
    pub slot: UpdateSlot,
}

/// How far an update is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UpdatePhase {
    /// None is under way.
    #[default]
    Idle,
    /// The file is being fetched, or was and is not trusted yet.
    Downloaded,
    /// The file is what the manifest says, and starts.
    Verified,
    /// The next restart tries it.
    Staged,
    /// It serves, watched by the old one.
    Trial,
    /// It failed; the state is being put back.
    Reverting,
    /// It proved itself.
    Confirmed,
    /// It did not; the old one serves.
    Reverted,
}

/// What came of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UpdateOutcome {
    /// It was staged, or it serves.
    Ok,
    /// It failed; what ran before runs.
    Error,
    /// There was nothing to do, or it may not be done here.
    Skipped,
}

/// How an update takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UpdateMode {
    /// A second file beside the installed one.
    Slots,
    /// Somebody else's package updates this program.
    Package,
}

/// One step of an update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateStep {
    /// Which: `check`, `download`, `verify`, `start`, `stage`, `snapshot`, `trial`, `revert`.
    pub name: String,
    /// Whether it worked.
    pub ok: bool,
    /// What there is to say about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// How long it took, milliseconds.
    pub duration_ms: u64,
}

/// Result of `update.run`, in itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateRunOutcome {
    /// What came of it. `ok` means that the restart into the new release follows.
    pub status: UpdateOutcome,
    /// How updates take effect here.
    pub mode: UpdateMode,
    /// Why nothing was updated, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was done, in order.
    pub steps: Vec<UpdateStep>,
    /// How long it took, milliseconds.
    pub duration_ms: u64,
}

/// The restart that follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateRestart {
    /// In how many milliseconds.
    pub delay_ms: u64,
    /// How long clients will be without a gateway, milliseconds.
    pub expected_ms: u64,
}

/// What the last update came to; it outlives restarts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateSentinel {
    /// What came of it so far.
    pub status: UpdateOutcome,
    /// How far it is.
    pub phase: UpdatePhase,
    /// What ran before.
    pub from_version: String,
    /// What was to run.
    pub to_version: String,
    /// When it got there, epoch milliseconds.
    pub ts: i64,
    /// Why it failed, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What whoever asked for it noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What was done, in order.
    pub steps: Vec<UpdateStep>,
}

/// Result of `update.status` and `update.check`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateStatusResult {
    /// What the last update came to.
    pub sentinel: Nullable<UpdateSentinel>,
    /// The newer release, as far as is known.
    pub update_available: Nullable<UpdateOffer>,
    /// What runs.
    pub current: UpdateCurrent,
    /// What `postern update --revert` would go back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_version: Option<String>,
    /// How updates take effect here.
    pub mode: UpdateMode,
    /// Why there are no updates here, for people; absent when there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<String>,
    /// Where they come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Which releases are looked at.
    pub channel: String,
    /// What happens by itself: `off`, `check` or `install`.
    pub auto: String,
    /// Whether updates are stopped.
    pub hold: bool,
    /// Until when; absent means until somebody lets them happen again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_until_ms: Option<i64>,
    /// When the newest release was last asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_checked_at_ms: Option<i64>,
    /// Why that failed, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_check_error: Option<String>,
    /// How far an update is.
    pub phase: UpdatePhase,
    /// Same as `sentinel.status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_result: Option<UpdateOutcome>,
}

/// Params of `update.hold`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateHoldParams {
    /// Whether updates are stopped. Default true.
    #[serde(default = "stopped")]
    pub hold: bool,
    /// Until when, epoch milliseconds; without, until it is called again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
}

const fn stopped() -> bool {
    true
}

/// Result of `update.hold`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateHoldResult {
    /// Always true; a failure is an error frame.
    pub ok: bool,
    /// How things are now.
    #[serde(flatten)]
    pub status: UpdateStatusResult,
}

/// Params of `update.run`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateRunParams {
    /// On behalf of which conversation; refused, because no agent updates its own gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<String>,
    /// Why, for whoever reads `update.status` later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 500))]
    pub note: Option<String>,
    /// How long the restart waits, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 60_000))]
    pub restart_delay_ms: Option<u64>,
    /// How long checking and fetching may take, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1_000, max = 3_600_000))]
    pub timeout_ms: Option<u64>,
    /// The version that is wanted; any other that is offered is an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub version: Option<String>,
}

/// Params of `update.revert`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateRevertParams {
    /// On behalf of which conversation; refused, as with `update.run`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<String>,
    /// How long the restart waits, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 60_000))]
    pub restart_delay_ms: Option<u64>,
}

/// Result of `update.revert`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateRevertResult {
    /// Always true; a failure is an error frame.
    pub ok: bool,
    /// The version that is taken back.
    pub reverted_version: String,
    /// The restart that follows.
    pub restart: UpdateRestart,
}

/// Result of `update.run`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateRunResult {
    /// Always true: what came of it is in `result`.
    pub ok: bool,
    /// What came of it.
    pub result: UpdateRunOutcome,
    /// The restart that follows.
    pub restart: Nullable<UpdateRestart>,
    /// What `update.status` will tell about it.
    pub sentinel: Nullable<UpdateSentinel>,
}

/// Event `update.available`: a newer release was found, told once per version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateAvailable {
    /// The release; null when there is none any more.
    pub update_available: Nullable<UpdateOffer>,
}

impl Event for UpdateAvailable {
    const NAME: &'static str = "update.available";
    const AUDIENCE: Audience = Audience::Everyone;
    const ON_SLOW: OnSlow = OnSlow::Drop;
}

/// Event `update.run.changed`: how far an update is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateRunChanged {
    /// How far it is.
    pub phase: UpdatePhase,
    /// The release that is wanted.
    pub version: String,
    /// Bytes that were fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub downloaded_bytes: Option<u64>,
    /// Bytes there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_bytes: Option<u64>,
    /// Why it ended without an update, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Event for UpdateRunChanged {
    const NAME: &'static str = "update.run.changed";
    const AUDIENCE: Audience = Audience::Scope(Scope::Admin);
    const ON_SLOW: OnSlow = OnSlow::Drop;
}
