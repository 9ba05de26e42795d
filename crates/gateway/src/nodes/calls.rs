//! Calls of commands that wait for their node. A mutex for facts: who waits for
//! what, from exactly which connection.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use postern_protocol::nodes::NodeError as NodeFailure;
use serde_json::Value;
use tokio::sync::oneshot;

use super::error::NodeError;

/// Calls of one node that may be under way.
const MAX_PER_NODE: usize = 1_024;

/// What a node answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What came of it.
    pub payload: Option<Value>,
    /// The same as the node's JSON text.
    pub payload_json: Option<String>,
}

/// What a node can tell of a command that it was asked to run, each of it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunNews {
    /// `exec.started`.
    Started,
    /// `exec.finished`.
    Finished,
    /// `exec.denied`.
    Denied,
}

/// Who waits for a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Connection.
    pub conn_id: Arc<str>,
    /// Key of its request.
    pub key: String,
}

/// A call that waits.
#[derive(Debug)]
struct Waiting {
    node_conn: Arc<str>,
    node_id: String,
    command: String,
    caller: Option<Caller>,
    /// Run that the node may tell about while the call waits.
    run_id: Option<String>,
    session_key: Option<String>,
    /// News of the run that the node has told.
    told: Vec<RunNews>,
    inputs: u64,
    progress: u64,
    answer: oneshot::Sender<Result<Answer, NodeFailure>>,
}

/// What a call is, for whoever hears of it while it waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnderWay {
    pub(super) id: String,
    pub(super) node_id: String,
    pub(super) node_conn: Arc<str>,
}

/// A call that is to be made.
#[derive(Debug)]
pub(super) struct NewCall<'a> {
    pub(super) node_id: &'a str,
    pub(super) node_conn: &'a Arc<str>,
    pub(super) command: &'a str,
    pub(super) caller: Option<Caller>,
    pub(super) run_id: Option<String>,
    pub(super) session_key: Option<String>,
}

#[derive(Debug, Default)]
struct Table {
    by_id: HashMap<String, Waiting>,
    per_node: HashMap<Arc<str>, usize>,
}

/// Calls under way.
#[derive(Debug, Clone, Default)]
pub(super) struct Calls(Arc<Mutex<Table>>);

/// A call's place; given back however the call ends.
#[derive(Debug)]
pub(super) struct Place {
    calls: Calls,
    pub(super) id: String,
}

impl Calls {
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to wait.
    pub(super) fn begin(
        &self,
        call: NewCall<'_>,
    ) -> Result<(Place, oneshot::Receiver<Result<Answer, NodeFailure>>), NodeError> {
        let (answer, answered) = oneshot::channel();
        let id = uuid::Uuid::new_v4().to_string();
        let mut table = self.lock();
        let count = table.per_node.entry(Arc::clone(call.node_conn)).or_default();
        if *count >= MAX_PER_NODE {
            return Err(NodeError::Busy);
        }
        *count += 1;
        let waiting = Waiting {
            node_conn: Arc::clone(call.node_conn),
            node_id: call.node_id.to_owned(),
            command: call.command.to_owned(),
            caller: call.caller,
            run_id: call.run_id,
            session_key: call.session_key,
            told: Vec::new(),
            inputs: 0,
            progress: 0,
            answer,
        };
        table.by_id.insert(id.clone(), waiting);
        drop(table);
        Ok((Place { calls: self.clone(), id }, answered))
    }

    /// Takes in an answer. Only the connection that was asked can answer; from
    /// anybody else, and after the end, it counts for nothing. Whether it counted.
    pub(super) fn answer(&self, id: &str, node_conn: &str, outcome: Result<Answer, NodeFailure>) -> bool {
        let waiting = {
            let mut table = self.lock();
            if table.by_id.get(id).is_none_or(|waiting| &*waiting.node_conn != node_conn) {
                return false;
            }
            table.remove(id)
        };
        waiting.is_some_and(|waiting| waiting.answer.send(outcome).is_ok())
    }

    /// Who is to hear of progress, when it is the next part of a call that this
    /// connection was asked.
    pub(super) fn progress(&self, id: &str, node_conn: &str, seq: u64) -> Option<Caller> {
        let mut table = self.lock();
        let waiting = table.by_id.get_mut(id).filter(|waiting| &*waiting.node_conn == node_conn)?;
        if seq < waiting.progress {
            return None;
        }
        waiting.progress = seq + 1;
        waiting.caller.clone()
    }

    /// The call that a caller made under a key, with the number of its next input.
    pub(super) fn input(&self, caller: &Caller) -> Option<(UnderWay, u64)> {
        let mut table = self.lock();
        let (id, waiting) = table.by_id.iter_mut().find(|(_, waiting)| waiting.caller.as_ref() == Some(caller))?;
        let under_way =
            UnderWay { id: id.clone(), node_id: waiting.node_id.clone(), node_conn: Arc::clone(&waiting.node_conn) };
        let seq = waiting.inputs;
        waiting.inputs += 1;
        Some((under_way, seq))
    }

    /// The session that news of a run belongs to, when this connection was asked
    /// to run it and has not told this yet: anything else is made up.
    pub(super) fn session_for(&self, node_conn: &str, run_id: &str, news: RunNews) -> Option<Option<String>> {
        let mut table = self.lock();
        let own = |waiting: &&mut Waiting| {
            &*waiting.node_conn == node_conn
                && waiting.command == "system.run"
                && waiting.run_id.as_deref() == Some(run_id)
        };
        let waiting = table.by_id.values_mut().find(own).filter(|waiting| !waiting.told.contains(&news))?;
        waiting.told.push(news);
        Some(waiting.session_key.clone())
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lock().by_id.len()
    }
}

impl Table {
    fn remove(&mut self, id: &str) -> Option<Waiting> {
        let waiting = self.by_id.remove(id)?;
        if let Some(count) = self.per_node.get_mut(&waiting.node_conn) {
            *count -= 1;
            if *count == 0 {
                self.per_node.remove(&waiting.node_conn);
            }
        }
        Some(waiting)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.calls.lock().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call<'a>(conn: &'a Arc<str>, caller: Option<Caller>) -> NewCall<'a> {
        let run_id = Some("run-1".to_owned());
        NewCall { node_id: "n", node_conn: conn, command: "system.run", caller, run_id, session_key: None }
    }

    fn answer() -> Result<Answer, NodeFailure> {
        Ok(Answer { payload: Some(1.into()), payload_json: None })
    }

    #[tokio::test]
    async fn only_the_connection_that_was_asked_answers_and_only_once() {
        let (calls, conn): (Calls, Arc<str>) = (Calls::default(), "c1".into());
        let (place, answered) = calls.begin(call(&conn, None)).unwrap();
        assert!(!calls.answer(&place.id, "c2", answer()));
        assert!(!calls.answer("other", "c1", answer()));
        assert!(calls.answer(&place.id, "c1", answer()));
        assert!(!calls.answer(&place.id, "c1", answer()));
        assert_eq!(answered.await.unwrap(), answer());
    }

    #[test]
    fn a_place_is_given_back_and_late_answers_count_for_nothing() {
        let (calls, conn): (Calls, Arc<str>) = (Calls::default(), "c1".into());
        let (place, _answered) = calls.begin(call(&conn, None)).unwrap();
        let id = place.id.clone();
        drop(place);
        assert_eq!((calls.len(), calls.lock().per_node.len()), (0, 0));
        assert!(!calls.answer(&id, "c1", answer()));
    }

    #[test]
    fn a_node_has_so_many_calls_under_way() {
        let (calls, conn): (Calls, Arc<str>) = (Calls::default(), "c1".into());
        let mut places: Vec<_> = (0..MAX_PER_NODE).map(|_| calls.begin(call(&conn, None)).unwrap()).collect();
        assert!(matches!(calls.begin(call(&conn, None)), Err(NodeError::Busy)));
        let other: Arc<str> = "c2".into();
        assert!(calls.begin(call(&other, None)).is_ok());
        places.pop();
        assert!(calls.begin(call(&conn, None)).is_ok());
    }

    #[test]
    fn progress_and_input_belong_to_the_two_ends_of_a_call() {
        let (calls, conn): (Calls, Arc<str>) = (Calls::default(), "c1".into());
        let caller = Caller { conn_id: "op".into(), key: "k".into() };
        let (place, _answered) = calls.begin(call(&conn, Some(caller.clone()))).unwrap();
        assert_eq!(calls.progress(&place.id, "c2", 0), None);
        assert_eq!(calls.progress(&place.id, "c1", 0), Some(caller.clone()));
        assert_eq!(calls.progress(&place.id, "c1", 0), None, "a part twice");
        assert_eq!(calls.progress(&place.id, "c1", 5), Some(caller.clone()));
        let seq = |caller: &Caller| calls.input(caller).map(|(_, seq)| seq);
        assert_eq!((seq(&caller), seq(&caller)), (Some(0), Some(1)));
        assert_eq!(seq(&Caller { conn_id: "other".into(), key: "k".into() }), None);
    }

    #[test]
    fn a_node_tells_only_of_runs_that_it_was_asked() {
        let (calls, conn): (Calls, Arc<str>) = (Calls::default(), "c1".into());
        let (_place, _answered) = calls.begin(call(&conn, None)).unwrap();
        assert_eq!(calls.session_for("c1", "run-2", RunNews::Started), None);
        assert_eq!(calls.session_for("c2", "run-1", RunNews::Started), None);
        assert_eq!(calls.session_for("c1", "run-1", RunNews::Started), Some(None));
        assert_eq!(calls.session_for("c1", "run-1", RunNews::Started), None, "the same again");
        assert_eq!(calls.session_for("c1", "run-1", RunNews::Finished), Some(None));
    }
}
