//! Asking the Tailscale daemon of this machine: over its socket where there is
//! one, else through the program. Read only, bounded in size and time.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::program::{Program, ProgramError};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// Largest answer, bytes.
const MAX_ANSWER: usize = 1024 * 1024;

/// Where the daemon's socket usually is: Linux, and macOS without the app.
#[cfg(unix)]
const SOCKETS: [&str; 2] = ["/var/run/tailscale/tailscaled.sock", "/var/run/tailscaled.socket"];

/// What the daemon is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    /// How it is.
    Status,
    /// Whose machine has this address.
    Whois(IpAddr),
    /// What it shows to others.
    Serve,
}

impl Question {
    #[cfg(unix)]
    fn path(self) -> String {
        match self {
            Self::Status => "status?peers=false".to_owned(),
            // Without a port, which nobody needs: the address alone names the machine.
            Self::Whois(IpAddr::V4(ip)) => format!("whois?addr={ip}:0"),
            Self::Whois(IpAddr::V6(ip)) => format!("whois?addr=%5B{ip}%5D:0"),
            Self::Serve => "serve-config".to_owned(),
        }
    }

    fn args(self) -> Vec<String> {
        let words: &[&str] = match self {
            Self::Status => &["status", "--json", "--peers=false"],
            Self::Whois(_) => &["whois", "--json"],
            Self::Serve => &["serve", "status", "--json"],
        };
        let mut args: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        if let Self::Whois(ip) = self {
            args.push(ip.to_string());
        }
        args
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum DaemonError {
    /// There is no daemon.
    #[error("Tailscale is not installed on the gateway's machine, or does not run")]
    Missing,
    /// It does not know.
    #[error("Tailscale does not know that")]
    Unknown,
    /// It said no.
    #[error("Tailscale refused to answer: {0}")]
    Refused(String),
    /// It said nothing that can be read.
    #[error("Tailscale's answer cannot be read: {0}")]
    Odd(String),
}

/// The daemon of this machine.
#[derive(Debug, Clone)]
pub(super) struct Daemon {
    pub(super) program: Program,
}

impl Daemon {
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        socket: Option<&Path>,
        question: Question,
    ) -> Result<T, DaemonError> {
        let answer = match find_socket(socket) {
            #[cfg(unix)]
            Some(found) => local_api::ask(&found, &question.path()).await?,
            _ => self.ask_program(question).await?,
        };
        serde_json::from_slice(&answer).map_err(|error| DaemonError::Odd(error.to_string()))
    }

    async fn ask_program(&self, question: Question) -> Result<Vec<u8>, DaemonError> {
        let args = question.args();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        match self.program.run(None, &args, PATIENCE).await {
            Ok(said) if said.success => Ok(said.stdout),
            Ok(said) if matches!(question, Question::Whois(_)) && said.text.contains("not found") => {
                Err(DaemonError::Unknown)
            }
            Ok(said) => Err(DaemonError::Refused(first_line(&said.text))),
            Err(ProgramError::Missing) => Err(DaemonError::Missing),
            Err(error) => Err(DaemonError::Refused(error.to_string())),
        }
    }
}

/// The line that says most, without control characters.
pub(super) fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it said nothing");
    line.chars().filter(|c| !c.is_control()).take(300).collect()
}

#[cfg(unix)]
pub(super) fn find_socket(configured: Option<&Path>) -> Option<PathBuf> {
    configured.map(Path::to_owned).or_else(|| SOCKETS.iter().map(PathBuf::from).find(|path| path.exists()))
}

/// Elsewhere the program finds the daemon.
#[cfg(not(unix))]
pub(super) fn find_socket(_configured: Option<&Path>) -> Option<PathBuf> {
    None
}

#[cfg(unix)]
mod local_api {
    //! The daemon's own HTTP interface.

    use std::path::Path;
    use std::sync::Arc;

    use reqwest::StatusCode;
    use rustls::{ClientConfig, RootCertStore, crypto::ring};

    use super::{DaemonError, MAX_ANSWER, PATIENCE, first_line};

    /// The name that the daemon expects to be called by; it refuses others, as a
    /// web page could send them.
    const HOST: &str = "local-tailscaled.sock";

    pub(super) async fn ask(socket: &Path, path: &str) -> Result<Vec<u8>, DaemonError> {
        let client = client(socket).map_err(|error| DaemonError::Odd(error.to_string()))?;
        let asked = client.get(format!("http://{HOST}/localapi/v0/{path}")).send().await;
        let mut response = asked.map_err(|error| match error {
            error if error.is_connect() => DaemonError::Missing,
            error if error.is_timeout() => DaemonError::Refused("it took too long".to_owned()),
            error => DaemonError::Odd(error.without_url().to_string()),
        })?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| DaemonError::Odd(error.to_string()))? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(DaemonError::Odd("it is too long".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        match status {
            StatusCode::OK => Ok(body),
            StatusCode::NOT_FOUND => Err(DaemonError::Unknown),
            status => Err(DaemonError::Refused(format!("{status}: {}", first_line(&String::from_utf8_lossy(&body))))),
        }
    }

    fn client(socket: &Path) -> Result<reqwest::Client, Box<dyn std::error::Error>> {
        // The socket is never encrypted; the client wants to know how all the same.
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let builder = reqwest::Client::builder().tls_backend_preconfigured(tls).unix_socket(socket.to_owned());
        Ok(builder.no_proxy().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE).build()?)
    }
}
