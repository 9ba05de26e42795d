//! The DevTools protocol: calls and answers over the browser's wire. Of its events only dialogs matter, which would hold
//! a page up for ever.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::wire::Wire;
use crate::refusal::{Outcome, Refusal};

/// The largest answer, bytes: a picture of a long page.
pub(super) const MAX_MESSAGE: usize = 64 * 1024 * 1024;
/// Calls that wait to be sent.
const QUEUE: usize = 64;
/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A handle; the wire belongs to [`serve`].
#[derive(Debug, Clone)]
pub(super) struct Cdp(mpsc::Sender<Ask>);

#[derive(Debug)]
struct Ask {
    frame: Value,
    reply: oneshot::Sender<Outcome>,
}

/// A handle, and what serves it.
pub(super) fn open(wire: Wire) -> (Cdp, impl Future<Output = ()> + Send + 'static) {
    let (asks, queue) = mpsc::channel(QUEUE);
    (Cdp(asks), serve(wire, queue))
}

async fn serve(mut wire: Wire, mut asks: mpsc::Receiver<Ask>) {
    let mut waiting: HashMap<u64, oneshot::Sender<Outcome>> = HashMap::new();
    let mut next = 1_u64;
    loop {
        tokio::select! {
            ask = asks.recv() => {
                let Some(Ask { mut frame, reply }) = ask else { return };
                frame["id"] = next.into();
                waiting.retain(|_, reply| !reply.is_closed());
                waiting.insert(next, reply);
                next += 1;
                if wire.send(frame.to_string()).await.is_err() {
                    return;
                }
            }
            message = wire.next() => {
                let Some(message) = message else { return };
                let Ok(mut frame) = serde_json::from_str::<Value>(&message) else { continue };
                if let Some(reply) = frame["id"].as_u64().and_then(|id| waiting.remove(&id)) {
                    // Whoever asked may have given up.
                    let _ = reply.send(answer(&mut frame));
                } else if frame["method"] == "Page.javascriptDialogOpening"
                    && wire.send(closed(&frame).to_string()).await.is_err()
                {
                    return;
                }
            }
        }
    }
}

/// Nobody is there to read a dialog. Only a page that asks whether to leave it is told yes: somebody wants to go on.
fn closed(dialog: &Value) -> Value {
    json!({
        "id": 0,
        "method": "Page.handleJavaScriptDialog",
        "params": { "accept": dialog["params"]["type"] == "beforeunload" },
        "sessionId": dialog["sessionId"],
    })
}

fn answer(frame: &mut Value) -> Outcome {
    match frame["error"]["message"].as_str() {
        Some(message) => Err(Refusal::failed(format!("the browser says: {message}"))),
        None => Ok(frame["result"].take()),
    }
}

impl Cdp {
    /// Whether the browser still listens.
    pub(super) fn is_open(&self) -> bool {
        !self.0.is_closed()
    }

    /// Calls a method, of one tab where a session is given.
    pub(super) async fn call(&self, session: Option<&str>, method: &str, params: Value) -> Outcome {
        let mut frame = json!({ "method": method, "params": params });
        if let Some(session) = session {
            frame["sessionId"] = session.into();
        }
        let (reply, answer) = oneshot::channel();
        let gone = || Refusal::failed("the browser has ended");
        let asking = async {
            self.0.send(Ask { frame, reply }).await.map_err(|_| gone())?;
            answer.await.unwrap_or_else(|_| Err(gone()))
        };
        timeout(PATIENCE, asking)
            .await
            .unwrap_or_else(|_| Err(Refusal::new("TIMEOUT", format!("the browser did not answer {method} in time"))))
    }
}
