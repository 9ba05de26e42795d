//! `postern sessions`: which conversations there are, what was said in them, and
//! what to do with them.

use postern_protocol::chat::{SessionsAbort, SessionsAbortParams};
use postern_protocol::sessions::{
    ResetReason, SessionsCompact, SessionsCompactParams, SessionsDelete, SessionsDeleteParams, SessionsReset,
    SessionsResetParams,
};
use postern_protocol::system::Nullable;

use super::{Context, session_key};
use crate::args::{SessionCompactArgs, SessionDeleteArgs, SessionKeyArgs, SessionsArgs, SessionsCommand};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{confirm, printable, somebody_is_there};

mod export;
mod list;
mod search;
mod show;

pub(crate) async fn run(cx: &Context, args: &SessionsArgs) -> Outcome {
    match &args.command {
        None => list::run(cx, &crate::args::SessionsListArgs::default()).await,
        Some(SessionsCommand::List(args)) => list::run(cx, args).await,
        Some(SessionsCommand::Show(args)) => show::run(cx, args).await,
        Some(SessionsCommand::Reset(args)) => reset(cx, args).await,
        Some(SessionsCommand::Delete(args)) => delete(cx, args).await,
        Some(SessionsCommand::Export(args)) => export::run(cx, args).await,
        Some(SessionsCommand::Abort(args)) => abort(cx, args).await,
        Some(SessionsCommand::Search(args)) => search::run(cx, args).await,
        Some(SessionsCommand::Compact(args)) => compact(cx, args).await,
    }
}

async fn reset(cx: &Context, args: &SessionKeyArgs) -> Outcome {
    let params = SessionsResetParams {
        key: session_key(&args.key)?,
        agent_id: args.agent.clone(),
        reason: Some(ResetReason::Reset),
    };
    cx.ask::<SessionsReset>(params, |done| format!("begun anew: {}", printable(&done.key))).await
}

async fn delete(cx: &Context, args: &SessionDeleteArgs) -> Outcome {
    let key = session_key(&args.session.key)?;
    let ask = !args.yes && !cx.output.is_json() && somebody_is_there();
    if !args.yes && !ask {
        return Err(Failure::usage("deleting cannot be undone, so it must be confirmed").hint("add --yes"));
    }
    if ask && !confirm(&format!("Delete {} and everything said in it?", printable(&args.session.key))) {
        return Err(Failure::new(Exit::Failed, "nothing was deleted"));
    }
    let params = SessionsDeleteParams {
        key,
        agent_id: args.session.agent.clone(),
        delete_transcript: Some(true),
        expected_session_id: None,
        archived_only: None,
    };
    let gateway = cx.connect().await?;
    let answer = gateway.ask::<SessionsDelete>(&params).await?;
    let done: postern_protocol::sessions::SessionsDeleteResult = super::read(&answer)?;
    gateway.close().await;
    if !done.deleted {
        return Err(no_session(&done.key));
    }
    cx.output.answer(&answer, || Ok(format!("deleted: {}", printable(&done.key))))
}

async fn abort(cx: &Context, args: &SessionKeyArgs) -> Outcome {
    let params = SessionsAbortParams {
        key: Some(session_key(&args.key)?),
        agent_id: args.agent.clone(),
        ..SessionsAbortParams::default()
    };
    cx.ask::<SessionsAbort>(params, |done| match &done.aborted_run_id {
        Nullable::Value(run) => format!("stopped: {}", printable(run)),
        Nullable::Null => "nothing was under way".to_owned(),
    })
    .await
}

async fn compact(cx: &Context, args: &SessionCompactArgs) -> Outcome {
    let params = SessionsCompactParams {
        key: session_key(&args.session.key)?,
        agent_id: args.session.agent.clone(),
        max_lines: args.keep,
    };
    cx.ask::<SessionsCompact>(params, |done| {
        let key = printable(&done.key);
        match (done.compacted, done.kept, &done.reason) {
            (true, Some(kept), _) => format!("shortened: {key}, {kept} messages are left"),
            (true, None, _) => format!("shortened: {key}"),
            (false, _, Some(reason)) => format!("not shortened: {key}: {}", printable(reason)),
            (false, _, None) => format!("not shortened: {key} is short already"),
        }
    })
    .await
}

fn no_session(key: &str) -> Failure {
    Failure::new(Exit::Failed, format!("there is no session {}", printable(key)))
        .hint("postern sessions lists those there are")
}
