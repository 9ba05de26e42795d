//! The wizard that is driven: the gateway's, or one in this process.

use std::path::{Path, PathBuf};

use postern_gateway::Clock;
use postern_gateway::state_folder::Holder;
use postern_gateway::wizard::{Wizard, WizardError};
use postern_protocol::wizard::{
    WizardAnswer, WizardCancel, WizardCancelParams, WizardNext, WizardNextParams, WizardNextResult, WizardStart,
    WizardStartParams, WizardStartResult,
};
use serde_json::Value;

use crate::commands::{Context, read};
use crate::connection::Connection;
use crate::credentials::Credentials;
use crate::env::now_ms;
use crate::exit::{Exit, Failure, Outcome};
use crate::local;

/// The wizard that is driven.
pub(super) enum Driver {
    /// Of a gateway that runs.
    Gateway(Box<Connection>),
    /// Of this process, over the file; and what was there before.
    Here(Wizard, Before),
}

impl Driver {
    /// The gateway's wizard where one runs or was named, else one here.
    pub(super) async fn open(cx: &Context) -> Outcome<Self> {
        let paths = local::paths(&cx.settings);
        if cx.settings.url.is_some() || Holder::alive(&paths.lock()).is_some() {
            return Ok(Self::Gateway(Box::new(cx.connect().await?)));
        }
        let before = Before::of(&cx.settings.state_dir);
        let credentials = Credentials::open(&cx.settings).await?;
        let clock = Clock::new(now_ms);
        let surroundings = local::surroundings(&cx.settings);
        let wizard = Wizard::offline(paths, surroundings, credentials.secrets, clock, env!("CARGO_PKG_VERSION"));
        Ok(Self::Here(wizard, before))
    }

    pub(super) async fn start(&self, params: WizardStartParams) -> Outcome<WizardStartResult> {
        match self {
            Self::Gateway(gateway) => read(&gateway.ask::<WizardStart>(&params).await?),
            Self::Here(wizard, _) => wizard.start(None, params).await.map_err(failure),
        }
    }

    pub(super) async fn next(&self, id: &str, step: &str, value: Value) -> Outcome<WizardNextResult> {
        let answer = WizardAnswer { step_id: step.to_owned(), value: Some(value) };
        match self {
            Self::Gateway(gateway) => {
                let params = WizardNextParams { session_id: id.to_owned(), answer: Some(answer) };
                read(&gateway.ask::<WizardNext>(&params).await?)
            }
            Self::Here(wizard, _) => wizard.next(id, Some(answer)).await.map_err(failure),
        }
    }

    pub(super) async fn cancel(&self, id: &str) -> Outcome {
        match self {
            Self::Gateway(gateway) => {
                gateway.ask::<WizardCancel>(&WizardCancelParams { session_id: id.to_owned() }).await.map(drop)
            }
            Self::Here(wizard, before) => {
                let cancelled = wizard.cancel(id).map(drop).map_err(failure);
                before.restore();
                cancelled
            }
        }
    }

    /// Whether a gateway runs with what is written.
    pub(super) const fn is_running(&self) -> bool {
        matches!(self, Self::Gateway(_))
    }

    pub(super) async fn close(self) {
        if let Self::Gateway(gateway) = self {
            gateway.close().await;
        }
    }
}

/// What there was of the state folder before somebody was asked.
pub(super) struct Before {
    state_dir: PathBuf,
    had_folder: bool,
    had_credentials: bool,
}

impl Before {
    fn of(state_dir: &Path) -> Self {
        let had_credentials = Credentials::folder(state_dir).exists();
        Self { state_dir: state_dir.to_owned(), had_folder: state_dir.exists(), had_credentials }
    }

    /// Takes away what looking for the place of secrets made. Folders with anything
    /// else in them stay.
    fn restore(&self) {
        if !self.had_credentials {
            Credentials::forget_place(&self.state_dir);
        }
        if !self.had_folder {
            // One that is not empty is needed by somebody.
            drop(std::fs::remove_dir(&self.state_dir));
        }
    }
}

fn failure(error: WizardError) -> Failure {
    Failure::new(Exit::Failed, error.to_string())
}
