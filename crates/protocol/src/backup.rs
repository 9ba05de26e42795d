//! Backups: one archive of state and configuration, and the way back from it.
//!
//! An archive holds no secret in the clear: keys and tokens go into it only
//! under a passphrase, which encrypts everything else in it as well.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Scope;
use crate::call::{Audience, Call, Event, NoParams, OnSlow};

/// Most bytes that one `backup.read` answers with, and one `backup.upload` takes.
pub const BACKUP_PIECE: u32 = 256 * 1024;

/// `backup.create`: make an archive of everything this gateway has.
pub struct BackupCreate;

/// Params of `backup.create`.
#[derive(Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupCreateParams {
    /// Encrypts the archive. Without one it holds no secrets and says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 8, max = 1024))]
    pub passphrase: Option<String>,
    /// What goes in; absent means everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include: Option<BackupInclude>,
}

impl fmt::Debug for BackupCreateParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BackupCreateParams(passphrase: {}, {:?})", self.passphrase.is_some(), self.include)
    }
}

/// What goes into an archive besides the database and the configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupInclude {
    /// Folders of agents. Default true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspaces: Option<bool>,
    /// Keys and tokens; needs a passphrase. Default true with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<bool>,
}

impl Call for BackupCreate {
    const NAME: &'static str = "backup.create";
    type Params = BackupCreateParams;
    type Output = BackupCreateResult;
}

/// Result of `backup.create`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupCreateResult {
    /// The archive.
    #[serde(flatten)]
    pub backup: BackupInfo,
    /// Whether keys and tokens are in it.
    pub has_secrets: bool,
    /// What was left out, and why; the first hundred.
    pub left_out: Vec<BackupLeftOut>,
    /// How much was left out in all.
    pub left_out_total: u64,
}

/// An archive of this gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupInfo {
    /// Names it in calls.
    pub id: String,
    /// Its file name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Epoch milliseconds.
    pub created_at_ms: i64,
    /// Whether a passphrase is needed to read it.
    pub encrypted: bool,
    /// Files in it.
    pub entries: u64,
    /// Machine it was made on.
    pub host: String,
    /// Release it was made by.
    pub version: String,
    /// Whether it was made by itself; only such are removed when there are too many.
    pub scheduled: bool,
}

/// Something that did not go into an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BackupLeftOut {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}

/// `backup.list`: the archives there are, newest first.
pub struct BackupList;

impl Call for BackupList {
    const NAME: &'static str = "backup.list";
    type Params = NoParams;
    type Output = BackupListResult;
}

/// Result of `backup.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupListResult {
    /// Newest first.
    pub backups: Vec<BackupInfo>,
    /// Folder they are in.
    pub folder: String,
    /// When the next one is made by itself, epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at_ms: Option<i64>,
    /// Files there that are no archives this release can read.
    pub unreadable: Vec<String>,
    /// Those that are made by themselves carry keys and tokens: `postern backup passphrase` was used.
    #[serde(default)]
    pub scheduled_has_secrets: bool,
    /// Why the last one that was due was not made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// `backup.read`: a piece of an archive, for keeping it elsewhere.
pub struct BackupRead;

/// Params of `backup.read`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupReadParams {
    /// The archive.
    #[schemars(length(min = 1, max = 200))]
    pub id: String,
    /// First byte.
    pub offset: u64,
    /// Most bytes.
    #[schemars(range(min = 1, max = BACKUP_PIECE))]
    pub length: u32,
}

impl Call for BackupRead {
    const NAME: &'static str = "backup.read";
    type Params = BackupReadParams;
    type Output = BackupReadResult;
}

/// Result of `backup.read`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupReadResult {
    /// The bytes, base64.
    pub data: String,
    /// Position of the first.
    pub offset: u64,
    /// Size of the archive.
    pub total: u64,
    /// Whether this was the last piece.
    pub done: bool,
}

/// `backup.remove`: delete an archive.
pub struct BackupRemove;

/// Params of `backup.remove`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct BackupRemoveParams {
    /// The archive.
    #[schemars(length(min = 1, max = 200))]
    pub id: String,
}

impl Call for BackupRemove {
    const NAME: &'static str = "backup.remove";
    type Params = BackupRemoveParams;
    type Output = BackupRemoveResult;
}

/// Result of `backup.remove`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BackupRemoveResult {
    /// The archive that is gone.
    pub id: String,
}

/// `backup.verify`: read an archive to its end and say what it would restore.
pub struct BackupVerify;

/// Params of `backup.verify` and `backup.restore`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct BackupVerifyParams {
    /// The archive.
    #[schemars(length(min = 1, max = 200))]
    pub id: String,
    /// Opens an encrypted one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub passphrase: Option<String>,
}

impl fmt::Debug for BackupVerifyParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BackupVerifyParams({}, passphrase: {})", self.id, self.passphrase.is_some())
    }
}

impl Call for BackupVerify {
    const NAME: &'static str = "backup.verify";
    type Params = BackupVerifyParams;
    type Output = BackupVerifyResult;
}

/// Result of `backup.verify`: the archive is whole, and this is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupVerifyResult {
    /// The archive.
    #[serde(flatten)]
    pub backup: BackupInfo,
    /// Whether its contents were read; false for an encrypted one without its passphrase.
    pub opened: bool,
    /// What its database holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<BackupDatabase>,
    /// Names of the keys and tokens in it.
    pub secrets: Vec<String>,
    /// Settings that were taken out of the configuration because they are secret.
    pub redacted: Vec<String>,
    /// What was left out when it was made.
    pub left_out: Vec<BackupLeftOut>,
    /// Agents' folders in it that were not in the state folder.
    pub workspaces: Vec<String>,
}

/// What the database of an archive holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupDatabase {
    /// Paired devices.
    pub devices: u64,
    /// Conversations.
    pub sessions: u64,
    /// Messages.
    pub messages: u64,
    /// Agents that were made or changed at run time.
    pub agents: u64,
}

/// `backup.restore`: put an archive in place of everything this gateway has,
/// and start anew with it. What was there is moved aside, not deleted.
pub struct BackupRestore;

impl Call for BackupRestore {
    const NAME: &'static str = "backup.restore";
    type Params = BackupVerifyParams;
    type Output = BackupRestoreResult;
}

/// Result of `backup.restore`: everything is prepared, and the gateway restarts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupRestoreResult {
    /// Always true; a failure is an error frame.
    pub ok: bool,
    /// What will be in force.
    #[serde(flatten)]
    pub contents: BackupVerifyResult,
    /// Where what is there now will be found.
    pub moved_aside: String,
    /// Whether the gateway restarts by itself now.
    pub restarting: bool,
}

/// `backup.upload`: bring an archive from elsewhere, piece by piece.
pub struct BackupUpload;

/// Params of `backup.upload`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupUploadParams {
    /// File name it should have.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Position of the piece: 0 begins anew, else what was received so far.
    pub offset: u64,
    /// The piece, base64.
    #[schemars(length(max = 349_528))]
    pub data: String,
    /// Whether this is the last piece.
    pub done: bool,
}

impl fmt::Debug for BackupUploadParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BackupUploadParams({} at {}, done: {})", self.name, self.offset, self.done)
    }
}

impl Call for BackupUpload {
    const NAME: &'static str = "backup.upload";
    type Params = BackupUploadParams;
    type Output = BackupUploadResult;
}

/// Result of `backup.upload`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupUploadResult {
    /// Bytes received so far.
    pub received: u64,
    /// The archive, once it is whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<BackupInfo>,
}

/// `backup.progress`: how far an archive that is being made has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupProgress {
    /// Files written so far.
    pub files: u64,
    /// Bytes read so far.
    pub bytes: u64,
    /// Bytes that are to be read in all.
    pub total_bytes: u64,
    /// Whether it is done, whichever way.
    pub done: bool,
}

impl Event for BackupProgress {
    const NAME: &'static str = "backup.progress";
    const AUDIENCE: Audience = Audience::Scope(Scope::Admin);
    const ON_SLOW: OnSlow = OnSlow::Drop;
}

/// `import.openclaw`: take over what an OpenClaw, Clawdbot or Moltbot home on
/// the gateway's machine holds. Nothing is written there.
pub struct ImportOpenclaw;

/// Params of `import.openclaw`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportOpenclawParams {
    /// The home folder; absent looks where those programs keep theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4096))]
    pub from: Option<String>,
    /// Only say what would be taken. Default true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
}

impl Call for ImportOpenclaw {
    const NAME: &'static str = "import.openclaw";
    type Params = ImportOpenclawParams;
    type Output = ImportReport;
}

/// What an import took and what it left.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportReport {
    /// The home that was read.
    pub from: String,
    /// Whether nothing was changed.
    pub dry_run: bool,
    /// By kind of thing, in the order in which they were read.
    pub areas: Vec<ImportArea>,
    /// Whether the gateway has to be restarted for all of it to count.
    pub needs_restart: bool,
}

/// One kind of thing in an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportArea {
    /// `config`, `agents`, `workspaces`, `sessions`, `devices`, `approvals`, `keys`, `cron`, `other`.
    pub area: String,
    /// What was taken, or would be.
    pub took: Vec<String>,
    /// How much was there already.
    pub already: u64,
    /// What was left, and why.
    pub left: Vec<ImportLeft>,
}

/// Something that an import left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportLeft {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_passphrase() {
        let create = BackupCreateParams { passphrase: Some("hunter2-hunter2".into()), include: None };
        let verify = BackupVerifyParams { id: "a".into(), passphrase: Some("hunter2-hunter2".into()) };
        assert!(!format!("{create:?} {verify:?}").contains("hunter2"));
    }
}
