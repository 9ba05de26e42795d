//! Which runs there are: those under way, and those that ended lately. Older
//! ones are in the store.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::handle::RunHandle;

/// Ended runs that stay in memory.
const KEEP: usize = 512;

/// Runs by id.
#[derive(Debug, Default)]
pub(super) struct Registry(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    runs: HashMap<Arc<str>, Arc<RunHandle>>,
    ended: VecDeque<Arc<str>>,
}

impl Registry {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, run_id: &str) -> Option<Arc<RunHandle>> {
        self.lock().runs.get(run_id).cloned()
    }

    /// Claims the id of `run` for it, or gives the run that has it.
    pub(super) fn claim(&self, run: &Arc<RunHandle>) -> Result<(), Arc<RunHandle>> {
        let mut known = self.lock();
        if let Some(other) = known.runs.get(&run.run_id) {
            return Err(Arc::clone(other));
        }
        known.runs.insert(Arc::clone(&run.run_id), Arc::clone(run));
        Ok(())
    }

    /// Gives an id back: the run was not accepted.
    pub(super) fn release(&self, run: &Arc<RunHandle>) {
        let mut known = self.lock();
        if known.runs.get(&run.run_id).is_some_and(|other| Arc::ptr_eq(other, run)) {
            known.runs.remove(&run.run_id);
        }
    }

    /// Notes that a run is over; the oldest such runs are forgotten.
    pub(super) fn ended(&self, run: &RunHandle) {
        let mut known = self.lock();
        known.ended.push_back(Arc::clone(&run.run_id));
        while known.ended.len() > KEEP {
            if let Some(oldest) = known.ended.pop_front() {
                known.runs.remove(&oldest);
            }
        }
    }

    /// How many runs are not over.
    pub(super) fn live(&self) -> usize {
        self.lock().runs.values().filter(|run| !run.state().is_over()).count()
    }
}
