//! `postern sessions search`: where something was said.

use std::fmt::Write as _;

use postern_protocol::sessions::{HitRole, SessionsSearch, SessionsSearchParams, SessionsSearchResult};

use crate::args::SessionSearchArgs;
use crate::commands::{Context, read};
use crate::env::now_ms;
use crate::exit::Outcome;
use crate::output::{ago, printable};

pub(super) async fn run(cx: &Context, args: &SessionSearchArgs) -> Outcome {
    let params = SessionsSearchParams {
        query: args.words.join(" "),
        agent_id: args.agent.clone(),
        session_keys: None,
        limit: args.limit,
    };
    let gateway = cx.connect().await?;
    let answer = gateway.ask::<SessionsSearch>(&params).await?;
    cx.output.content(&answer, || Ok(text(&read(&answer)?, now_ms())))?;
    gateway.close().await;
    Ok(())
}

fn text(answer: &SessionsSearchResult, now_ms: i64) -> String {
    if answer.results.is_empty() {
        return "Nothing was found.".to_owned();
    }
    let mut text = String::new();
    for hit in &answer.results {
        let who = match hit.role {
            HitRole::User => "user",
            HitRole::Assistant => "assistant",
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}  {who}, {}\n  {}",
            printable(&hit.session_key),
            ago(hit.timestamp, now_ms),
            printable(&hit.snippet.split_whitespace().collect::<Vec<_>>().join(" "))
        );
    }
    if answer.truncated == Some(true) {
        text.push_str("\nThere are more; name another word, or --limit N.\n");
    }
    text
}
