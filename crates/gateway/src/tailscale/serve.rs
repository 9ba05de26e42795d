//! Showing the gateway through Tailscale Serve or Funnel, and taking it back.
//! What somebody else shows there is never touched.

use std::time::Duration;

use postern_protocol::tailscale::{TailscaleMode, TailscaleProblem, TailscaleState};

use super::Tailscale;
use super::answers::{ServeConfig, Shown, Status};
use super::daemon::{DaemonError, Question, first_line};
use super::program::ProgramError;

/// How long the program may take: it asks for a certificate meanwhile.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn problem(code: &str, message: impl Into<String>) -> TailscaleProblem {
    TailscaleProblem { code: code.to_owned(), message: message.into() }
}

/// What must be put right before anything can be shown.
pub(super) fn obstacle(status: &Result<Status, DaemonError>) -> Option<TailscaleProblem> {
    let status = match status {
        Ok(status) => status,
        Err(DaemonError::Missing) => {
            return Some(problem(
                "not-running",
                "Tailscale does not run on the gateway's machine: install it from https://tailscale.com/download, start \
                 it, and sign in with `tailscale up`",
            ));
        }
        Err(error) => return Some(problem("no-answer", error.to_string())),
    };
    let (code, message) = match status.state() {
        TailscaleState::NeedsLogin if !status.auth_url.is_empty() => {
            let message =
                format!("nobody is signed in to Tailscale on the gateway's machine: open {}", status.auth_url);
            return Some(problem("not-logged-in", message));
        }
        TailscaleState::NeedsLogin => {
            ("not-logged-in", "nobody is signed in to Tailscale on the gateway's machine: run `tailscale up` there")
        }
        TailscaleState::NeedsApproval => (
            "not-approved",
            "the tailnet has not approved the gateway's machine yet: https://login.tailscale.com/admin/machines",
        ),
        TailscaleState::Missing | TailscaleState::Stopped => {
            ("stopped", "Tailscale is stopped on the gateway's machine: run `tailscale up` there")
        }
        TailscaleState::Starting => ("starting", "Tailscale is starting; this is tried again in a moment"),
        TailscaleState::Running if status.dns_name().is_none() => (
            "magic-dns-disabled",
            "the tailnet gives its machines no names: turn MagicDNS on at https://login.tailscale.com/admin/dns",
        ),
        TailscaleState::Running if !status.has_certificates() => (
            "https-disabled",
            "the tailnet gives out no certificates: turn HTTPS on at https://login.tailscale.com/admin/dns",
        ),
        TailscaleState::Running => return None,
    };
    Some(problem(code, message))
}

impl Tailscale {
    /// Brings Tailscale in line with the settings.
    ///
    /// # Errors
    /// What somebody has to do first.
    pub async fn apply(&self) -> Result<(), TailscaleProblem> {
        // One at a time. Never closed, so there always is a turn in the end.
        let _turn = self.0.changing.acquire().await;
        let outcome = match self.settings().mode {
            TailscaleMode::Off => self.take_back().await,
            mode => self.show(mode).await,
        };
        self.note(outcome.as_ref().err().cloned());
        outcome
    }

    async fn show(&self, mode: TailscaleMode) -> Result<(), TailscaleProblem> {
        let status = self.ask::<Status>(Question::Status).await;
        if let Some(obstacle) = obstacle(&status) {
            return Err(obstacle);
        }
        let name = status.ok().and_then(|status| status.dns_name().map(str::to_owned)).unwrap_or_default();
        let wanted = Shown::Ours { funnel: mode == TailscaleMode::Funnel };
        match self.shown(&name).await? {
            Shown::Other(what) => return Err(self.occupied(&name, &what)),
            shown if shown == wanted => return Ok(()),
            Shown::Nothing | Shown::Ours { .. } => {}
        }
        let target = self.0.target.address();
        let said = self.change(&[mode.as_str(), "--bg", &target]).await?;
        // What counts is what the daemon does, not what the program said.
        if self.shown(&name).await? == wanted { Ok(()) } else { Err(refused(mode, &said)) }
    }

    /// Takes back what this gateway shows, and nothing else.
    async fn take_back(&self) -> Result<(), TailscaleProblem> {
        let Ok(status) = self.ask::<Status>(Question::Status).await else { return Ok(()) };
        let Some(name) = status.dns_name() else { return Ok(()) };
        let Shown::Ours { funnel } = self.shown(name).await? else { return Ok(()) };
        let mode = if funnel { TailscaleMode::Funnel } else { TailscaleMode::Serve };
        let said = self.change(&[mode.as_str(), "--https=443", "off"]).await?;
        match self.shown(name).await? {
            Shown::Ours { .. } => Err(refused(mode, &said)),
            Shown::Nothing | Shown::Other(_) => Ok(()),
        }
    }

    /// At the end of the gateway, when the settings say so.
    pub async fn leave(&self) {
        let settings = self.settings();
        if !settings.reset_on_exit || settings.mode == TailscaleMode::Off {
            return;
        }
        let _turn = self.0.changing.acquire().await;
        if let Err(problem) = self.take_back().await {
            tracing::warn!(code = problem.code, "Tailscale still shows the gateway: {}", problem.message);
        }
    }

    pub(super) async fn shown(&self, dns_name: &str) -> Result<Shown, TailscaleProblem> {
        let config: Option<ServeConfig> =
            self.ask(Question::Serve).await.map_err(|error| problem("no-answer", error.to_string()))?;
        Ok(config.unwrap_or_default().shows(dns_name, &self.0.target.address()))
    }

    pub(super) fn occupied(&self, name: &str, what: &str) -> TailscaleProblem {
        let message = format!(
            "Tailscale already shows {what} at https://{name}/: take that away with `tailscale serve --https=443 off` on the \
             gateway's machine, if it is no longer needed"
        );
        problem("occupied", message)
    }

    /// Runs the program; returns what it said when it succeeded.
    async fn change(&self, args: &[&str]) -> Result<String, TailscaleProblem> {
        let settings = self.settings();
        let ran = self.0.daemon.program.run(settings.socket.as_deref(), args, PATIENCE).await;
        let mode = if args.first() == Some(&"funnel") { TailscaleMode::Funnel } else { TailscaleMode::Serve };
        match ran {
            Ok(said) if said.success => Ok(said.text),
            Ok(said) => Err(refused(mode, &said.text)),
            Err(ProgramError::TooSlow(text)) => Err(refused(mode, &text)),
            Err(ProgramError::Missing) => Err(problem(
                "program-missing",
                "the program `tailscale` is not in the gateway's PATH: install Tailscale from \
                 https://tailscale.com/download",
            )),
            Err(error) => Err(problem("program-failed", error.to_string())),
        }
    }
}

/// What the program's words mean, and what to do.
fn refused(mode: TailscaleMode, text: &str) -> TailscaleProblem {
    let word = mode.as_str();
    let link = text.split_whitespace().find(|word| word.starts_with("https://login.tailscale.com/"));
    let lower = text.to_lowercase();
    if lower.contains("access denied") || lower.contains("permission denied") || lower.contains("--operator") {
        let message = format!(
            "Tailscale does not let the gateway's user change `tailscale {word}`: run `sudo tailscale set --operator=$USER` \
             once as that user"
        );
        return problem("not-operator", message);
    }
    match link {
        Some(link) => problem("not-enabled", format!("Tailscale {word} is not enabled for the tailnet: open {link}")),
        None => problem("refused", format!("`tailscale {word}` failed: {}", first_line(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_say_what_to_do() {
        let not_enabled = "\nServe is not enabled on your tailnet.\nTo enable, visit:\n\n         \
                           https://login.tailscale.com/f/serve?node=nABC\n";
        let expect = [
            (not_enabled, "not-enabled", "https://login.tailscale.com/f/serve?node=nABC"),
            (
                "sending serve config: Access denied: serve config denied\n\nUse 'sudo tailscale serve'",
                "not-operator",
                "--operator=$USER",
            ),
            ("error: something\nmore", "refused", "failed: error: something"),
        ];
        for (text, code, words) in expect {
            let problem = refused(TailscaleMode::Serve, text);
            assert_eq!(problem.code, code);
            assert!(problem.message.contains(words), "{}", problem.message);
        }
    }
}
