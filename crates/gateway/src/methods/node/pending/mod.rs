//! Methods under `node.pending.`.

mod ack;
mod drain;
mod enqueue;
mod pull;

use postern_protocol::nodes::NodePendingPullResult;

use crate::nodes::Waiting;

fn told(node_id: &str, waiting: Waiting) -> NodePendingPullResult {
    let Waiting { revision, items, has_more } = waiting;
    NodePendingPullResult { node_id: node_id.to_owned(), revision, items, has_more }
}
