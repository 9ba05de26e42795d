//! `postern approvals`: commands that agents want to run, and who decides.

use postern_protocol::approvals::{
    ApprovalDecision, ApprovalRequested, ExecAgentRules, ExecApprovalList, ExecApprovalResolve, ExecApprovalsGet,
    ExecRuleSet, ExecRulesResult,
};
use postern_protocol::call::{Call as _, NoParams};
use postern_protocol::system::Nullable;
use serde_json::json;

mod files;

use super::{Context, read};
use crate::args::{ApprovalsArgs, ApprovalsCommand};
use crate::connection::Connection;
use crate::env::now_ms;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{printable, span};
use crate::table::{cut, distinct_length};

pub(crate) async fn run(cx: &Context, args: &ApprovalsArgs) -> Outcome {
    match args.command.as_ref().unwrap_or(&ApprovalsCommand::List) {
        ApprovalsCommand::List => {
            cx.ask::<ExecApprovalList>(NoParams::default(), |waiting| text(waiting, now_ms())).await
        }
        ApprovalsCommand::Allow(args) => {
            let decision = if args.always { ApprovalDecision::AllowAlways } else { ApprovalDecision::AllowOnce };
            decide(cx, &args.id, decision).await
        }
        ApprovalsCommand::Deny(args) => decide(cx, &args.id, ApprovalDecision::Deny).await,
        ApprovalsCommand::Get(args) => files::get(cx, args).await,
        ApprovalsCommand::Set(args) => files::set(cx, args).await,
        ApprovalsCommand::Rules => cx.ask::<ExecApprovalsGet>(NoParams::default(), rules).await,
    }
}

fn text(waiting: &[ApprovalRequested], now_ms: i64) -> String {
    if waiting.is_empty() {
        return "No command waits for an approval.".to_owned();
    }
    let length = distinct_length(waiting.iter().map(|one| one.id.as_str()));
    let parts: Vec<String> = waiting.iter().map(|one| description(one, length, now_ms)).collect();
    format!(
        "{}\n\nLet one run with: postern approvals allow ID, refuse it with: postern approvals deny ID",
        parts.join("\n\n")
    )
}

/// The whole command, on as many lines as it takes: what is cut cannot be judged.
fn description(one: &ApprovalRequested, length: usize, now_ms: i64) -> String {
    let mut lines = vec![format!("{}  {}", cut(&printable(&one.id), length), printable(&one.request.command))];
    let mut fact = |name: &str, fact: &Nullable<String>| {
        if let Nullable::Value(fact) = fact {
            lines.push(format!("  {name:<8}  {}", printable(fact)));
        }
    };
    fact("program", &one.request.resolved_path);
    fact("folder", &one.request.cwd);
    fact("agent", &one.request.agent_id);
    fact("session", &one.request.session_key);
    fact("warning", &one.request.warning_text);
    if let Nullable::Value(names) = &one.request.env_keys
        && !names.is_empty()
    {
        fact("sets", &Nullable::Value(names.join(", ")));
    }
    let left = u64::try_from(one.expires_at_ms.saturating_sub(now_ms)).unwrap_or_default();
    fact("denied in", &Nullable::Value(span(left)));
    lines.join("\n")
}

async fn decide(cx: &Context, id: &str, decision: ApprovalDecision) -> Outcome {
    let gateway = cx.connect().await?;
    let waiting = waiting(&gateway).await?;
    let request = choose(&waiting, id)?;
    let mut params = json!({"id": request.id, "decision": decision});
    if let Nullable::Value(binding) = &request.request.system_run_binding {
        params["planHash"] = json!(binding.plan_hash);
    }
    let answer = gateway.call(ExecApprovalResolve::NAME, params).await?;
    let command = printable(&request.request.command);
    cx.output.answer(&answer, || {
        Ok(match decision {
            ApprovalDecision::AllowOnce => format!("allowed, this time: {command}"),
            ApprovalDecision::AllowAlways => format!("allowed, now and from now on: {command}"),
            ApprovalDecision::Deny => format!("denied: {command}"),
        })
    })?;
    gateway.close().await;
    Ok(())
}

async fn waiting(gateway: &Connection) -> Outcome<Vec<ApprovalRequested>> {
    read(&gateway.ask::<ExecApprovalList>(&NoParams::default()).await?)
}

/// The one request whose id is `text` or begins with it.
fn choose<'a>(waiting: &'a [ApprovalRequested], text: &str) -> Outcome<&'a ApprovalRequested> {
    if let Some(exact) = waiting.iter().find(|one| one.id == text) {
        return Ok(exact);
    }
    let fits: Vec<&ApprovalRequested> = waiting.iter().filter(|one| one.id.starts_with(text)).collect();
    match (text.is_empty(), fits.as_slice()) {
        (false, [one]) => Ok(one),
        (false, [_, _, ..]) => {
            Err(Failure::usage(format!("`{}` fits {} requests: type more of the id", printable(text), fits.len())))
        }
        _ => Err(Failure::new(Exit::Failed, format!("no request `{}` waits", printable(text)))
            .hint("it may have been answered or have expired; postern approvals lists those that wait")),
    }
}

fn rules(answer: &ExecRulesResult) -> String {
    let mut lines = Vec::new();
    if let Some(resolved) = &answer.resolved_defaults {
        lines.push(format!("commands   {}", resolved.security.as_str()));
        lines.push(format!("ask        {}", resolved.ask.as_str()));
        lines.push(format!("nobody to ask  {}", resolved.ask_fallback.as_str()));
    }
    for (agent, rules) in answer.file.agents.iter().flatten() {
        let who = if agent == "*" { "every agent".to_owned() } else { format!("agent {}", printable(agent)) };
        lines.push(format!("\n{who}{}", modes(&rules.modes)));
        lines.extend(allowed(rules));
    }
    lines.join("\n")
}

fn modes(modes: &ExecRuleSet) -> String {
    let words = [
        modes.security.map(|mode| format!("commands {}", mode.as_str())),
        modes.ask.map(|mode| format!("ask {}", mode.as_str())),
        modes.ask_fallback.map(|mode| format!("nobody to ask {}", mode.as_str())),
    ];
    let words: Vec<String> = words.into_iter().flatten().collect();
    if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) }
}

fn allowed(rules: &ExecAgentRules) -> Vec<String> {
    let entries = rules.allowlist.iter().flatten();
    let shown = entries.map(|entry| {
        let last = entry.last_used_command.as_ref().map(|command| format!("  (last: {})", printable(command)));
        format!("  runs without asking  {}{}", printable(&entry.pattern), last.unwrap_or_default())
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use postern_protocol::approvals::{ApprovalCommand, ApprovalKind};

    fn request(id: &str, command: &str) -> ApprovalRequested {
        ApprovalRequested {
            id: id.into(),
            approval_kind: ApprovalKind::Exec,
            request: ApprovalCommand {
                command: command.into(),
                cwd: Nullable::Value("/w".into()),
                ..Default::default()
            },
            created_at_ms: 0,
            expires_at_ms: 61_000,
        }
    }

    #[test]
    fn the_whole_command_is_shown_and_cannot_disguise_itself() {
        let long = format!("echo {} \u{1b}[2K\rls", "x".repeat(500));
        let text = text(&[request("abcdefgh1", &long), request("abcdefgh2", "ls")], 1_000);
        let shown = format!("abcdefgh1  echo {} \u{fffd}[2K\u{fffd}ls\n", "x".repeat(500));
        assert!(text.starts_with(&shown), "{text}");
        assert!(text.contains("  folder    /w\n  denied in  1 min"), "{text}");
    }

    #[test]
    fn the_start_of_an_id_must_fit_one_request() {
        let waiting = [request("abc1", "a"), request("abd2", "b"), request("ab", "c")];
        assert_eq!(choose(&waiting, "abc").unwrap().id, "abc1");
        assert_eq!(choose(&waiting, "ab").unwrap().id, "ab");
        assert_eq!(choose(&waiting, "a").unwrap_err().exit, Exit::Usage);
        for none in ["", "x"] {
            assert_eq!(choose(&waiting, none).unwrap_err().exit, Exit::Failed);
        }
    }
}
