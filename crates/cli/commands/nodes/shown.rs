//! Nodes as people read them. Ids are cut to what tells them apart; strangers'
//! words cannot move the cursor.

use postern_protocol::nodes::{
    NodeApproval, NodeHostStats, NodeListResult, NodePairListResult, NodePairRequested, NodeRow, PairedNode,
};

use crate::output::{ago, count, printable};
use crate::table::{Table, cut, distinct_length, grouped};

pub(super) fn status(list: &NodeListResult, now_ms: i64) -> String {
    if list.nodes.is_empty() {
        return "No node.\n  Add one: postern pair --node makes a code, which postern node run --pair CODE takes on the computer\n  \
                (a phone's app takes the one of postern pair)"
            .to_owned();
    }
    let here = list.nodes.iter().filter(|node| node.connected).count();
    let mut parts = vec![format!("{}, {here} connected", count(list.nodes.len(), "node")), table(&list.nodes, now_ms)];
    if list.nodes.iter().any(|node| node.pending_request_id.is_some()) {
        parts.push("  Some wait for an approval: postern nodes pending".to_owned());
    }
    parts.join("\n")
}

pub(super) fn list(pairing: &NodePairListResult, nodes: &[NodeRow], now_ms: i64) -> String {
    let mut parts = Vec::new();
    if !pairing.pending.is_empty() {
        parts.push(format!("Waiting for approval\n{}", pending(&pairing.pending, now_ms)));
    }
    let approved: Vec<NodeRow> = pairing.paired.iter().map(|node| row_of(node, nodes)).collect();
    if approved.is_empty() {
        parts.push("No node is approved.".to_owned());
    } else {
        parts.push(format!("Approved\n{}", table(&approved, now_ms)));
    }
    parts.join("\n\n")
}

/// An approved node as a row, with what was approved although it is away.
fn row_of(node: &PairedNode, nodes: &[NodeRow]) -> NodeRow {
    let known = nodes.iter().find(|row| row.node_id == node.node_id).cloned().unwrap_or_else(|| NodeRow {
        node_id: node.node_id.clone(),
        display_name: node.display_name.clone(),
        platform: node.platform.clone(),
        remote_ip: node.remote_ip.clone(),
        last_seen_at_ms: node.last_connected_at_ms,
        ..NodeRow::default()
    });
    match &node.commands {
        Some(commands) if !known.connected => NodeRow { commands: commands.clone(), ..known },
        _ => known,
    }
}

pub(super) fn pending(pending: &[NodePairRequested], now_ms: i64) -> String {
    let requests = distinct_length(pending.iter().map(|request| request.request_id.as_str()));
    let nodes = distinct_length(pending.iter().map(|request| request.node_id.as_str()));
    let mut table = Table::new(["REQUEST", "NODE", "NAME", "PLATFORM", "ADDRESS", "COMMANDS", "ASKED"]);
    for request in pending {
        table.row([
            cut(&request.request_id, requests),
            cut(&request.node_id, nodes),
            request.display_name.clone().unwrap_or_default(),
            request.platform.clone().unwrap_or_default(),
            request.remote_ip.clone().unwrap_or_default(),
            request.commands.as_deref().unwrap_or_default().join(", "),
            ago(request.ts, now_ms),
        ]);
    }
    format!("{}\n  Let agents use one with: postern nodes approve REQUEST", table.render())
}

fn table(nodes: &[NodeRow], now_ms: i64) -> String {
    let length = distinct_length(nodes.iter().map(|node| node.node_id.as_str()));
    let mut table = Table::new(["NODE", "NAME", "PLATFORM", "VERSION", "ADDRESS", "STATE", "COMMANDS", "SEEN"]);
    for node in nodes {
        table.row([
            cut(&node.node_id, length),
            node.display_name.clone().unwrap_or_default(),
            node.platform.clone().unwrap_or_default(),
            node.version.clone().unwrap_or_default(),
            node.remote_ip.clone().unwrap_or_default(),
            state(node).to_owned(),
            if node.commands.is_empty() { String::new() } else { node.commands.len().to_string() },
            seen(node, now_ms),
        ]);
    }
    table.render()
}

/// Connected is who is connected as a node, and usable is another matter.
fn state(node: &NodeRow) -> &'static str {
    match (node.connected, node.approval_state) {
        (false, _) => "away",
        (true, Some(NodeApproval::PendingApproval | NodeApproval::Unapproved)) => "connected, not approved",
        (true, Some(NodeApproval::PendingReapproval)) => "connected, asks for more",
        (true, _) => "connected",
    }
}

fn seen(node: &NodeRow, now_ms: i64) -> String {
    if node.connected {
        return "now".to_owned();
    }
    node.last_seen_at_ms.map(|then| ago(then, now_ms)).unwrap_or_default()
}

pub(super) fn description(node: &NodeRow, now_ms: i64) -> String {
    let mut lines = Vec::new();
    let mut fact = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            lines.push(format!("{name:<12}  {}", printable(value)));
        }
    };
    fact("node", node.display_name.as_deref());
    fact("id", Some(&grouped(&node.node_id)));
    fact("state", Some(state(node)));
    fact("seen", Some(&seen(node, now_ms)));
    fact("platform", node.platform.as_deref());
    fact("version", node.version.as_deref());
    fact("model", node.model_identifier.as_deref());
    fact("address", node.remote_ip.as_deref());
    fact("client", node.client_id.as_deref());
    fact("approved", node.approved_at_ms.map(|then| ago(then, now_ms)).as_deref());
    fact("has", Some(&node.caps.join(", ")));
    fact("may", Some(&node.commands.join(", ")));
    let waits = node.pending_declared_commands.as_deref().unwrap_or_default();
    let more: Vec<&str> = waits.iter().filter(|word| !node.commands.contains(word)).map(String::as_str).collect();
    fact("asks for", Some(&more.join(", ")));
    fact("request", node.pending_request_id.as_deref());
    for (name, granted) in node.permissions.iter().flatten() {
        fact("permission", Some(&format!("{name}: {}", if *granted { "granted" } else { "not granted" })));
    }
    if let Some(stats) = &node.host_stats {
        fact("machine", Some(&machine(stats)));
    }
    if node.active == Some(true) {
        fact("note", Some("the computer that was used last"));
    }
    lines.join("\n")
}

fn machine(stats: &NodeHostStats) -> String {
    const GB: f64 = 1e9;
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit after the point")]
    let gigabytes = |bytes: u64| bytes as f64 / GB;
    let used = |total: u64, free: u64| {
        format!("{:.1} of {:.1} GB used", gigabytes(total.saturating_sub(free)), gigabytes(total))
    };
    let mut parts = vec![count(usize::try_from(stats.cpu_count).unwrap_or(usize::MAX), "processor")];
    parts.extend(stats.load_average.map(|[load, ..]| format!("load {load:.2}")));
    parts.push(format!("memory {}", used(stats.memory_total_bytes, stats.memory_free_bytes)));
    if let (Some(total), Some(free)) = (stats.disk_total_bytes, stats.disk_available_bytes) {
        parts.push(format!("disk {}", used(total, free)));
    }
    parts.join(", ")
}

/// What an approver is shown: everything that is asked, and which of it is new.
pub(super) fn request(request: &NodePairRequested, approved: Option<&PairedNode>, now_ms: i64) -> String {
    let or_unknown = |text: Option<&String>| text.map_or_else(|| "unknown".to_owned(), |text| printable(text));
    let name = or_unknown(request.display_name.as_ref());
    let mut lines = vec![
        format!("  node      {name}"),
        format!("  id        {}", grouped(&printable(&request.node_id))),
        format!("  address   {}", or_unknown(request.remote_ip.as_ref())),
        format!("  client    {}", or_unknown(request.client_id.as_ref())),
        format!("  platform  {}", or_unknown(request.platform.as_ref())),
    ];
    let held = approved.and_then(|node| node.commands.as_deref()).unwrap_or_default();
    let asked = request.commands.as_deref().unwrap_or_default();
    let (kept, added): (Vec<&String>, Vec<&String>) = asked.iter().partition(|word| held.contains(word));
    let words = |list: &[&String]| list.iter().map(|word| printable(word)).collect::<Vec<_>>().join(", ");
    lines.push(format!("  new       {}", if added.is_empty() { "nothing".to_owned() } else { words(&added) }));
    if !kept.is_empty() {
        lines.push(format!("  has       {}", words(&kept)));
    }
    if let Some(scopes) = request.required_approve_scopes {
        let scopes: Vec<&str> = scopes.words().into_iter().map(|word| word.trim_start_matches("operator.")).collect();
        lines.push(format!("  needs     {}", scopes.join(", ")));
    }
    lines.push(format!("  asked     {}", ago(request.ts, now_ms)));
    lines.push(format!("  request   {}", printable(&request.request_id)));
    if added.iter().any(|word| postern_protocol::nodes::is_host_command(word)) {
        lines.push("  note      with this, agents act on that computer as its user, within its own rules".to_owned());
    }
    lines.join("\n")
}
