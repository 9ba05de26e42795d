//! The doctor: looks at an installation, says what is wrong and what to do, and makes
//! the repairs that lose nothing. Works with and without a gateway that runs.
//!
//! A check is one line in `CHECKS`: a function that looks, and maybe one that
//! repairs. Looking changes nothing.
//!
//! | file | checks |
//! |---|---|
//! | `checks/state.rs` | folder, rights, disk, left-over files |
//! | `checks/database.rs` | the database |
//! | `checks/settings.rs` | configuration, exposure, proxies, certificate |
//! | `checks/running.rs` | port, gateway, crashes, other gateways |
//! | `checks/service.rs` | the service, lingering |
//! | `checks/machine.rs` | version, clock, credentials, logs, agents' folders |

mod checks;
mod finding;
mod patient;

use std::sync::Arc;

use postern_protocol::doctor::{DoctorCheck, DoctorCounts, DoctorFixResult, DoctorRepair, DoctorReport, DoctorStatus};

pub use self::patient::Patient;

use self::checks::{CHECKS, Check};

/// Why the doctor did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DoctorError {
    /// There is no such check.
    #[error("there is no check `{0}`; there are: {known}", known = known())]
    Unknown(String),
    /// The check has no repair that is safe to make.
    #[error("`{0}` cannot be repaired automatically: its check says what to do")]
    ByHand(String),
    /// A check panicked.
    #[error("the doctor failed: {0}")]
    Failed(String),
}

fn known() -> String {
    CHECKS.iter().map(|check| check.id).collect::<Vec<_>>().join(", ")
}

/// Handle to everything that is needed to look at one installation.
#[derive(Clone)]
pub struct Doctor(Arc<Patient>);

impl Doctor {
    /// A doctor for this installation.
    #[must_use]
    pub fn new(patient: Patient) -> Self {
        Self(Arc::new(patient))
    }

    /// The installation.
    #[must_use]
    pub fn patient(&self) -> &Patient {
        &self.0
    }

    /// Looks at everything, or at the named checks.
    ///
    /// # Errors
    /// When a name is none of a check.
    pub async fn run(&self, ids: Option<&[String]>) -> Result<DoctorReport, DoctorError> {
        let chosen: Vec<&'static Check> = match ids {
            None => CHECKS.iter().collect(),
            Some(ids) => ids.iter().map(|id| find(id)).collect::<Result<_, _>>()?,
        };
        let patient = Arc::clone(&self.0);
        let looked =
            tokio::task::spawn_blocking(move || chosen.into_iter().map(|check| look(check, &patient)).collect());
        let checks = looked.await.map_err(|error| DoctorError::Failed(error.to_string()))?;
        Ok(self.report(checks))
    }

    /// Makes the safe repairs of the named checks, then looks at everything again.
    ///
    /// # Errors
    /// When a name is none of a check, or of one without a safe repair.
    pub async fn fix(&self, ids: &[String]) -> Result<DoctorFixResult, DoctorError> {
        let mut chosen = Vec::new();
        for id in ids {
            let check = find(id)?;
            let repair = check.repair.ok_or_else(|| DoctorError::ByHand(id.clone()))?;
            chosen.push((check, repair));
        }
        let patient = Arc::clone(&self.0);
        let repaired = tokio::task::spawn_blocking(move || {
            chosen.into_iter().map(|(check, repair)| mend(check, repair, &patient)).collect()
        });
        let repairs = repaired.await.map_err(|error| DoctorError::Failed(error.to_string()))?;
        Ok(DoctorFixResult { repairs, report: self.run(None).await? })
    }

    fn report(&self, checks: Vec<DoctorCheck>) -> DoctorReport {
        let mut counts = DoctorCounts::default();
        for check in &checks {
            *match check.status {
                DoctorStatus::Ok => &mut counts.ok,
                DoctorStatus::Warn => &mut counts.warn,
                DoctorStatus::Fail => &mut counts.fail,
                DoctorStatus::Skipped => &mut counts.skipped,
            } += 1;
        }
        let Patient { clock, version, .. } = &*self.0;
        DoctorReport { ok: counts.fail == 0, ts: clock.now_ms(), version: version.clone(), counts, checks }
    }
}

fn find(id: &str) -> Result<&'static Check, DoctorError> {
    CHECKS.iter().find(|check| check.id == id).ok_or_else(|| DoctorError::Unknown(id.to_owned()))
}

fn look(check: &Check, patient: &Patient) -> DoctorCheck {
    let finding = (check.look)(patient);
    let mut fix = finding.fix;
    if let Some(fix) = fix.as_mut().filter(|fix| fix.automatic && fix.command.is_none()) {
        fix.command = Some(format!("{} doctor --fix --only {}", patient.host.command, check.id));
    }
    DoctorCheck {
        id: check.id.to_owned(),
        title: check.title.to_owned(),
        status: finding.status,
        detail: finding.detail,
        fix,
    }
}

/// Repairs only what is broken, and believes the repair only when the check does.
fn mend(check: &Check, repair: checks::Repair, patient: &Patient) -> DoctorRepair {
    let before = (check.look)(patient);
    let id = check.id.to_owned();
    if !before.fix.is_some_and(|fix| fix.automatic) {
        let fixed = matches!(before.status, DoctorStatus::Ok | DoctorStatus::Skipped);
        let detail = if fixed { "nothing to do".to_owned() } else { before.detail };
        return DoctorRepair { id, fixed, detail };
    }
    let done = match repair(patient) {
        Ok(done) => done,
        Err(problem) => return DoctorRepair { id, fixed: false, detail: problem },
    };
    tracing::info!(check = check.id, done, "Repaired.");
    let after = (check.look)(patient);
    let fixed = !after.fix.as_ref().is_some_and(|fix| fix.automatic);
    let detail = if fixed { done } else { format!("{done}; still: {}", after.detail) };
    DoctorRepair { id, fixed, detail }
}
