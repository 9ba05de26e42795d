//! Puts tool calls together that arrive in pieces.

use serde_json::{Map, Value};

use super::Fault;
use crate::request::ToolCall;

/// More calls than any answer has.
const MAX_CALLS: usize = 128;

struct Pending {
    index: u64,
    id: String,
    name: String,
    arguments: String,
}

/// Calls of one answer, in the order they began.
pub(super) struct ToolCalls {
    max_arguments: usize,
    pending: Vec<Pending>,
    count: usize,
    complete: usize,
}

impl ToolCalls {
    pub(super) fn new(max_arguments: usize) -> Self {
        Self { max_arguments, pending: Vec::new(), count: 0, complete: 0 }
    }

    /// Takes a piece. Without an index it belongs to the last call, unless it has an id of its own. Some servers
    /// number every call 0 and tell them apart by id alone.
    pub(super) fn piece(&mut self, index: Option<u64>, id: &str, name: &str, arguments: &str) -> Result<(), Fault> {
        let place = match index {
            Some(index) => self.pending.iter().rposition(|call| call.index == index),
            None => self.pending.len().checked_sub(1),
        };
        let same = place.filter(|place| {
            let call = &self.pending[*place];
            id.is_empty() || name.is_empty() || call.id.is_empty() || call.id == id
        });
        let place = match same {
            Some(place) => place,
            None => self.begin(index)?,
        };
        let call = &mut self.pending[place];
        if call.id.is_empty() {
            id.clone_into(&mut call.id);
        }
        if call.name.is_empty() {
            name.clone_into(&mut call.name);
        }
        if call.arguments.len() + arguments.len() > self.max_arguments {
            return Err(Fault::TooLarge("the arguments of a tool call"));
        }
        call.arguments.push_str(arguments);
        Ok(())
    }

    /// Whether a call with this index has begun.
    pub(super) fn has(&self, index: u64) -> bool {
        self.pending.iter().any(|call| call.index == index)
    }

    fn begin(&mut self, index: Option<u64>) -> Result<usize, Fault> {
        self.count += 1;
        if self.count > MAX_CALLS {
            return Err(Fault::TooLarge("the number of tool calls"));
        }
        let index = index.unwrap_or(self.pending.len() as u64);
        self.pending.push(Pending { index, id: String::new(), name: String::new(), arguments: String::new() });
        Ok(self.pending.len() - 1)
    }

    /// Whether any call was handed out.
    pub(super) const fn any(&self) -> bool {
        self.complete > 0
    }

    /// How many calls were begun so far.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// Hands out what is complete. `cut` says that the answer reached its length, so that a call whose arguments are
    /// not JSON was only begun, and is dropped.
    pub(super) fn take(&mut self, cut: bool, id_prefix: &str) -> Vec<ToolCall> {
        let first = self.count - self.pending.len();
        let mut calls = Vec::with_capacity(self.pending.len());
        for (n, call) in std::mem::take(&mut self.pending).into_iter().enumerate() {
            let arguments = match arguments(call.arguments) {
                Value::String(_) if cut => continue,
                // A piece that belonged to nothing.
                _ if call.name.is_empty() => continue,
                arguments => arguments,
            };
            let id = if call.id.is_empty() { format!("{id_prefix}{}", first + n) } else { call.id };
            calls.push(ToolCall { id, name: call.name, arguments });
        }
        self.complete += calls.len();
        calls
    }
}

/// Reads arguments; none at all are an empty object, and what is not JSON stays text.
fn arguments(text: String) -> Value {
    if text.trim().is_empty() {
        return Value::Object(Map::new());
    }
    match serde_json::from_str(&text) {
        Ok(value @ Value::Object(_)) => value,
        Ok(Value::Null) => Value::Object(Map::new()),
        _ => Value::String(text),
    }
}

/// Arguments as the object every protocol but OpenAI's wants back.
pub(super) fn as_object(arguments: &Value) -> Value {
    match arguments {
        Value::Object(_) => arguments.clone(),
        other => serde_json::json!({ "invalid": other }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pieces_find_their_call() {
        let mut calls = ToolCalls::new(100);
        calls.piece(Some(0), "a", "read", "").unwrap();
        calls.piece(Some(0), "", "", "{\"x\"").unwrap();
        calls.piece(Some(1), "b", "list", "{}").unwrap();
        calls.piece(Some(0), "", "", ":1}").unwrap();
        let taken = calls.take(false, "p");
        assert_eq!(taken[0], ToolCall { id: "a".into(), name: "read".into(), arguments: json!({"x":1}) });
        assert_eq!(taken[1].arguments, json!({}));
    }

    #[test]
    fn calls_that_share_an_index_are_told_apart_by_id() {
        let mut calls = ToolCalls::new(100);
        calls.piece(Some(0), "a", "read", "{}").unwrap();
        calls.piece(Some(0), "b", "read", "{\"y\":2}").unwrap();
        calls.piece(Some(7), "", "", "stray").unwrap();
        let taken = calls.take(false, "p");
        assert_eq!(taken.len(), 2);
        assert_eq!((taken[1].id.as_str(), &taken[1].arguments), ("b", &json!({"y":2})));
    }

    #[test]
    fn ids_are_made_up_where_none_are_given() {
        let mut calls = ToolCalls::new(100);
        calls.piece(Some(4_294_967_295), "", "read", "").unwrap();
        assert_eq!(calls.take(false, "p")[0].id, "p0");
        calls.piece(None, "", "list", "").unwrap();
        assert_eq!(calls.take(false, "p")[0].id, "p1");
    }

    #[test]
    fn a_call_that_was_cut_is_dropped_and_a_wrong_one_is_shown() {
        let mut calls = ToolCalls::new(100);
        calls.piece(Some(0), "a", "write", "{\"text\":\"unfin").unwrap();
        assert!(calls.take(true, "p").is_empty());
        calls.piece(Some(0), "a", "write", "{oops}").unwrap();
        assert_eq!(calls.take(false, "p")[0].arguments, json!("{oops}"));
    }

    #[test]
    fn calls_are_bounded() {
        let mut calls = ToolCalls::new(10);
        assert!(calls.piece(Some(0), "a", "x", "12345678901").is_err());
        let mut calls = ToolCalls::new(10);
        let refused = (0..1000).find(|n| calls.piece(Some(*n), "", "x", "").is_err());
        assert_eq!(refused, Some(MAX_CALLS as u64));
    }
}
