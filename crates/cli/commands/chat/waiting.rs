//! Commands that wait for an answer. One of them is on the screen, and only that
//! one can be answered.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use postern_protocol::approvals::ApprovalRequested;

/// How long a command is on the screen before an answer can be meant for it:
/// what was typed sooner was meant for what stood there before.
const SEEN: Duration = Duration::from_millis(700);

/// Requests of this session, oldest first.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    requests: VecDeque<ApprovalRequested>,
    /// The one on the screen, and since when.
    shown: Option<(String, Instant)>,
    /// When the last one went.
    emptied: Option<Instant>,
}

/// What an answer means.
#[derive(Debug, PartialEq)]
pub(super) enum Meant {
    /// This request, which was on the screen.
    One(Box<ApprovalRequested>),
    /// The one on the screen had just come up; it is to be shown once more.
    TooSoon,
    /// The request went a moment ago, and nothing waits behind it.
    Gone,
    /// No request at all: it is a message.
    Nothing,
}

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// Whether it waits behind another one.
    pub(super) fn is_behind(&self, id: &str) -> bool {
        self.requests.iter().skip(1).any(|one| one.id == id)
    }

    /// Takes a request; false when it is known.
    pub(super) fn add(&mut self, one: ApprovalRequested) -> bool {
        let is_new = self.requests.iter().all(|known| known.id != one.id);
        if is_new {
            self.requests.push_back(one);
        }
        is_new
    }

    /// Keeps those that still wait; whether any went.
    pub(super) fn keep(&mut self, now: Instant, waits: impl Fn(&ApprovalRequested) -> bool) -> bool {
        let before = self.requests.len();
        self.requests.retain(waits);
        let went = self.requests.len() < before;
        if went && self.requests.is_empty() {
            self.emptied = Some(now);
        }
        went
    }

    /// The request that has to appear on the screen now, if another one is there.
    pub(super) fn show(&mut self, now: Instant) -> Option<&ApprovalRequested> {
        let first = self.requests.front()?;
        if self.shown.as_ref().is_some_and(|(id, _)| *id == first.id) {
            return None;
        }
        self.shown = Some((first.id.clone(), now));
        Some(first)
    }

    /// What an answer that was typed then is about.
    pub(super) fn meant(&mut self, typed: Instant) -> Meant {
        let Some(first) = self.requests.front() else {
            let just_gone = self.emptied.is_some_and(|gone| typed < gone + SEEN);
            return if just_gone { Meant::Gone } else { Meant::Nothing };
        };
        match &self.shown {
            Some((id, since)) if *id == first.id && typed >= *since + SEEN => Meant::One(Box::new(first.clone())),
            _ => {
                self.shown = None;
                Meant::TooSoon
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(id: &str) -> ApprovalRequested {
        let request = json!({"command": format!("run {id}")});
        let value = json!({"id": id, "request": request, "createdAtMs": 1, "expiresAtMs": 2});
        serde_json::from_value(value).unwrap()
    }

    fn answered(meant: Meant) -> String {
        match meant {
            Meant::One(one) => one.id,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn an_answer_counts_for_the_command_on_the_screen_only() {
        let (mut waiting, begin) = (Waiting::default(), Instant::now());
        let at = |millis| begin + Duration::from_millis(millis);
        assert!(waiting.add(request("a1")) && !waiting.add(request("a1")));
        assert_eq!(waiting.show(at(0)).unwrap().id, "a1");
        assert_eq!(answered(waiting.meant(at(1_000))), "a1");
        // `y` is typed for a1; before it is read a1 goes, and a2 is in its place.
        assert!(waiting.keep(at(2_000), |one| one.id != "a1"));
        waiting.add(request("a2"));
        assert_eq!(waiting.show(at(2_000)).unwrap().id, "a2");
        assert_eq!(waiting.meant(at(1_990)), Meant::TooSoon);
        assert_eq!(waiting.show(at(2_010)).unwrap().id, "a2", "it is shown once more");
        assert_eq!(waiting.meant(at(2_700)), Meant::TooSoon);
        assert_eq!(waiting.show(at(2_701)).unwrap().id, "a2");
        assert_eq!(waiting.show(at(2_702)), None);
        assert_eq!(answered(waiting.meant(at(3_401))), "a2");
    }

    #[test]
    fn the_next_one_appears_when_the_first_is_decided() {
        let (mut waiting, begin) = (Waiting::default(), Instant::now());
        let at = |millis| begin + Duration::from_millis(millis);
        waiting.add(request("a1"));
        waiting.show(at(0));
        waiting.add(request("a2"));
        assert_eq!(waiting.show(at(10)), None, "a1 is on the screen");
        waiting.keep(at(5_000), |one| one.id != "a1");
        assert_eq!(waiting.meant(at(5_000)), Meant::TooSoon, "a2 was never on the screen");
        assert_eq!(waiting.show(at(5_000)).unwrap().id, "a2");
        assert_eq!(answered(waiting.meant(at(5_700))), "a2");
    }

    #[test]
    fn an_answer_to_what_just_went_is_no_message() {
        let (mut waiting, begin) = (Waiting::default(), Instant::now());
        assert_eq!(waiting.meant(begin), Meant::Nothing);
        waiting.add(request("a1"));
        waiting.show(begin);
        assert!(!waiting.keep(begin, |_| true));
        waiting.keep(begin + Duration::from_secs(5), |_| false);
        assert_eq!(waiting.meant(begin + Duration::from_millis(5_300)), Meant::Gone);
        assert_eq!(waiting.meant(begin + Duration::from_millis(5_700)), Meant::Nothing);
    }
}
