//! `postern sessions list`.

use postern_protocol::sessions::{
    AllWord, ArchivedFilter, SessionRow, SessionStatus, SessionsList, SessionsListParams, SessionsListResult,
};
use postern_protocol::system::Nullable;

use crate::args::SessionsListArgs;
use crate::commands::Context;
use crate::env::now_ms;
use crate::exit::Outcome;
use crate::output::ago;
use crate::table::Table;

/// Longest title in the table, characters.
const TITLE: usize = 48;

pub(super) async fn run(cx: &Context, args: &SessionsListArgs) -> Outcome {
    let params = SessionsListParams {
        limit: args.limit,
        active_minutes: args.active,
        agent_id: args.agent.clone(),
        include_derived_titles: Some(true),
        include_last_message: Some(true),
        archived: args.all.then_some(ArchivedFilter::Both(AllWord::All)),
        ..SessionsListParams::default()
    };
    cx.ask::<SessionsList>(params, |answer| text(answer, now_ms())).await
}

fn text(answer: &SessionsListResult, now_ms: i64) -> String {
    if answer.sessions.is_empty() {
        return "No conversations yet. Begin one with: postern chat".to_owned();
    }
    let mut table = Table::new(["KEY", "TITLE", "MODEL", "TOKENS", "STATE", "USED"]);
    for row in &answer.sessions {
        table.row([
            row.key.clone(),
            title(row),
            model(row),
            row.total_tokens.filter(|tokens| *tokens > 0).map(|tokens| tokens.to_string()).unwrap_or_default(),
            state(row).to_owned(),
            match row.updated_at {
                Nullable::Value(then) => ago(then, now_ms),
                Nullable::Null => String::new(),
            },
        ]);
    }
    let mut text = table.render();
    let total = answer.total_count.unwrap_or(answer.count);
    if total > answer.sessions.len() {
        text.push_str(&format!("\n\n  {} of {total} are shown; more with --limit N", answer.sessions.len()));
    }
    text
}

fn title(row: &SessionRow) -> String {
    let names = [&row.label, &row.display_name, &row.derived_title, &row.last_message_preview];
    let title = names.into_iter().flatten().next().map(String::as_str).unwrap_or_default();
    match title.char_indices().nth(TITLE) {
        Some((end, _)) => format!("{}…", title[..end].trim_end()),
        None => title.to_owned(),
    }
}

pub(super) fn model(row: &SessionRow) -> String {
    match (&row.model_provider, &row.model) {
        (Some(provider), Some(model)) => format!("{provider}/{model}"),
        (None, Some(model)) => model.clone(),
        (_, None) => String::new(),
    }
}

pub(super) fn state(row: &SessionRow) -> &'static str {
    match row.status {
        _ if row.has_active_run => "answering",
        Some(SessionStatus::Queued) => "waiting",
        Some(SessionStatus::Running) => "answering",
        Some(SessionStatus::Failed) => "failed",
        Some(SessionStatus::Killed) => "stopped",
        Some(SessionStatus::Timeout) => "timed out",
        Some(SessionStatus::Done) => "done",
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_name_what_was_talked_about_and_control_nothing() {
        let row = json!({
            "key": "agent:main:main", "kind": "direct", "agentId": "main", "isMain": true, "updatedAt": 40_000,
            "derivedTitle": format!("plans\u{1b}[2J {}", "x".repeat(60)), "archived": false, "pinned": false,
            "unread": false, "hasActiveRun": true, "activeRunIds": [], "visibility": "shared", "sharingRole": "admin",
            "modelProvider": "fake", "model": "echo-1", "totalTokens": 12,
        });
        let answer: SessionsListResult = serde_json::from_value(json!({
            "ts": 0, "path": "p", "count": 1, "totalCount": 3, "sessions": [row],
            "defaults": {"modelProvider": null, "model": null, "contextTokens": null},
        }))
        .unwrap();
        let text = text(&answer, 100_000);
        assert!(!text.contains('\u{1b}') && text.contains("x…"), "{text}");
        let line = text.lines().nth(1).unwrap();
        for words in ["agent:main:main", "plans", "fake/echo-1", "12", "answering", "1 min ago"] {
            assert!(line.contains(words), "{words}: {text}");
        }
        assert!(text.ends_with("1 of 3 are shown; more with --limit N"), "{text}");
    }
}
