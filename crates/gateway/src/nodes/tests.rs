//! The service without a wire: what a failing store leaves behind.

use std::collections::BTreeMap;
use std::sync::Arc;

use postern_protocol::Dialect;
use postern_protocol::access::Role;
use postern_protocol::close::CloseReason;
use postern_protocol::identity::DeviceId;
use postern_protocol::nodes::NodeApproval;
use tokio::task::JoinSet;

use super::{NodeError, Nodes, Origin};
use crate::config::{Config, LiveConfig};
use crate::hub::tests::principal;
use crate::hub::{Conn, Declared, Hub};
use crate::options::Clock;
use crate::store::{Change, Store, Table};
use crate::tasks::Tasks;

fn node(name: &str) -> Arc<Conn> {
    let mut who = principal(Role::Node, &[], Dialect::V4);
    who.device_id = Some(DeviceId::from_stored(name.to_owned()));
    let commands = vec!["system.notify".to_owned()];
    who.declared = Some(Box::new(Declared { commands, permissions: BTreeMap::new(), ..Declared::default() }));
    Arc::new(Conn::new(who, 10_000))
}

/// A store that takes no writes any more: the node is there, and nothing of it is approved.
#[tokio::test]
async fn a_node_that_cannot_be_written_down_is_listed_while_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let opened = Store::open(&folder.path().join("postern.sqlite")).await.unwrap();
    let (store, tasks, hub) = (opened.store, Tasks::default(), Hub::default());
    let config = LiveConfig::from(Arc::new(Config::default()));
    let nodes = Nodes::open(store.clone(), hub.clone(), Clock::new(|| 1), (tasks, config)).await.unwrap();
    drop(opened.writer);
    let conn = node("n1");
    hub.register(&conn);
    nodes.arrive(&conn, &Origin { is_trusted: true, platform: Some("linux".to_owned()), ..Origin::default() });
    while nodes.lock().records.get("n1").is_some() {
        tokio::task::yield_now().await;
    }
    let rows = nodes.list(&[]);
    assert_eq!((rows.len(), rows[0].connected, rows[0].approval_state), (1, true, Some(NodeApproval::Unapproved)));
    assert!(nodes.describe("n1", &[]).is_ok() && nodes.check("n1", "system.notify").is_err());
    nodes.leave(&conn);
    assert_eq!((nodes.list(&[]).len(), nodes.lock().seen.len()), (0, 0));
}

/// What cannot be read may have been a refusal: the node is asked about, however trusted it is.
#[tokio::test]
async fn a_damaged_row_approves_nothing_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    let opened = Store::open(&folder.path().join("postern.sqlite")).await.unwrap();
    let (store, tasks, hub) = (opened.store, Tasks::default(), Hub::default());
    let mut writing = JoinSet::new();
    writing.spawn(opened.writer.run());
    let damaged = Change::Put { table: Table::Nodes, key: "n1".to_owned(), body: "{}".to_owned() };
    store.enqueue(vec![damaged]).await.unwrap();
    let config = LiveConfig::from(Arc::new(Config::default()));
    let nodes = Nodes::open(store, hub.clone(), Clock::new(|| 1), (tasks, config)).await.unwrap();
    let conn = node("n1");
    hub.register(&conn);
    nodes.arrive(&conn, &Origin { is_trusted: true, platform: Some("linux".to_owned()), ..Origin::default() });
    assert_eq!(nodes.list(&[])[0].approval_state, Some(NodeApproval::PendingApproval));
}

/// What was seen is noted with the whole row: not while a decision about it is on its way to the disk.
#[tokio::test]
async fn a_note_waits_for_a_decision_that_is_being_written() {
    let folder = tempfile::tempdir().unwrap();
    let opened = Store::open(&folder.path().join("postern.sqlite")).await.unwrap();
    let (store, hub) = (opened.store, Hub::default());
    let mut writing = JoinSet::new();
    let config = LiveConfig::from(Arc::new(Config::default()));
    let nodes = Nodes::open(store.clone(), hub.clone(), Clock::new(|| 1), (Tasks::default(), config)).await.unwrap();
    let conn = node("n1");
    hub.register(&conn);
    nodes.arrive(&conn, &Origin::default());
    nodes.flush_seen();
    assert!(nodes.lock().unwritten.contains("n1"), "its record is not on the disk yet");
    writing.spawn(opened.writer.run());
    while nodes.lock().records.settled("n1").is_none() {
        tokio::task::yield_now().await;
    }
    nodes.flush_seen();
    assert!(nodes.lock().unwritten.is_empty());
}

/// A call that could not leave may be made again; one that left may have been done.
#[tokio::test]
async fn a_node_that_is_being_closed_is_not_called() {
    let folder = tempfile::tempdir().unwrap();
    let opened = Store::open(&folder.path().join("postern.sqlite")).await.unwrap();
    let (tasks, hub) = (Tasks::default(), Hub::default());
    let config = LiveConfig::from(Arc::new(Config::default()));
    let nodes = Nodes::open(opened.store, hub.clone(), Clock::new(|| 1), (tasks, config)).await.unwrap();
    let conn = node("n1");
    hub.register(&conn);
    nodes.arrive(&conn, &Origin { is_trusted: true, platform: Some("linux".to_owned()), ..Origin::default() });
    nodes.check("n1", "system.notify").unwrap();
    conn.outbox.close(CloseReason::replaced(), false);
    let refused = nodes.check("n1", "system.notify");
    assert!(matches!(refused, Err(NodeError::NotConnected { dispatched: false })), "{refused:?}");
}
