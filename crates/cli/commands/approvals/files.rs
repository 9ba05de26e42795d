//! `postern approvals get` and `set`: rules as JSON, of the gateway or of a node.

use std::io::Read as _;
use std::path::Path;

use postern_protocol::approvals::{ExecApprovalsGet, ExecApprovalsNodeGet, ExecApprovalsNodeSet, ExecApprovalsSet};
use postern_protocol::call::Call as _;
use serde_json::{Value, json};

use crate::args::{ApprovalsGetArgs, ApprovalsSetArgs};
use crate::commands::{Context, nodes};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{escaped, printable};

pub(super) async fn get(cx: &Context, args: &ApprovalsGetArgs) -> Outcome {
    let gateway = cx.connect().await?;
    let answer = match &args.node {
        Some(text) => {
            let node = nodes::find(&gateway, text).await?;
            gateway.call(ExecApprovalsNodeGet::NAME, json!({"nodeId": node.node_id})).await.map_err(nodes::explained)?
        }
        None => gateway.call(ExecApprovalsGet::NAME, json!({})).await?,
    };
    cx.output.content(&answer, || Ok(escaped(format!("{answer:#}"))))?;
    gateway.close().await;
    Ok(())
}

pub(super) async fn set(cx: &Context, args: &ApprovalsSetArgs) -> Outcome {
    let params = params(&text(&args.file)?, &args.file, args.base_hash.as_deref())?;
    let gateway = cx.connect().await?;
    let answer = match &args.node {
        Some(text) => {
            let node = nodes::find(&gateway, text).await?;
            let params = with_node(params, &node.node_id);
            gateway.call(ExecApprovalsNodeSet::NAME, params).await.map_err(nodes::explained)
        }
        None => gateway.call(ExecApprovalsSet::NAME, params).await,
    };
    let answer = answer.map_err(|failure| match failure.message.contains("changed since") {
        true => failure.hint("nothing was changed: get them again, and make the change in what is printed now"),
        false => failure,
    })?;
    cx.output.answer(&answer, || {
        let path = answer["path"].as_str().map(|path| format!(": {}", printable(path)));
        Ok(format!("the rules are in force{}", path.unwrap_or_default()))
    })?;
    gateway.close().await;
    Ok(())
}

fn with_node(mut params: Value, node_id: &str) -> Value {
    params["nodeId"] = json!(node_id);
    params
}

fn text(path: &Path) -> Outcome<String> {
    let unreadable = |error: std::io::Error| Failure::usage(format!("{}: {error}", printable(&path.to_string_lossy())));
    if path == Path::new("-") {
        let mut text = String::new();
        return std::io::stdin().read_to_string(&mut text).map(|_| text).map_err(unreadable);
    }
    std::fs::read_to_string(path).map_err(unreadable)
}

/// What is sent for a document: what `get` printed, or the rules alone. The hash
/// says which rules are replaced, so that nobody's change is lost unseen.
fn params(text: &str, path: &Path, base_hash: Option<&str>) -> Outcome<Value> {
    let place = printable(&path.to_string_lossy());
    let document: Value =
        serde_json::from_str(text).map_err(|error| Failure::usage(format!("{place}: not valid JSON: {error}")))?;
    let (file, hash) = match document.get("file") {
        Some(file) => (file.clone(), document["hash"].as_str()),
        None => (document.clone(), None),
    };
    if !file.is_object() {
        return Err(Failure::usage(format!("{place}: no rules in it: `file` must be an object")));
    }
    let hash = base_hash.or(hash).ok_or_else(|| {
        Failure::new(Exit::Usage, format!("{place}: which rules does it replace? `hash` is missing"))
            .hint("change `file` in what postern approvals get prints and give it whole, or say --base-hash HASH")
    })?;
    Ok(json!({"file": file, "baseHash": hash}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, base_hash: Option<&str>) -> Outcome<Value> {
        params(text, Path::new("rules.json"), base_hash)
    }

    #[test]
    fn a_document_names_the_rules_that_it_replaces() {
        let wanted = json!({"file": {"version": 1}, "baseHash": "h"});
        assert_eq!(of(r#"{"path": "/p", "hash": "h", "file": {"version": 1}}"#, None).unwrap(), wanted);
        assert_eq!(of(r#"{"version": 1}"#, Some("h")).unwrap(), wanted);
        assert_eq!(of(r#"{"hash": "old", "file": {"version": 1}}"#, Some("h")).unwrap(), wanted);
    }

    #[test]
    fn mistakes_are_told_before_a_gateway_is_asked() {
        for (text, word) in
            [("{", "not valid JSON"), ("[]", "no rules in it"), (r#"{"version": 1}"#, "`hash` is missing")]
        {
            let failure = of(text, None).unwrap_err();
            assert!(failure.exit == Exit::Usage && failure.message.contains(word), "{failure}");
        }
    }
}
