//! Commands that wait for a person, and the rules that decide before anybody is
//! asked (`methods.md §8`, `frames-and-events.md §7`).
//!
//! What holds:
//! - a decision belongs to one request and to the hash of one plan; whoever
//!   executes takes the very plan that was shown;
//! - the first answer wins, and without one it counts as denied;
//! - whoever answers is a mandatory argument: an operator with the approvals
//!   scope; no node and no run can answer;
//! - waiting requests are bounded, per conversation or client and in all;
//! - what is remembered is one program that runs nothing else, or one exact
//!   command; never a shell.
//!
//! | file | owns |
//! |---|---|
//! | `record.rs` | what is asked, and how it ended |
//! | `queue.rs` | the requests that wait, in memory (pure) |
//! | `answer.rs` | answering, expiring, cancelling |
//! | `rules.rs` | the rules: kept and replaced; what they mean is `postern_tools::exec::policy` |
//! | `decide.rs` | configuration and conversations in the words of the rules (pure) |
//! | `gate.rs` | what a run gives its tools |
//! | `node_run.rs` | approvals of commands that a node runs |

mod answer;
mod decide;
mod error;
mod gate;
mod node_run;
mod queue;
mod record;
mod rules;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use postern_protocol::access::{Role, Scope};
use postern_protocol::approvals::ApprovalRequested;

pub use self::decide::overrides_of;
pub use self::error::ApprovalError;
pub use self::gate::{Gate, RunScope};
pub use self::node_run::{Granted, NodeRun, NotGranted};
pub use self::record::{ApprovalRecord, ApprovalRequest, DEFAULT_TIMEOUT, Origin, Outcome, Waiting};
pub(crate) use self::rules::KEY as RULES_KEY;
pub use self::rules::RulesView;
pub use postern_tools::exec::policy::{ExecModes, ExecOverrides, shown_as};
pub(crate) use postern_tools::exec::policy::{env_hash, is_broad_pattern, is_usable_pattern};

use self::queue::Queue;
use self::rules::Rules;
use crate::hub::{Hub, Principal};
use crate::options::Clock;
use crate::store::settle::Settler;
use crate::store::{Store, StoreError};
use crate::tasks::Tasks;

/// Handle to the approvals.
#[derive(Clone)]
pub struct Approvals(Arc<Service>);

struct Service {
    queue: Mutex<Queue>,
    rules: Mutex<Rules>,
    store: Store,
    hub: Hub,
    clock: Clock,
    tasks: Tasks,
    settler: Settler,
}

impl std::fmt::Debug for Approvals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Approvals").finish_non_exhaustive()
    }
}

impl Approvals {
    /// Reads the rules. Requests that waited when the gateway stopped are gone,
    /// and so is what asked.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open(store: Store, hub: Hub, clock: Clock, tasks: Tasks) -> Result<Self, StoreError> {
        let rules = Mutex::new(Rules::read(&store).await?);
        let (queue, settler) = (Mutex::default(), Settler::new(tasks.clone(), "approvals"));
        Ok(Self(Arc::new(Service { queue, rules, store, hub, clock, tasks, settler })))
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.0.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody is connected who could answer, other than `besides`.
    #[must_use]
    pub fn has_approver(&self, besides: Option<&Principal>) -> bool {
        self.0.hub.any(|who| {
            who.role == Role::Operator
                && who.scopes.allows(Scope::Approvals)
                && besides.is_none_or(|besides| besides.conn_id != who.conn_id)
        })
    }

    /// Requests that wait, oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<ApprovalRequested> {
        self.expire_due();
        self.queue().waiting().map(|record| record.event.clone()).collect()
    }

    /// One request that waits.
    ///
    /// # Errors
    /// [`ApprovalError::Unknown`] also when it has ended.
    pub fn get(&self, id: &str) -> Result<Arc<ApprovalRecord>, ApprovalError> {
        self.expire_due();
        self.queue().get(id).ok_or(ApprovalError::Unknown)
    }
}
