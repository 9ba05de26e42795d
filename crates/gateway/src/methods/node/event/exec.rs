//! What nodes tell about commands that they run. Only about those that this
//! gateway asked them to run and still waits for: otherwise any node could put
//! words into a conversation. The session reads them in its transcript, and its
//! model with the next message.

use serde::Deserialize;

use super::Effect;
use crate::devices::clean_option;
use crate::methods::node::own_node;
use crate::nodes::RunNews;
use crate::rpc::{Cx, RpcResult};
use crate::sessions::NewMessage;

/// Longest output that is passed on, in characters.
const MAX_OUTPUT: usize = 2_000;

/// Payload of the `exec.*` events. Session and host are taken from the call, not
/// from here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Told {
    run_id: Option<String>,
    command: Option<String>,
    exit_code: Option<i64>,
    timed_out: Option<bool>,
    output: Option<String>,
    reason: Option<String>,
    suppress_notify_on_exit: Option<bool>,
}

pub(super) async fn told(cx: &Cx, news: RunNews, told: &Told) -> RpcResult<Effect> {
    let session = told.run_id.as_deref().and_then(|id| Some((id, cx.nodes.session_for(cx.conn(), id, news)?)));
    let Some((run_id, written)) = session else { return Ok(Effect::ignored("unmatched_exec_event")) };
    let Some(line) = line(news, told, (own_node(cx)?, run_id)) else { return Ok(Effect::DONE) };
    let main = || cx.sessions.main(&cx.agents.default_id());
    let key = written.and_then(|written| cx.sessions.resolve(&written, None).ok()).unwrap_or_else(main);
    let news = vec![NewMessage::news(line, cx.clock.now_ms())];
    // A conversation that was deleted meanwhile stays so; the main one is always meant to be.
    let appended = if cx.sessions.is_main(key.as_str(), key.agent_id()) {
        Some(cx.sessions.append(&key, news, Vec::new(), |_| ()))
    } else {
        cx.sessions.append_if(&key, |_| true, news, |_| ())
    };
    let Some(appended) = appended else { return Ok(Effect::ignored("session_gone")) };
    cx.sessions.settle(&key, appended.commit).await?;
    for message in &appended.messages {
        cx.sessions.announce_message_of(&key, &appended.record.session_id, message);
    }
    cx.sessions.announce(&key, "send");
    Ok(Effect::DONE)
}

/// What the session is told; nothing of a command that ended well in silence.
fn line(news: RunNews, told: &Told, (node_id, run_id): (&str, &str)) -> Option<String> {
    let short: String = node_id.chars().take(12).collect();
    let command = clean_option(told.command.as_deref()).map(|command| format!(": {command}")).unwrap_or_default();
    let output = told.output.as_deref().map(str::trim).unwrap_or_default();
    let output: String = output.chars().take(MAX_OUTPUT).collect();
    match news {
        RunNews::Started => Some(format!("Exec started (node={short} id={run_id}){command}")),
        RunNews::Denied => {
            let reason = clean_option(told.reason.as_deref()).unwrap_or_else(|| "not allowed".to_owned());
            Some(format!("Exec denied (node={short} id={run_id}, {reason}){command}"))
        }
        RunNews::Finished if told.suppress_notify_on_exit == Some(true) => None,
        RunNews::Finished if told.exit_code == Some(0) && told.timed_out != Some(true) && output.is_empty() => None,
        RunNews::Finished => {
            let code = told.exit_code.map_or_else(|| "?".to_owned(), |code| code.to_string());
            let how = if told.timed_out == Some(true) { "timeout".to_owned() } else { format!("code {code}") };
            let output = if output.is_empty() { output } else { format!("\n{output}") };
            Some(format!("Exec finished (node={short} id={run_id}, {how}){output}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(news: RunNews, payload: serde_json::Value) -> Option<String> {
        line(news, &serde_json::from_value(payload).unwrap(), ("0123456789abcdef", "r1"))
    }

    #[test]
    fn a_command_that_ended_well_in_silence_is_no_news() {
        use serde_json::json;
        assert_eq!(said(RunNews::Finished, json!({"exitCode": 0})), None);
        assert_eq!(said(RunNews::Finished, json!({"exitCode": 1, "suppressNotifyOnExit": true})), None);
        let finished = "Exec finished (node=0123456789ab id=r1, ";
        assert_eq!(
            said(RunNews::Finished, json!({"exitCode": 0, "output": " hi "})),
            Some(format!("{finished}code 0)\nhi"))
        );
        assert_eq!(
            said(RunNews::Finished, json!({"exitCode": 0, "timedOut": true})),
            Some(format!("{finished}timeout)"))
        );
        assert_eq!(said(RunNews::Finished, json!({})), Some(format!("{finished}code ?)")));
        let denied = "Exec denied (node=0123456789ab id=r1, not allowed): rm x";
        assert_eq!(said(RunNews::Denied, json!({"command": "rm\n x"})).as_deref(), Some(denied));
        let long = said(RunNews::Finished, json!({"output": "x".repeat(9_000)})).unwrap();
        assert!(long.len() < MAX_OUTPUT + 100);
    }
}
