//! Where lines come from. The file is read with the same cursors as the gateway
//! gives, so that following goes on when the gateway ends.

use std::path::PathBuf;

use postern_gateway::logs::{self, Redactor};
use postern_protocol::logs::{LogsTail, LogsTailParams, LogsTailResult};

use crate::commands::read;
use crate::connection::Connection;
use crate::env::Settings;
use crate::exit::{Exit, Failure, Outcome};
use crate::local;

pub(super) struct Source {
    gateway: Option<Connection>,
    /// Of this profile's gateway, when no other address was named.
    file: Option<PathBuf>,
    redactor: Redactor,
}

impl Source {
    pub(super) async fn open(settings: &Settings) -> Outcome<Self> {
        let paths = local::paths(settings);
        let config = local::load(settings, &paths).config;
        let file = settings.url.is_none().then(|| config.logging.file(&paths));
        let redactor = settings.redactor.clone();
        redactor.set_patterns(config.logging.patterns.clone());
        match Connection::open(settings).await {
            Ok(gateway) => Ok(Self { gateway: Some(gateway), file, redactor }),
            // Whoever may read the file needs nobody's permission to do so.
            Err(failure) => match file {
                Some(file) if file.exists() && failure.exit != Exit::Usage => {
                    Ok(Self { gateway: None, file: Some(file), redactor })
                }
                Some(file) if failure.exit == Exit::Unreachable => {
                    Err(failure.hint(format!("and there is no log yet at {}", file.display())))
                }
                _ => Err(failure),
            },
        }
    }

    /// What somebody should know about where the lines are from.
    pub(super) fn told(&self) -> Option<String> {
        let file = self.file.as_ref().filter(|_| self.gateway.is_none())?;
        Some(format!("postern: no gateway answers; reading {}", file.display()))
    }

    pub(super) async fn ask(&mut self, params: LogsTailParams) -> Outcome<LogsTailResult> {
        if let Some(gateway) = &self.gateway {
            match gateway.ask::<LogsTail>(&params).await {
                Ok(answer) => return read(&answer),
                Err(failure) if self.file.is_none() || !is_gone(&failure) => return Err(failure),
                // It ended, and another one may follow; the file is the same for both.
                Err(_) => self.gateway = None,
            }
        }
        let (file, redactor) = (self.file.clone().unwrap_or_default(), self.redactor.clone());
        let told = file.display().to_string();
        let tailed = tokio::task::spawn_blocking(move || logs::tail(&file, &params, &redactor)).await;
        let tailed = tailed.map_err(std::io::Error::from).and_then(std::convert::identity);
        tailed.map_err(|error| Failure::new(Exit::Failed, format!("{told} cannot be read: {error}")))
    }

    pub(super) async fn close(self) {
        if let Some(gateway) = self.gateway {
            gateway.close().await;
        }
    }
}

fn is_gone(failure: &Failure) -> bool {
    failure.answer.is_none() && matches!(failure.exit, Exit::Unreachable | Exit::Timeout | Exit::Failed)
}
