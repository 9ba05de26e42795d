//! What happens to a session: settings, resets, shortening, removal.

use std::sync::Arc;

use postern_protocol::Dialect;
use postern_protocol::access::{Role, Scope};
use postern_protocol::sessions::SessionPatch;
use serde_json::json;

use super::Place;
use crate::hub::Conn;
use crate::hub::tests::principal;
use crate::sessions::{SessionError, SessionRecord};
use crate::store::{Change, Table};

fn patch(value: serde_json::Value) -> SessionPatch {
    serde_json::from_value(value).unwrap()
}

#[tokio::test]
async fn settings_are_durable_and_a_refused_patch_changes_nothing() {
    let place = Place::new().await;
    let (a, b) = (place.key("a"), place.key("b"));
    let done = place.sessions.patch(&a, patch(json!({"label": "Door", "thinkingLevel": "high"})), None).unwrap();
    assert!(done.created);
    place.sessions.settle(&a, done.commit).await.unwrap();
    let taken = place.sessions.patch(&b, patch(json!({"label": "Door"})), None).unwrap_err();
    assert_eq!(taken.to_string(), "label already in use: Door");
    assert!(place.sessions.get(b.as_str()).is_none());
    assert!(place.sessions.patch(&a, patch(json!({"pinned": true, "verboseLevel": "loud"})), None).is_err());
    let other = place.sessions.patch(&a, patch(json!({"pinned": true})), Some("another")).unwrap_err();
    assert!(matches!(other, SessionError::Replaced(_)));
    let place = place.again().await;
    let record = place.sessions.get(a.as_str()).unwrap().record;
    assert_eq!((record.label.as_deref(), record.pinned), (Some("Door"), false));
    let same = place.sessions.patch(&a, patch(json!({"label": "Door"})), Some(&record.session_id)).unwrap();
    assert!(!same.created);
    place.sessions.settle(&a, same.commit).await.unwrap();
}

#[tokio::test]
async fn a_reset_begins_anew_and_keeps_what_is_set() {
    let place = Place::new().await;
    let key = place.key("a");
    place.say(&key, &["one", "two"]).await;
    let done = place.sessions.patch(&key, patch(json!({"label": "Door"})), None).unwrap();
    place.sessions.settle(&key, done.commit).await.unwrap();
    let before = place.sessions.get(key.as_str()).unwrap().record;
    let (record, commit) = place.sessions.reset(&key);
    place.sessions.settle(&key, commit).await.unwrap();
    assert_ne!(record.session_id, before.session_id);
    assert_eq!((record.last_seq, record.label.as_deref(), &record.first_words), (0, Some("Door"), &None));
    assert!(place.sessions.tail(&record, 9).await.unwrap().is_empty());
    assert_eq!(place.sessions.tail(&before, 9).await.unwrap().len(), 2, "the old one is still there");
    assert!(place.sessions.by_session_id(&before.session_id).is_none());
    place.say(&key, &["three"]).await;
    // Far more resets than transcripts that are kept.
    for _ in 0..30 {
        let (_, commit) = place.sessions.reset(&key);
        place.sessions.settle(&key, commit).await.unwrap();
    }
    assert!(place.sessions.tail(&before, 9).await.unwrap().is_empty(), "the oldest went");
}

#[tokio::test]
async fn shortening_hides_and_never_deletes() {
    let place = Place::new().await;
    let key = place.key("a");
    place.say(&key, &["one", "two", "three", "four"]).await;
    let (record, commit) = place.sessions.cut(&key, 3).unwrap();
    place.sessions.settle(&key, commit).await.unwrap();
    assert_eq!((record.visible_messages(), record.hidden_to, record.compactions), (3, 1, 1));
    assert!(place.sessions.cut(&key, 3).is_none(), "there are no more");
    let summary = || "It was about four.".to_owned();
    let appended = place.sessions.replace_by_summary(&key, &record.session_id, record.last_seq, summary()).unwrap();
    place.sessions.settle(&key, appended.commit).await.unwrap();
    let record = appended.record;
    let rows = place.sessions.tail(&record, 9).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].0.role, "compaction");
    assert!(rows[0].read().unwrap().words().contains("about four"));
    let everything = crate::store::Page { after: 0, before: i64::MAX, limit: 99 };
    assert_eq!(place.store.transcript_page(&record.session_id, everything).await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_removed_session_takes_all_its_transcripts_along() {
    let place = Place::new().await;
    let key = place.key("a");
    place.say(&key, &["one"]).await;
    let first = place.sessions.get(key.as_str()).unwrap().record;
    let (_, commit) = place.sessions.reset(&key);
    place.sessions.settle(&key, commit).await.unwrap();
    place.say(&key, &["two"]).await;
    let second = place.remove(&key, true).await.unwrap();
    assert!(place.sessions.get(key.as_str()).is_none());
    for record in [&first, &second] {
        assert!(place.sessions.tail(record, 9).await.unwrap().is_empty());
    }
    assert!(place.remove(&key, true).await.is_none());
    // The name can be used again.
    place.say(&key, &["anew"]).await;
    let place = place.again().await;
    assert_eq!(place.sessions.get(key.as_str()).unwrap().record.last_seq, 1);
    let kept = place.remove(&key, false).await.unwrap();
    assert_eq!(place.sessions.tail(&kept, 9).await.unwrap().len(), 1, "only what was asked for goes");
}

/// A model takes its time; meanwhile anything may happen to what it sums up.
#[tokio::test]
async fn a_summary_never_lands_in_another_conversation() {
    let place = Place::new().await;
    let key = place.key("a");
    place.say(&key, &["one", "two", "three"]).await;
    let old = place.sessions.get(key.as_str()).unwrap().record;
    let summary = || place.sessions.replace_by_summary(&key, &old.session_id, old.last_seq, "old".to_owned());
    let (_, commit) = place.sessions.reset(&key);
    place.sessions.settle(&key, commit).await.unwrap();
    place.say(&key, &["new"]).await;
    assert!(summary().is_none(), "it was begun anew");
    let record = place.sessions.get(key.as_str()).unwrap().record;
    assert_eq!((record.visible_messages(), record.hidden_to), (1, 0));
    place.remove(&key, true).await.unwrap();
    assert!(summary().is_none(), "it is gone");
    assert!(place.sessions.cut(&key, 0).is_none());
    assert!(place.sessions.get(key.as_str()).is_none(), "and stays gone");
}

#[tokio::test]
async fn what_was_shortened_meanwhile_is_not_summed_up_again() {
    let place = Place::new().await;
    let key = place.key("a");
    place.say(&key, &["one", "two", "three"]).await;
    let old = place.sessions.get(key.as_str()).unwrap().record;
    let summary = || place.sessions.replace_by_summary(&key, &old.session_id, old.last_seq, "all".to_owned());
    let first = summary().unwrap();
    place.sessions.settle(&key, first.commit).await.unwrap();
    assert!(summary().is_none());
    assert_eq!(place.sessions.get(key.as_str()).unwrap().record.visible_messages(), 1);
}

/// Whoever deletes waits for runs to end, and judges what is there then.
#[tokio::test]
async fn what_was_begun_anew_meanwhile_is_not_removed() {
    let place = Place::new().await;
    let key = place.key("a");
    place.say(&key, &["one"]).await;
    let old = place.sessions.get(key.as_str()).unwrap().record;
    let (_, commit) = place.sessions.reset(&key);
    place.sessions.settle(&key, commit).await.unwrap();
    let is_old = |record: &SessionRecord| {
        (record.session_id == old.session_id).then_some(()).ok_or(SessionError::Replaced(record.key.clone()))
    };
    assert!(matches!(place.sessions.remove(&key, is_old, true), Err(SessionError::Replaced(_))));
    assert!(place.sessions.get(key.as_str()).is_some());
}

/// A write fails; while the session is read from the disk again, it changes once more.
#[tokio::test]
async fn what_changes_after_a_failed_write_stays() {
    let place = Place::new().await;
    let key = place.key("a");
    place.say(&key, &["one"]).await;
    let broken = Change::Put { table: Table::Meta, key: "x".to_owned(), body: "no JSON".to_owned() };
    let label = |text: &str| Some(text.to_owned());
    let ((), _, failing) = place.sessions.change(&key, vec![broken], |record| record.label = label("refused"));
    let mut settling = Box::pin(place.sessions.settle(&key, failing));
    assert!(futures_util::poll!(&mut settling).is_pending());
    // Behind the one that fails, so that reading again is under way.
    place.store.enqueue(Vec::new()).await.unwrap();
    assert!(futures_util::poll!(&mut settling).is_pending());
    let ((), _, commit) = place.sessions.change(&key, Vec::new(), |record| record.pinned = true);
    assert!(settling.await.is_err());
    place.sessions.settle(&key, commit).await.unwrap();
    assert!(place.sessions.get(key.as_str()).unwrap().record.pinned);
}

#[tokio::test]
async fn a_failed_write_is_taken_back() {
    let place = Place::new().await;
    let key = place.key("a");
    let broken = || Change::Put { table: Table::Meta, key: "x".to_owned(), body: "no JSON".to_owned() };
    let ((), _, failing) = place.sessions.change(&key, vec![broken()], |record| record.pinned = true);
    assert!(place.sessions.settle(&key, failing).await.is_err());
    assert!(place.sessions.get(key.as_str()).is_none());
    place.say(&key, &["one"]).await;
    let ((), _, failing) = place.sessions.change(&key, vec![broken()], |record| record.pinned = true);
    assert!(place.sessions.settle(&key, failing).await.is_err());
    assert!(!place.sessions.get(key.as_str()).unwrap().record.pinned);
}

/// Whoever keeps a list hears last what is true: also of a conversation that was begun anew before its removal was told.
#[tokio::test]
async fn a_removal_that_is_told_late_hides_nothing_that_was_begun_anew() {
    let place = Place::new().await;
    let key = place.key("a");
    let told = |conn: &Conn| {
        let mut reasons = Vec::new();
        conn.outbox.drain(usize::MAX, |frame| {
            let head = format!("{}}}", std::str::from_utf8(&frame.head).unwrap());
            let head: serde_json::Value = serde_json::from_str(&head).unwrap();
            reasons.push(head["payload"]["reason"].as_str().unwrap().to_owned());
        });
        reasons
    };
    let listener = Arc::new(Conn::new(principal(Role::Operator, &[Scope::Admin], Dialect::V4), 1 << 20));
    place.sessions.0.hub.register(&listener);
    place.sessions.0.hub.subscribe_list(&listener.principal.conn_id, true);
    place.say(&key, &["one"]).await;
    let removed = place.remove(&key, true).await.unwrap();
    place.sessions.announce_removed(&removed);
    assert_eq!(told(&listener), ["delete"]);
    place.say(&key, &["anew"]).await;
    place.sessions.announce_removed(&removed);
    assert_eq!(told(&listener), ["delete", "create"]);
}
