//! `postern nodes`: the nodes of a gateway.
//!
//! | file | owns |
//! |---|---|
//! | `shown.rs` | lists and descriptions for people |
//! | `decide.rs` | approve, reject, remove, rename |
//! | `invoke.rs` | running a command of a node, and waiting for it |
//! | `tools.rs` | the commands that have words of their own: notify, canvas, camera, screen, location |
//! | `media.rs` | pictures and videos, which go to files |

use postern_protocol::call::{Call as _, NoParams};
use postern_protocol::nodes::{NodeDescribe, NodeList, NodeListResult, NodePairList, NodePairListResult, NodeRow};
use serde_json::{Value, json};

use super::{Context, read};
use crate::args::{NodeOf, NodesArgs, NodesCommand, NodesFilter};
use crate::connection::Connection;
use crate::env::now_ms;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{count, printable};

mod decide;
mod invoke;
mod media;
mod shown;
mod tools;

pub(crate) use self::invoke::explained;

pub(crate) async fn run(cx: &Context, args: &NodesArgs) -> Outcome {
    let everything = NodesCommand::Status(NodesFilter::default());
    match args.command.as_ref().unwrap_or(&everything) {
        NodesCommand::Status(filter) => status(cx, filter).await,
        NodesCommand::List(filter) => list(cx, filter).await,
        NodesCommand::Pending => pending(cx).await,
        NodesCommand::Approve(args) => decide::approve(cx, args).await,
        NodesCommand::Reject(args) => decide::reject(cx, args).await,
        NodesCommand::Remove(args) => decide::remove(cx, args).await,
        NodesCommand::Rename(args) => decide::rename(cx, args).await,
        NodesCommand::Describe(args) => describe(cx, args).await,
        NodesCommand::Invoke(args) => invoke::run(cx, args).await,
        NodesCommand::Notify(args) => tools::notify(cx, args).await,
        NodesCommand::Canvas(command) => tools::canvas(cx, command).await,
        NodesCommand::Camera(command) => tools::camera(cx, command).await,
        NodesCommand::Screen(command) => tools::screen(cx, command).await,
        NodesCommand::Location(command) => tools::location(cx, command).await,
    }
}

async fn status(cx: &Context, filter: &NodesFilter) -> Outcome {
    let wanted = Wanted::of(filter)?;
    let gateway = cx.connect().await?;
    let mut answer = gateway.ask::<NodeList>(&NoParams::default()).await?;
    wanted.keep(&mut answer, "nodes");
    cx.output.answer(&answer, || Ok(shown::status(&read::<NodeListResult>(&answer)?, now_ms())))?;
    gateway.close().await;
    Ok(())
}

/// Requests and approved nodes; the same filters, by what `node.list` knows.
async fn list(cx: &Context, filter: &NodesFilter) -> Outcome {
    let wanted = Wanted::of(filter)?;
    let gateway = cx.connect_to_decide().await?;
    let mut answer = gateway.call(NodePairList::NAME, json!({})).await?;
    let nodes = known(&gateway).await?;
    if let Some(paired) = answer["paired"].as_array_mut() {
        let row = |id: &Value| nodes.iter().find(|node| id.as_str() == Some(node.node_id.as_str()));
        paired.retain(|node| row(&node["nodeId"]).map_or(wanted.is_everything(), |row| wanted.fits(row)));
    }
    let shown = |answer: &Value| -> Outcome<String> {
        let pairing: NodePairListResult = read(answer)?;
        Ok(shown::list(&pairing, &nodes, now_ms()))
    };
    cx.output.answer(&answer, || shown(&answer))?;
    gateway.close().await;
    Ok(())
}

async fn pending(cx: &Context) -> Outcome {
    let gateway = cx.connect_to_decide().await?;
    let mut answer = gateway.call(NodePairList::NAME, json!({})).await?;
    let pending = json!({ "pending": answer["pending"].take() });
    cx.output.answer(&pending, || {
        let list: NodePairListResult = read(&json!({"pending": pending["pending"], "paired": []}))?;
        Ok(if list.pending.is_empty() {
            "No node asks for anything.".to_owned()
        } else {
            shown::pending(&list.pending, now_ms())
        })
    })?;
    gateway.close().await;
    Ok(())
}

async fn describe(cx: &Context, args: &NodeOf) -> Outcome {
    let gateway = cx.connect().await?;
    let node = find(&gateway, &args.node).await?;
    let answer = gateway.call(NodeDescribe::NAME, json!({"nodeId": node.node_id})).await?;
    cx.output.answer(&answer, || Ok(shown::description(&read::<NodeRow>(&answer)?, now_ms())))?;
    gateway.close().await;
    Ok(())
}

/// The nodes that the gateway knows, typed.
async fn known(gateway: &Connection) -> Outcome<Vec<NodeRow>> {
    let answer = gateway.ask::<NodeList>(&NoParams::default()).await?;
    read::<NodeListResult>(&answer).map(|list| list.nodes)
}

/// The node that somebody means.
pub(crate) async fn find(gateway: &Connection, text: &str) -> Outcome<NodeRow> {
    let nodes = known(gateway).await?;
    choose(&nodes, text).cloned()
}

/// The one node whose id is `text` or begins with it, or whose name or address is.
fn choose<'a>(nodes: &'a [NodeRow], text: &str) -> Outcome<&'a NodeRow> {
    let text = text.trim();
    if let Some(exact) = nodes.iter().find(|node| node.node_id == text) {
        return Ok(exact);
    }
    let is = |field: &Option<String>| field.as_ref().is_some_and(|field| field.eq_ignore_ascii_case(text));
    let fits = |node: &&NodeRow| node.node_id.starts_with(text) || is(&node.display_name) || is(&node.remote_ip);
    let found: Vec<&NodeRow> = nodes.iter().filter(fits).collect();
    match (text.is_empty(), found.as_slice()) {
        (false, [one]) => Ok(one),
        (false, [_, _, ..]) => {
            let lines: Vec<String> = found.iter().map(|node| format!("--node {}", named(node))).collect();
            Err(Failure::usage(format!("`{}` fits {}", printable(text), count(found.len(), "node")))
                .hint(lines.join("\n")))
        }
        _ => Err(Failure::new(Exit::Failed, format!("no node is called `{}`", printable(text))).hint(
            match nodes.len() {
                1..=8 => nodes.iter().map(|node| format!("--node {}", named(node))).collect::<Vec<_>>().join("\n"),
                _ => "postern nodes status shows them".to_owned(),
            },
        )),
    }
}

/// What tells a node apart from another one of the same name.
fn named(node: &NodeRow) -> String {
    let name = node.display_name.as_ref().map(|name| format!("  {}", printable(name)));
    let address = node.remote_ip.as_ref().map(|address| format!("  {}", printable(address)));
    format!("{}{}{}", printable(&node.node_id), name.unwrap_or_default(), address.unwrap_or_default())
}

/// Which nodes are listed.
struct Wanted {
    connected: bool,
    since_ms: Option<i64>,
}

impl Wanted {
    fn of(filter: &NodesFilter) -> Outcome<Self> {
        let since = |text: &String| super::logs::since_ms("--last-connected", text, now_ms());
        let since_ms = filter.last_connected.as_ref().map(since).transpose()?;
        Ok(Self { connected: filter.connected, since_ms })
    }

    const fn is_everything(&self) -> bool {
        !self.connected && self.since_ms.is_none()
    }

    fn fits(&self, node: &NodeRow) -> bool {
        let came_since = |since: i64| node.last_connected_at_ms.is_some_and(|came| came >= since);
        node.connected || (!self.connected && self.since_ms.is_none_or(came_since))
    }

    /// Leaves out of a list in an answer what is not wanted.
    fn keep(&self, answer: &mut Value, list: &str) {
        if self.is_everything() {
            return;
        }
        if let Some(rows) = answer[list].as_array_mut() {
            rows.retain(|row| read::<NodeRow>(row).is_ok_and(|row| self.fits(&row)));
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
