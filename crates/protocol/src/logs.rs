//! `logs.tail`: the gateway's own log, piece by piece (`methods.md §12`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;

/// Lines of one answer when nobody says how many.
pub const LOGS_TAIL_LINES: u32 = 500;
/// Bytes of one answer when nobody says how many.
pub const LOGS_TAIL_BYTES: u32 = 250_000;

/// `logs.tail`: the newest lines, or what came after a cursor.
pub struct LogsTail;

/// Params of `logs.tail`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogsTailParams {
    /// `cursor` of the last answer. Left out, the newest lines are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<u64>,
    /// `mark` of the last answer. With it nothing is left out: an answer that is
    /// full ends early and the next one goes on there, also over the change to a
    /// new file. Without it what does not fit is skipped. `oldest` with cursor 0
    /// begins with the oldest file that is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub mark: Option<String>,
    /// Most lines. Default 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 5_000))]
    pub limit: Option<u32>,
    /// Most bytes that are read. Default 250000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_bytes: Option<u32>,
}

impl Call for LogsTail {
    const NAME: &'static str = "logs.tail";
    type Params = LogsTailParams;
    type Output = LogsTailResult;
}

/// Result of `logs.tail`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogsTailResult {
    /// The log file on the gateway's machine.
    pub file: String,
    /// Where the next answer begins, bytes into the file. Less than `size` when
    /// there is more to ask for.
    pub cursor: u64,
    /// Bytes that the file has.
    pub size: u64,
    /// Whole lines, oldest first, without secrets. Usually JSON: `{"0":{"subsystem"},
    /// "1":message,"_meta":{logLevelName,date,name},"time"}`.
    pub lines: Vec<String>,
    /// Lines before these, or parts of very long ones, were left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncated: Option<bool>,
    /// The cursor was of a file that is gone; these are the newest lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<bool>,
    /// Tells this file from the ones before and after it; for the next `mark`.
    pub mark: String,
}
