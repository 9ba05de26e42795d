//! `postern agent`: one message, one answer.

use std::time::{Duration, Instant};

use postern_client::{CallError, CallOptions};
use postern_gateway::secrets::Secret;
use postern_protocol::call::Call as _;
use postern_protocol::chat::{Agent, AgentParams, AgentResult, SessionsAbort, SessionsAbortParams};
use postern_protocol::error::ErrorShape;
use postern_protocol::ids::IdempotencyKey;
use serde_json::{Value, json};

use super::{Context, read, session_key};
use crate::args::AgentArgs;
use crate::connection::Connection;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{harmless, printable};

/// How much later than the gateway this program gives up, so that the gateway's
/// own words arrive.
const GRACE: Duration = Duration::from_secs(5);
/// How often a lost connection is made again, in a row.
const TRIES: u32 = 6;

pub(crate) async fn run(cx: &Context, args: &AgentArgs) -> Outcome {
    let params = params(args)?;
    let gateway = Connection::open_lasting(&cx.settings, Some(TRIES)).await?;
    let patience = Duration::from_secs(args.timeout) + GRACE;
    let answered = tokio::select! {
        answered = answer(&gateway, &params, patience) => answered,
        _ = tokio::signal::ctrl_c() => {
            stop(&gateway, &params).await;
            Err(Failure::new(Exit::Failed, "stopped"))
        }
    };
    let document = answered?;
    cx.output.content(&document, || Ok(text(&read(&document)?)))?;
    gateway.close().await;
    Ok(())
}

fn params(args: &AgentArgs) -> Outcome<AgentParams> {
    let message = match args.message.as_str() {
        "-" => std::io::read_to_string(std::io::stdin())
            .map_err(|error| Failure::new(Exit::Failed, format!("standard input: {error}")))?,
        text => text.to_owned(),
    };
    if message.trim().is_empty() {
        return Err(Failure::usage("--message is empty"));
    }
    Ok(AgentParams {
        message,
        agent_id: args.agent.clone(),
        session_key: args.session_key.as_deref().map(session_key).transpose()?,
        session_id: args.session_id.clone(),
        thinking: args.thinking.map(|level| level.as_str().to_owned()),
        model: args.model.clone(),
        provider: None,
        deliver: Some(false),
        channel: None,
        attachments: None,
        timeout: Some(args.timeout),
        extra_system_prompt: None,
        cwd: None,
        label: None,
        spawned_by: None,
        idempotency_key: new_run_id()?,
    })
}

/// A name for a run that no other has.
pub(super) fn new_run_id() -> Outcome<IdempotencyKey> {
    let id = format!("cli-{}", Secret::random().expose());
    IdempotencyKey::try_from(id).map_err(|error| Failure::new(Exit::Internal, error.to_string()))
}

/// Waits for the answer. Where the connection is lost meanwhile, the same run is
/// asked for again: its key makes sure that nothing runs twice.
async fn answer(gateway: &Connection, params: &AgentParams, patience: Duration) -> Outcome<Value> {
    let deadline = Instant::now() + patience;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let options = CallOptions::new().expect_final().timeout(left);
        match gateway.client().call_raw_with(Agent::NAME, json!(params), options).await {
            Ok(document) => return Ok(document),
            Err(CallError::Disconnected(_)) if !left.is_zero() => {}
            Err(CallError::Refused(shape)) => return Err(refused(gateway, *shape)),
            Err(CallError::Timeout { .. }) => {
                stop(gateway, params).await;
                return Err(Failure::new(Exit::Timeout, format!("no answer within {} s", patience.as_secs()))
                    .hint("give it longer with --timeout SECONDS"));
            }
            Err(error) => return Err(gateway.refusal(&error)),
        }
    }
}

/// Keeps the gateway from going on with what nobody waits for.
async fn stop(gateway: &Connection, params: &AgentParams) {
    let run = SessionsAbortParams {
        run_id: Some(params.idempotency_key.as_str().to_owned()),
        ..SessionsAbortParams::default()
    };
    // The run may have ended by now, or the gateway may be gone.
    let _ = gateway.ask::<SessionsAbort>(&run).await;
}

fn refused(gateway: &Connection, shape: ErrorShape) -> Failure {
    let status = shape.details.as_ref().and_then(|details| details.get("status")).and_then(Value::as_str);
    if status != Some("timeout") {
        return gateway.refusal(&CallError::Refused(Box::new(shape)));
    }
    Failure::new(Exit::Timeout, printable(&shape.message)).hint("give it longer with --timeout SECONDS").answer(shape)
}

fn text(answer: &AgentResult) -> String {
    let payloads = answer.result.iter().flat_map(|outcome| &outcome.payloads);
    let parts = payloads.flat_map(|payload| [&payload.text, &payload.media_url]).flatten();
    harmless(&parts.map(|part| part.trim_end()).collect::<Vec<_>>().join("\n"))
}
