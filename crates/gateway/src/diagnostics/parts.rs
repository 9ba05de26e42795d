//! What is in a bundle, as texts by name. Nothing of it is a conversation.

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use postern_protocol::doctor::DoctorReport;
use serde_json::{Value, json};

use crate::config::file::read_file;
use crate::config::redact::redact_text_with;
use crate::config::schema::lookup;
use crate::doctor::Patient;
use crate::service;
use crate::store::DatabaseFacts;

/// Bytes from the end of each log file.
const OF_A_LOG: u64 = 1024 * 1024;
/// Crash files, newest first.
const CRASHES: usize = 5;
/// Entries of the state folder that are listed.
const LISTED: usize = 500;

/// Every part.
pub(super) fn all(
    patient: &Patient,
    report: &DoctorReport,
    facts: &Result<DatabaseFacts, String>,
    status: Option<Value>,
) -> Vec<(String, String)> {
    let service = service::status(&*patient.host.service, &patient.paths, patient.clock.now_ms());
    let mut parts = vec![
        ("about.json".to_owned(), pretty(&about(patient, report))),
        ("doctor.json".to_owned(), pretty(&json!(report))),
        ("service.json".to_owned(), pretty(&json!(service))),
        ("status.json".to_owned(), pretty(&status.unwrap_or_else(|| json!({"gateway": "not asked: none runs"})))),
        ("config.json5".to_owned(), config(patient)),
        ("database.json".to_owned(), pretty(&database(facts))),
        ("files.json".to_owned(), pretty(&files(patient))),
        ("starts.json".to_owned(), end_of_file(&patient.paths.starts())),
    ];
    for path in logs(patient) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        parts.push((format!("logs/{name}"), end_of_file(&path)));
    }
    for path in crashes(patient) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        parts.push((format!("crashes/{name}"), end_of_file(&path)));
    }
    parts
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn about(patient: &Patient, report: &DoctorReport) -> Value {
    json!({
        "version": patient.version,
        "takenMs": report.ts,
        "protocol": [postern_protocol::MIN_PROTOCOL_VERSION, postern_protocol::PROTOCOL_VERSION],
        "system": sysinfo::System::long_os_version().ok(),
        "kernel": sysinfo::System::kernel_version().ok(),
        "arch": std::env::consts::ARCH,
        "credentials": patient.credentials.as_ref().map_or_else(Clone::clone, |store| store.kind().to_owned()),
        // Names only: values may be secrets.
        "variables": patient.host.variables,
    })
}

fn config(patient: &Patient) -> String {
    // What nobody knows the meaning of may be a secret.
    match read_file(&patient.paths.config_path).map(Option::unwrap_or_default) {
        Ok(text) => redact_text_with(&text, &|path, _| lookup(path).is_none()),
        Err(error) => format!("// {}: {error}\n", patient.paths.config_path.display()),
    }
}

fn database(facts: &Result<DatabaseFacts, String>) -> Value {
    match facts {
        Ok(facts) => {
            let rows: serde_json::Map<String, Value> =
                facts.rows.iter().map(|(table, rows)| (table.clone(), json!(rows))).collect();
            json!({"schema": facts.schema, "bytes": facts.bytes, "rows": rows, "definitions": facts.definitions})
        }
        Err(problem) => json!({"problem": problem}),
    }
}

/// Names, sizes and rights of what lies directly in the state folder.
fn files(patient: &Patient) -> Value {
    let entries = fs::read_dir(&patient.paths.state_dir).into_iter().flatten().filter_map(Result::ok);
    let mut rows: Vec<Value> = entries
        .take(LISTED)
        .filter_map(|entry| {
            let found = entry.metadata().ok()?;
            Some(json!({
                "name": entry.file_name().to_string_lossy(),
                "folder": found.is_dir(),
                "bytes": found.len(),
                "mode": mode(&found),
            }))
        })
        .collect();
    rows.sort_by_key(|row| row["name"].to_string());
    json!(rows)
}

#[cfg(unix)]
fn mode(found: &fs::Metadata) -> Option<String> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(format!("{:03o}", found.permissions().mode() & 0o777))
}

#[cfg(not(unix))]
fn mode(_found: &fs::Metadata) -> Option<String> {
    None
}

/// The newest log, the one before it, and what the service wrote itself.
fn logs(patient: &Patient) -> Vec<PathBuf> {
    let newest = patient.config().config.logging.file(&patient.paths);
    let older = crate::logs::older(&newest, 1);
    [older, newest, patient.paths.logs().join("service.log")].into_iter().filter(|path| path.is_file()).collect()
}

fn crashes(patient: &Patient) -> Vec<PathBuf> {
    patient.paths.crash_files().into_iter().take(CRASHES).collect()
}

fn end_of_file(path: &Path) -> String {
    let read = || {
        let mut file = fs::File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(OF_A_LOG)))?;
        let mut bytes = Vec::new();
        file.take(OF_A_LOG).read_to_end(&mut bytes)?;
        Ok::<_, std::io::Error>(bytes)
    };
    match read() {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => format!("{error}\n"),
    }
}
