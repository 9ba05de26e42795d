//! Taking in what came of writes, in the order in which they were decided.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::{Commit, Pending, StoreError};
use crate::tasks::Tasks;

/// Tells one service what came of its writes, one after the other. Writes that
/// share a flush are answered at once; whoever publishes what they decided would
/// otherwise publish it in any order.
#[derive(Clone)]
pub(crate) struct Settler {
    tasks: Tasks,
    name: &'static str,
    /// Bounded by what may wait for the store. `None` while no task serves it.
    line: Arc<Mutex<Option<VecDeque<Decided>>>>,
}

struct Decided {
    commit: Commit,
    settle: Box<dyn FnOnce(bool) + Send>,
    done: oneshot::Sender<Result<(), StoreError>>,
}

impl fmt::Debug for Settler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settler").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Settler {
    pub(crate) fn new(tasks: Tasks, name: &'static str) -> Self {
        Self { tasks, name, line: Arc::default() }
    }

    /// Has `settle` told whether the batch is durable, after those that were handed
    /// in before and before whoever awaits what is returned. To be called under the
    /// lock under which the batch was queued.
    ///
    /// In a task of its own: whoever asked may go away, the write goes on, and memory
    /// must say what came of it.
    pub(crate) fn settled(&self, commit: Commit, settle: impl FnOnce(bool) + Send + 'static) -> Commit {
        let (done, settled) = oneshot::channel();
        let decided = Decided { commit, settle: Box::new(settle), done };
        let mut line = self.lock();
        if let Some(waiting) = line.as_mut() {
            waiting.push_back(decided);
        } else {
            *line = Some(VecDeque::from([decided]));
            // Ends when nothing waits, so that it does not hold up a shutdown.
            self.tasks.spawn(self.name, self.clone().serve());
        }
        Commit(Pending::Waiting(settled))
    }

    fn lock(&self) -> MutexGuard<'_, Option<VecDeque<Decided>>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<Decided> {
        let mut line = self.lock();
        let next = line.as_mut().and_then(VecDeque::pop_front);
        if next.is_none() {
            *line = None;
        }
        next
    }

    async fn serve(self) {
        while let Some(Decided { commit, settle, done }) = self.next() {
            let outcome = commit.await;
            let stored = outcome.is_ok();
            // One that panics must not leave all others unanswered.
            if catch_unwind(AssertUnwindSafe(|| settle(stored))).is_err() {
                tracing::error!(service = self.name, "Taking in what came of a write panicked.");
            }
            // Nobody may be waiting any more.
            drop(done.send(outcome));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending() -> (oneshot::Sender<Result<(), StoreError>>, Commit) {
        let (answer, waiting) = oneshot::channel();
        (answer, Commit(Pending::Waiting(waiting)))
    }

    async fn let_others_run() {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn writes_are_taken_in_as_they_were_decided_however_they_are_answered() {
        let settler = Settler::new(Tasks::default(), "test");
        let order = Arc::new(Mutex::new(Vec::new()));
        let note = |number: u8| {
            let order = Arc::clone(&order);
            move |stored: bool| order.lock().unwrap().push((number, stored))
        };
        let ((first, one), (second, two)) = (pending(), pending());
        let one = settler.settled(one, note(1));
        let two = settler.settled(two, note(2));
        second.send(Ok(())).unwrap();
        let_others_run().await;
        assert!(order.lock().unwrap().is_empty());
        drop(one);
        first.send(Err(StoreError::Busy)).unwrap();
        two.await.unwrap();
        assert_eq!(*order.lock().unwrap(), [(1, false), (2, true)]);
    }

    #[tokio::test]
    async fn one_that_panics_takes_no_other_along_and_the_task_ends() {
        let tasks = Tasks::default();
        let settler = Settler::new(tasks.clone(), "test");
        let ((first, one), (second, two)) = (pending(), pending());
        let one = settler.settled(one, |_| panic!("on purpose"));
        let two = settler.settled(two, |_| ());
        first.send(Ok(())).unwrap();
        second.send(Ok(())).unwrap();
        assert_eq!((one.await, two.await), (Ok(()), Ok(())));
        tasks.ended().await;
        assert!(settler.lock().is_none());
    }
}
