//! The doctor: what could be wrong with an installation, what to do about it,
//! and a redacted bundle of facts for a bug report.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;

/// `doctor.run`: looks at everything and changes nothing.
pub struct DoctorRun;

impl Call for DoctorRun {
    const NAME: &'static str = "doctor.run";
    type Params = DoctorRunParams;
    type Output = DoctorReport;
}

/// `doctor.fix`: makes the repairs that are safe, and looks again.
pub struct DoctorFix;

impl Call for DoctorFix {
    const NAME: &'static str = "doctor.fix";
    type Params = DoctorFixParams;
    type Output = DoctorFixResult;
}

/// `diagnostics.bundle`: a zip archive for a bug report, without secrets and
/// without conversations.
pub struct DiagnosticsBundle;

impl Call for DiagnosticsBundle {
    const NAME: &'static str = "diagnostics.bundle";
    type Params = crate::call::NoParams;
    type Output = DiagnosticsBundleResult;
}

/// Params of `doctor.run`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DoctorRunParams {
    /// Only these checks; every one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 64)))]
    pub ids: Option<Vec<String>>,
}

/// Params of `doctor.fix`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DoctorFixParams {
    /// Checks whose repair is wanted; each must be one that can be made automatically.
    #[schemars(length(min = 1, max = 64), inner(length(min = 1, max = 64)))]
    pub ids: Vec<String>,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DoctorStatus {
    /// Nothing to do.
    Ok,
    /// It works, and something should be looked at.
    Warn,
    /// Something does not work or is unsafe.
    Fail,
    /// It does not apply here, or could not be looked at.
    Skipped,
}

/// What to do about a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DoctorRemedy {
    /// What to do, for people.
    pub text: String,
    /// A command that does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// `doctor.fix` and `postern doctor --fix` can do it, without losing anything.
    pub automatic: bool,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DoctorCheck {
    /// Stable name, for example `state-folder`.
    pub id: String,
    /// What it is about, for people.
    pub title: String,
    /// How it came out.
    pub status: DoctorStatus,
    /// What was found, for people; several lines when there is much to tell.
    pub detail: String,
    /// What to do; absent when there is nothing to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<DoctorRemedy>,
}

/// How many checks came out how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DoctorCounts {
    /// Nothing to do.
    pub ok: u32,
    /// Worth a look.
    pub warn: u32,
    /// Broken or unsafe.
    pub fail: u32,
    /// Not applicable.
    pub skipped: u32,
}

/// Result of `doctor.run`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DoctorReport {
    /// Whether no check failed.
    pub ok: bool,
    /// Epoch milliseconds.
    pub ts: i64,
    /// Version of the program that looked.
    pub version: String,
    /// How many checks came out how.
    pub counts: DoctorCounts,
    /// Every check, in a fixed order.
    pub checks: Vec<DoctorCheck>,
}

/// What became of one repair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DoctorRepair {
    /// Of which check.
    pub id: String,
    /// Whether the check comes out well now.
    pub fixed: bool,
    /// What was done, or why nothing was.
    pub detail: String,
}

/// Result of `doctor.fix`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DoctorFixResult {
    /// One for each id that was asked for.
    pub repairs: Vec<DoctorRepair>,
    /// How everything is afterwards.
    pub report: DoctorReport,
}

/// One file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DiagnosticsBundleEntry {
    /// Name inside the archive.
    pub name: String,
    /// Bytes before compression.
    pub size: u64,
}

/// Result of `diagnostics.bundle`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DiagnosticsBundleResult {
    /// A name for the file.
    pub name: String,
    /// `application/zip`.
    pub mime_type: String,
    /// Bytes of the archive.
    pub bytes: u64,
    /// What is inside.
    pub entries: Vec<DiagnosticsBundleEntry>,
    /// The archive, base64 with padding.
    pub data: String,
}
