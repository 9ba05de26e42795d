//! What an update made of this process, as one of its programs tells another.

use super::{Also, Environment};
use crate::exit::{Failure, Outcome};

/// What an update made of a gateway's process. Programs of one update tell each
/// other, nobody else sets it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum UpdateRole {
    /// Nothing.
    #[default]
    Usual,
    /// It is tried, and its watcher waits at the other end of standard input.
    Trial(u16),
    /// Another of the programs has become this one.
    Started(u16),
}

/// Name of the variable that says so.
pub(crate) const UPDATE_ROLE: &str = "POSTERN_UPDATE_ROLE";

impl UpdateRole {
    /// The port that the gateway had before; 0 where there was none.
    pub(crate) const fn port(self) -> u16 {
        match self {
            Self::Usual => 0,
            Self::Trial(port) | Self::Started(port) => port,
        }
    }
}

impl std::fmt::Display for UpdateRole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Usual => Ok(()),
            Self::Trial(port) => write!(f, "trial:{port}"),
            Self::Started(port) => write!(f, "started:{port}"),
        }
    }
}

/// What the environment says of it.
pub(super) fn read(env: &Environment) -> Outcome<UpdateRole> {
    let Some((full, text)) = env.text("UPDATE_ROLE", Also::Nothing)? else { return Ok(UpdateRole::Usual) };
    let (role, port) = text.split_once(':').unwrap_or((&text, ""));
    match (role, port.parse()) {
        ("trial", Ok(port)) => Ok(UpdateRole::Trial(port)),
        ("started", Ok(port)) => Ok(UpdateRole::Started(port)),
        _ => Err(Failure::usage(format!("{full} is set by updates only; unset it"))),
    }
}
