//! Methods under `update.`: newer releases of the program. For admins only, and
//! never on behalf of a conversation: no agent changes the program it runs in.

mod check;
mod hold;
mod revert;
mod run;
mod status;

use std::time::Duration;

use postern_protocol::update::UpdateRestart;

use crate::restart::Why;
use crate::rpc::{Cx, RpcError, RpcResult};
use crate::update::{RevertError, UpdateError};

/// How long a restart waits that nobody gave a time for: the answer is read first.
const USUAL_DELAY: Duration = Duration::from_millis(200);
/// How long clients are told to expect no gateway.
const EXPECTED: Duration = Duration::from_secs(5);

impl From<UpdateError> for RpcError {
    fn from(error: UpdateError) -> Self {
        match error {
            UpdateError::Disk(_) => Self::unavailable("the update folder cannot be written; the log says why"),
            other => Self::unavailable(other.to_string()),
        }
    }
}

impl From<RevertError> for RpcError {
    fn from(error: RevertError) -> Self {
        match error {
            RevertError::Snapshot(_) | RevertError::Disk(_) => Self::internal(error),
            other => Self::invalid(other.to_string()),
        }
    }
}

fn refuse_agents(session_key: Option<&str>) -> RpcResult<()> {
    match session_key {
        None => Ok(()),
        Some(_) => Err(RpcError::forbidden("updates are not done on behalf of a conversation; an operator does them")),
    }
}

/// Asks for the restart; it waits until the answer was sent.
fn restart(cx: &Cx, delay_ms: Option<u64>) -> UpdateRestart {
    let delay = delay_ms.map_or(USUAL_DELAY, Duration::from_millis);
    let (restart, answered, at_ms) = (cx.restart.clone(), cx.answered(), cx.clock.now_ms());
    cx.tasks.spawn_until_shutdown("restart", async move {
        // Ends with the answer, whatever became of it.
        drop(answered.await);
        // Runs that are under way end first.
        restart.request_because(Why { reason: "update".to_owned(), at_ms, ..Why::default() }, delay);
    });
    let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    UpdateRestart { delay_ms: ms(delay), expected_ms: ms(EXPECTED) }
}
