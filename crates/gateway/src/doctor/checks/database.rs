//! The database: readable, whole, not written by a newer release.

use super::super::finding::Finding;
use super::super::patient::Patient;
use crate::store::{StoreError, examine};

pub(super) fn integrity(patient: &Patient) -> Finding {
    let path = patient.paths.database();
    if !path.exists() {
        return Finding::skipped("there is none yet");
    }
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return Finding::skipped("not in a runtime") };
    match runtime.block_on(examine(&path)) {
        Ok(facts) => {
            Finding::ok(format!("{} is whole: schema {}, {} KB", path.display(), facts.schema, facts.bytes / 1_000))
        }
        Err(error @ StoreError::Corrupt { .. }) => Finding::fail(error.to_string()).fix(
            "stop the gateway, move postern.sqlite, postern.sqlite-wal and postern.sqlite-shm to another folder (keep \
             them), then restore a backup with `postern restore`, or start without one and pair the devices again",
        ),
        Err(error @ StoreError::Busy) => Finding::warn(error.to_string()).fix("look again in a moment"),
        Err(error) => Finding::fail(error.to_string()),
    }
}
