//! One connection to the gateway, and how answers leave through it. What was asked through a connection is answered
//! through it or not at all: the gateway has given up on it when the connection ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use postern_client::GatewayClient;
use postern_protocol::call::Call;
use postern_protocol::connect::HelloOk;
use postern_protocol::ids::{InvokeId, NodeEventName, NodeRef, StreamChunk};
use postern_protocol::nodes::{
    NodeEvent, NodeEventParams, NodeInvokeProgress, NodeInvokeProgressParams, NodeInvokeReport, NodeInvokeReportParams,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::refusal::{Outcome, Refusal};

/// What the frame takes besides the answer, bytes.
const FRAME: usize = 4 * 1024;
/// The longest piece of progress, bytes (`frames-and-events.md §7`).
const MAX_CHUNK: usize = 16 * 1024;

/// One connection. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Link {
    client: GatewayClient,
    node_id: Arc<str>,
    max_payload: usize,
    takes_progress: bool,
    /// Cancelled when the connection ends.
    pub(crate) gone: CancellationToken,
}

impl Link {
    pub(crate) fn new(client: &GatewayClient, node_id: &str, hello: &HelloOk, gone: CancellationToken) -> Self {
        Self {
            client: client.clone(),
            node_id: node_id.into(),
            max_payload: hello.policy.max_payload,
            takes_progress: hello
                .features
                .read()
                .is_ok_and(|features| features.methods.iter().any(|method| method == NodeInvokeProgress::NAME)),
            gone,
        }
    }

    pub(crate) fn node_id(&self) -> &str {
        &self.node_id
    }

    /// Bytes that the JSON of an answer may have. It travels as a text in a text.
    pub(crate) fn room(&self) -> usize {
        self.max_payload.saturating_sub(FRAME)
    }

    /// Answers a call.
    pub(crate) async fn report(&self, invoke_id: &str, outcome: &Outcome) {
        let Ok(id) = InvokeId::try_from(invoke_id.to_owned()) else { return };
        let Ok(node_id) = NodeRef::try_from(self.node_id.to_string()) else { return };
        let mut params =
            NodeInvokeReportParams { id, node_id, ok: outcome.is_ok(), payload: None, payload_json: None, error: None };
        match outcome {
            Ok(Value::Null) => {}
            Ok(payload) => match self.fitting(payload) {
                Ok(text) => params.payload_json = Some(text),
                Err(refusal) => (params.ok, params.error) = (false, Some(refusal.to_wire())),
            },
            Err(refusal) => params.error = Some(refusal.to_wire()),
        }
        self.send::<NodeInvokeReport>(params).await;
    }

    fn fitting(&self, payload: &Value) -> Outcome<String> {
        let text = payload.to_string();
        // As it stands in the frame: quoted once more.
        let quoted = text.len() + text.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count();
        if quoted > self.room() {
            return Err(Refusal::new(
                "PAYLOAD_TOO_LARGE",
                format!("the answer has {quoted} bytes and the gateway takes {}; ask for less", self.room()),
            ));
        }
        Ok(text)
    }

    /// Tells the gateway what happened here.
    pub(crate) async fn tell(&self, event: &str, payload: &Value) {
        let Ok(event) = NodeEventName::try_from(event.to_owned()) else { return };
        let payload_json = Some(payload.to_string());
        self.send::<NodeEvent>(NodeEventParams { event, payload: None, payload_json }).await;
    }

    /// Where pages of the canvas are: an address that the gateway makes for this connection and for a short time.
    pub(crate) async fn canvas_url(&self) -> Outcome<String> {
        let unsupported = || Refusal::unsupported("the gateway has no canvas: give an http or https `url`");
        let asked = self.client.call_raw("node.pluginSurface.refresh", json!({ "surface": "canvas" }));
        let answer = tokio::select! {
            biased;
            () = self.gone.cancelled() => return Err(unsupported()),
            answer = asked => answer.map_err(|_| unsupported())?,
        };
        answer["pluginSurfaceUrls"]["canvas"].as_str().map(str::to_owned).ok_or_else(unsupported)
    }

    /// The numbered pieces of one call; `None` where the gateway takes none.
    pub(crate) fn progress(&self, invoke_id: &str) -> Option<ProgressOf> {
        self.takes_progress.then(|| ProgressOf { link: self.clone(), id: invoke_id.to_owned(), seq: AtomicU64::new(0) })
    }

    async fn send<M: Call>(&self, params: M::Params) {
        let sent = tokio::select! {
            biased;
            () = self.gone.cancelled() => return,
            sent = self.client.call::<M>(params) => sent,
        };
        if let Err(error) = sent {
            tracing::debug!(%error, method = M::NAME, "the gateway did not take it");
        }
    }
}

/// Pieces of what comes of one call.
pub(crate) struct ProgressOf {
    link: Link,
    id: String,
    seq: AtomicU64,
}

impl ProgressOf {
    pub(crate) async fn send(&self, mut chunk: String) {
        chunk.truncate(chunk.floor_char_boundary(MAX_CHUNK));
        let ids = (InvokeId::try_from(self.id.clone()), NodeRef::try_from(self.link.node_id.to_string()));
        let (Ok(invoke_id), Ok(node_id)) = ids else { return };
        let Ok(chunk) = StreamChunk::try_from(chunk) else { return };
        let seq = self.seq.fetch_add(1, Ordering::Relaxed);
        self.link.send::<NodeInvokeProgress>(NodeInvokeProgressParams { invoke_id, node_id, seq, chunk }).await;
    }
}
