//! How the program ends: exit codes, and failures worded for people and for programs.

use std::fmt;
use std::process::ExitCode;

use postern_gateway::program::as_typed;
use postern_protocol::error::ErrorShape;
use serde_json::{Map, Value, json};

/// What `--help` says about exit codes; the test below keeps it equal to [`Exit`].
pub(crate) const EXIT_CODES_HELP: &str = "\
Exit codes:
   0  ok
   1  the gateway answered with an error, or something general failed
   2  wrong usage
   3  the gateway cannot be reached
   4  pairing is required
   5  not authorised
   6  timeout
  70  internal error
  73  the state folder cannot be written, or the disk is full
  75  the port or the state folder is in use
  77  the OS keychain was demanded and is not there
  78  the configuration is invalid";

/// Why the program ends, as its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Ok,
    /// An error answer of the gateway, or a general failure.
    Failed,
    /// The command line or the environment is wrong.
    Usage,
    /// No gateway answers.
    Unreachable,
    /// The device needs an approval.
    PairingRequired,
    /// Wrong or missing credentials or scopes.
    Unauthorized,
    /// No answer in time.
    Timeout,
    /// A mistake in the program.
    Internal,
    /// The state folder cannot be written.
    StateUnwritable,
    /// Port or state folder belong to somebody else.
    InUse,
    /// The keychain was demanded and does not answer.
    KeychainMissing,
    /// `gateway --check` found problems.
    ConfigInvalid,
}

impl Exit {
    #[cfg(test)]
    const ALL: [Self; 12] = [
        Self::Ok,
        Self::Failed,
        Self::Usage,
        Self::Unreachable,
        Self::PairingRequired,
        Self::Unauthorized,
        Self::Timeout,
        Self::Internal,
        Self::StateUnwritable,
        Self::InUse,
        Self::KeychainMissing,
        Self::ConfigInvalid,
    ];

    /// The number that the shell sees.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Unreachable => 3,
            Self::PairingRequired => 4,
            Self::Unauthorized => 5,
            Self::Timeout => 6,
            Self::Internal => 70,
            Self::StateUnwritable => 73,
            Self::InUse => 75,
            Self::KeychainMissing => 77,
            Self::ConfigInvalid => 78,
        }
    }

    /// The word in `error.kind` of `--json` output.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Unreachable => "unreachable",
            Self::PairingRequired => "pairing-required",
            Self::Unauthorized => "unauthorized",
            Self::Timeout => "timeout",
            Self::Internal => "internal",
            Self::StateUnwritable => "state-unwritable",
            Self::InUse => "in-use",
            Self::KeychainMissing => "keychain-missing",
            Self::ConfigInvalid => "config-invalid",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A command that did not do what it was asked to.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    /// Decides the exit code.
    pub(crate) exit: Exit,
    /// What happened.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) hint: Option<String>,
    /// The gateway's own words, for `--json`.
    pub(crate) answer: Option<Box<ErrorShape>>,
    /// Whether standard output already holds the document of `--json`.
    pub(crate) reported: bool,
}

/// Result of everything in the program that can fail.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// A failure without a hint.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None, answer: None, reported: false }
    }

    /// A mistake on the command line or in the environment.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A failure whose document was printed already.
    pub(crate) fn reported(exit: Exit, message: impl Into<String>) -> Self {
        Self { reported: true, ..Self::new(exit, message) }
    }

    /// Says what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Keeps the gateway's answer for programs.
    pub(crate) fn answer(mut self, answer: ErrorShape) -> Self {
        self.answer = Some(Box::new(answer));
        self
    }

    /// What it says to type, as it has to be typed.
    pub(crate) fn typed(&self, program: &str) -> Self {
        let hint = self.hint.as_ref().map(|hint| as_typed(hint, program));
        Self { message: as_typed(&self.message, program), hint, ..self.clone() }
    }

    /// The document of `--json`: `{"error":{"exitCode","kind","message",…}}`.
    pub(crate) fn to_json(&self) -> Value {
        let mut error = Map::new();
        error.insert("exitCode".into(), json!(self.exit.code()));
        error.insert("kind".into(), json!(self.exit.kind()));
        error.insert("message".into(), json!(self.message));
        if let Some(hint) = &self.hint {
            error.insert("hint".into(), json!(hint));
        }
        if let Some(answer) = &self.answer {
            error.insert("code".into(), json!(answer.code.as_str()));
            if let Some(details) = &answer.details {
                error.insert("details".into(), Value::Object(details.clone()));
            }
            if let Some(wait) = answer.retry_after_ms {
                error.insert("retryAfterMs".into(), json!(wait));
            }
        }
        json!({ "error": error })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  {}", hint.replace('\n', "\n  ")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use postern_protocol::error::{DetailCode, ErrorCode};

    #[test]
    fn the_help_text_lists_exactly_the_codes_there_are() {
        let listed: Vec<u8> = EXIT_CODES_HELP
            .lines()
            .skip(1)
            .map(|line| line.split_whitespace().next().unwrap().parse().unwrap())
            .collect();
        assert_eq!(listed, Exit::ALL.map(Exit::code));
    }

    #[test]
    fn programs_get_the_code_the_kind_and_the_gateways_details() {
        let answer = ErrorShape::new(ErrorCode::NotPaired, "pairing required")
            .detail_code(DetailCode::PairingRequired)
            .detail("requestId", "r1");
        let failure = Failure::new(Exit::PairingRequired, "m").hint("do this").answer(answer);
        assert_eq!(
            failure.to_json(),
            json!({"error": {
                "exitCode": 4, "kind": "pairing-required", "message": "m", "hint": "do this", "code": "NOT_PAIRED",
                "details": {"code": "PAIRING_REQUIRED", "requestId": "r1"}
            }})
        );
        assert_eq!(failure.to_string(), "m\n  do this");
    }
}
