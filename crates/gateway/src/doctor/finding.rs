//! What a check found.

use postern_protocol::doctor::{DoctorRemedy, DoctorStatus};

/// The outcome of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) status: DoctorStatus,
    pub(super) detail: String,
    pub(super) fix: Option<DoctorRemedy>,
}

impl Finding {
    fn new(status: DoctorStatus, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), fix: None }
    }

    /// Nothing to do.
    pub(super) fn ok(detail: impl Into<String>) -> Self {
        Self::new(DoctorStatus::Ok, detail)
    }

    /// Worth a look.
    pub(super) fn warn(detail: impl Into<String>) -> Self {
        Self::new(DoctorStatus::Warn, detail)
    }

    /// Broken or unsafe.
    pub(super) fn fail(detail: impl Into<String>) -> Self {
        Self::new(DoctorStatus::Fail, detail)
    }

    /// Does not apply.
    pub(super) fn skipped(detail: impl Into<String>) -> Self {
        Self::new(DoctorStatus::Skipped, detail)
    }

    /// What to do about it.
    pub(super) fn fix(mut self, text: impl Into<String>) -> Self {
        self.fix = Some(DoctorRemedy { text: text.into(), command: None, automatic: false });
        self
    }

    /// A command that does it.
    pub(super) fn command(mut self, command: impl Into<String>) -> Self {
        if let Some(fix) = &mut self.fix {
            fix.command = Some(command.into());
        }
        self
    }

    /// The repair of this check does it.
    pub(super) fn automatic(mut self) -> Self {
        if let Some(fix) = &mut self.fix {
            fix.automatic = true;
        }
        self
    }
}
