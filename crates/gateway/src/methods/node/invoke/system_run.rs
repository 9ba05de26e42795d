//! What a caller may say in the params of `system.run`. A node runs at once what
//! comes with an approval, so an approval goes through only when this gateway's
//! own store confirms it for exactly this command.

use postern_protocol::Dialect;
use serde_json::{Map, Value, json};

use crate::approvals::{NodeRun, shown_as};
use crate::rpc::{Cx, RpcError, RpcResult};

/// Keys that make a node believe that somebody has approved.
const CLAIMS: [&str; 3] = ["approved", "approvalDecision", "systemRunPlan"];

/// The params as they may go to the node, and the run it may tell about.
pub(super) fn guard(cx: &Cx, node_id: &str, given: Value) -> RpcResult<(Option<Value>, Option<String>)> {
    let Value::Object(mut given) = given else {
        return Err(RpcError::invalid("params of system.run must be an object with command: [program, arguments…]"));
    };
    let run = read(node_id, &given)?;
    check_words(&given, &run.argv)?;
    let run_id = text(&given, "runId")?;
    let claims = given.get("approved").is_some_and(|said| *said != Value::Bool(false) && !said.is_null())
        || given.get("approvalDecision").is_some_and(|said| !said.is_null());
    for key in CLAIMS {
        given.remove(key);
    }
    match (claims, &run_id) {
        (false, _) => {}
        (true, Some(id)) => confirm(cx, id, &run, &mut given)?,
        // Old callers always say it, with nothing behind it: it goes no further.
        (true, None) if cx.principal().dialect == Dialect::V3 => {}
        (true, None) => {
            let text = "system.run with an approval needs runId, the id of the exec.approval.request";
            return Err(RpcError::invalid(text).detail("code", "MISSING_RUN_ID"));
        }
    }
    Ok((Some(Value::Object(given)), run_id))
}

fn confirm(cx: &Cx, id: &str, run: &NodeRun, given: &mut Map<String, Value>) -> RpcResult<()> {
    match cx.approvals.redeem(cx.principal(), id, run) {
        Ok(granted) => {
            given.insert("approved".to_owned(), Value::Bool(true));
            given.insert("approvalDecision".to_owned(), json!(granted.decision));
            if let Some(plan) = granted.plan {
                given.insert("systemRunPlan".to_owned(), plan);
            }
            Ok(())
        }
        Err(_) if cx.principal().dialect == Dialect::V3 => Ok(()),
        Err(why) => Err(RpcError::invalid(why.to_string()).detail("code", why.code())),
    }
}

fn read(node_id: &str, given: &Map<String, Value>) -> RpcResult<NodeRun> {
    let argv: Option<Vec<String>> = given.get("command").and_then(|argv| serde_json::from_value(argv.clone()).ok());
    let argv = argv.filter(|argv| argv.first().is_some_and(|program| !program.trim().is_empty()));
    let argv =
        argv.ok_or_else(|| RpcError::invalid("params.command must be a list of texts: [program, arguments…]"))?;
    Ok(NodeRun {
        node_id: node_id.to_owned(),
        argv,
        cwd: text(given, "cwd")?,
        env: env(given)?,
        agent_id: text(given, "agentId")?,
        session_key: text(given, "sessionKey")?,
    })
}

fn text(given: &Map<String, Value>, key: &str) -> RpcResult<Option<String>> {
    match given.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(RpcError::invalid(format!("params.{key} must be a text"))),
    }
}

fn env(given: &Map<String, Value>) -> RpcResult<Vec<(String, String)>> {
    let Some(env) = given.get("env").filter(|env| !env.is_null()) else { return Ok(Vec::new()) };
    let pairs = env.as_object().map(|env| {
        env.iter().map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect::<Option<Vec<_>>>()
    });
    pairs.flatten().ok_or_else(|| RpcError::invalid("params.env must map names to texts"))
}

/// People read the words, the arguments run: both must say the same.
fn check_words(given: &Map<String, Value>, argv: &[String]) -> RpcResult<()> {
    let Some(words) = text(given, "rawCommand")? else { return Ok(()) };
    let refused = || RpcError::invalid("params.rawCommand is not what params.command says");
    shown_as(&words, Some(argv)).map(drop).ok_or_else(refused)
}
