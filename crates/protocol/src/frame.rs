//! The three frames: parsing what a client sent, rendering what the gateway
//! answers (`frames-and-events.md §1`).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::ErrorShape;

/// A request, borrowed from the text it came in.
#[derive(Debug)]
pub struct RequestFrame<'a> {
    /// Correlation id, echoed verbatim.
    pub id: Cow<'a, str>,
    /// Wire name of the method.
    pub method: Cow<'a, str>,
    /// Unparsed params; absent means `{}`.
    pub params: Option<&'a RawValue>,
}

/// Why a text is not a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Not one JSON value.
    #[error("not JSON")]
    NotJson,
    /// JSON, but not a request; `id` is its id where it has a usable one.
    #[error("{problem}")]
    NotARequest {
        /// Id to answer with.
        id: Option<String>,
        /// What is wrong, with the key.
        problem: String,
    },
}

/// Longest id or method name that is looked at; longer ones are refused so that
/// an answer can never be made much larger than its question.
pub const MAX_NAME_CHARS: usize = 256;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

/// Reads a request frame. Unknown keys are ignored.
///
/// # Errors
/// [`FrameError`] when the text is not JSON or not a request.
pub fn parse_request(text: &str) -> Result<RequestFrame<'_>, FrameError> {
    // serde also reads structs from arrays; the wire does not.
    if !text.trim_start().starts_with('{') {
        return Err(diagnose(text));
    }
    match serde_json::from_str::<Envelope<'_>>(text) {
        Ok(envelope) => request_of(envelope),
        Err(_) => Err(diagnose(text)),
    }
}

fn request_of(envelope: Envelope<'_>) -> Result<RequestFrame<'_>, FrameError> {
    let id = envelope.id.filter(|id| !id.is_empty());
    let answer_id = || id.as_deref().filter(|id| id.chars().count() <= MAX_NAME_CHARS).map(str::to_owned);
    let refuse = |problem: &str| Err(FrameError::NotARequest { id: answer_id(), problem: problem.to_owned() });
    match envelope.kind.as_deref() {
        Some("req") => {}
        Some(_) => return refuse("at /type: must be \"req\""),
        None => return refuse("must have required property 'type'"),
    }
    let Some(method) = envelope.method else { return refuse("must have required property 'method'") };
    if method.is_empty() || method.chars().count() > MAX_NAME_CHARS {
        return refuse("at /method: must be 1 to 256 characters");
    }
    match id {
        Some(id) if id.chars().count() <= MAX_NAME_CHARS => {
            Ok(RequestFrame { id, method, params: envelope.params.filter(|raw| raw.get() != "null") })
        }
        Some(_) => Err(FrameError::NotARequest { id: None, problem: "at /id: must be 1 to 256 characters".to_owned() }),
        None => Err(FrameError::NotARequest { id: None, problem: "must have required property 'id'".to_owned() }),
    }
}

/// The slow path: says which key has the wrong type.
fn diagnose(text: &str) -> FrameError {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return FrameError::NotJson };
    let Value::Object(map) = value else {
        return FrameError::NotARequest { id: None, problem: "at root: must be object".to_owned() };
    };
    let id = map.get("id").and_then(Value::as_str).filter(|id| !id.is_empty() && id.chars().count() <= MAX_NAME_CHARS);
    let wrong = ["type", "id", "method"].into_iter().find(|key| map.get(*key).is_some_and(|v| !v.is_string()));
    let problem = wrong.map_or("at root: duplicate key".to_owned(), |key| format!("at /{key}: must be string"));
    FrameError::NotARequest { id: id.map(str::to_owned), problem }
}

#[derive(Serialize)]
struct OkFrame<'a, P: Serialize + ?Sized> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a str,
    ok: bool,
    payload: &'a P,
}

#[derive(Serialize)]
struct ErrorFrame<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a str,
    ok: bool,
    error: &'a ErrorShape,
}

/// Renders `{"type":"res","id","ok":true,"payload"}`.
///
/// # Errors
/// When the payload cannot be expressed in JSON (a map with non-string keys).
pub fn render_ok<P: Serialize + ?Sized>(id: &str, payload: &P) -> serde_json::Result<String> {
    serde_json::to_string(&OkFrame { kind: "res", id, ok: true, payload })
}

/// Renders `{"type":"res","id","ok":false,"error"}`.
#[must_use]
pub fn render_error(id: &str, error: &ErrorShape) -> String {
    let frame = ErrorFrame { kind: "res", id, ok: false, error };
    // Strings, numbers and string-keyed maps always serialise.
    serde_json::to_string(&frame).unwrap_or_default()
}

/// Renders an event up to where its `seq` goes: everything but the final `}`.
/// The bytes are shared by all receivers; see [`event_tail`].
///
/// # Errors
/// When the payload cannot be expressed in JSON.
pub fn render_event_head<P: Serialize + ?Sized>(
    event: &str,
    payload: &P,
    state_version: Option<crate::connect::StateVersion>,
) -> serde_json::Result<String> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct EventFrame<'a, P: Serialize + ?Sized> {
        #[serde(rename = "type")]
        kind: &'static str,
        event: &'a str,
        payload: &'a P,
        #[serde(skip_serializing_if = "Option::is_none")]
        state_version: Option<crate::connect::StateVersion>,
    }
    let mut text = serde_json::to_string(&EventFrame { kind: "event", event, payload, state_version })?;
    text.pop();
    Ok(text)
}

/// What completes [`render_event_head`]: the receiver's own `seq`, or nothing
/// for a targeted event.
#[must_use]
pub fn event_tail(seq: Option<u64>) -> String {
    seq.map_or_else(|| "}".to_owned(), |seq| format!(",\"seq\":{seq}}}"))
}

/// A frame as a client receives it. Frames of an unknown kind are kept as they
/// are, so a newer server never breaks an older client.
#[derive(Debug)]
pub enum ServerFrame<'a> {
    /// An answer.
    Response(ResponseFrame<'a>),
    /// A push.
    Event(EventFrame<'a>),
    /// Anything else.
    Unknown(&'a str),
}

/// An answer as a client receives it.
#[derive(Debug, Deserialize)]
pub struct ResponseFrame<'a> {
    /// Id of the request.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// Whether the call succeeded.
    pub ok: bool,
    /// Result of a call that succeeded.
    #[serde(borrow)]
    pub payload: Option<&'a RawValue>,
    /// Reason of one that did not.
    #[serde(default)]
    pub error: Option<ErrorShape>,
}

/// A push as a client receives it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventFrame<'a> {
    /// Wire name of the event.
    #[serde(borrow)]
    pub event: Cow<'a, str>,
    /// Its payload.
    #[serde(borrow)]
    pub payload: Option<&'a RawValue>,
    /// Number of this broadcast on this connection.
    pub seq: Option<u64>,
    /// Versions of presence and health after the change.
    pub state_version: Option<crate::connect::StateVersion>,
}

/// Reads a frame that the server sent.
///
/// # Errors
/// When the text is not a JSON object or a known kind lacks its keys.
pub fn parse_server(text: &str) -> serde_json::Result<ServerFrame<'_>> {
    #[derive(Deserialize)]
    struct Kind<'a> {
        #[serde(borrow, rename = "type")]
        kind: Option<Cow<'a, str>>,
    }
    let kind: Kind<'_> = serde_json::from_str(text)?;
    Ok(match kind.kind.as_deref() {
        Some("res") => ServerFrame::Response(serde_json::from_str(text)?),
        Some("event") => ServerFrame::Event(serde_json::from_str(text)?),
        _ => ServerFrame::Unknown(text),
    })
}

/// Renders a request; `params` absent means `{}`.
///
/// # Errors
/// When the params cannot be expressed in JSON.
pub fn render_request<P: Serialize + ?Sized>(id: &str, method: &str, params: &P) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Request<'a, P: Serialize + ?Sized> {
        #[serde(rename = "type")]
        kind: &'static str,
        id: &'a str,
        method: &'a str,
        params: &'a P,
    }
    serde_json::to_string(&Request { kind: "req", id, method, params })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[track_caller]
    fn refuses(text: &str, id: Option<&str>, part: &str) {
        match parse_request(text) {
            Err(FrameError::NotARequest { id: found, problem }) => {
                assert_eq!(found.as_deref(), id, "{text}");
                assert!(problem.contains(part), "{text}: {problem}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn requests_are_read_with_and_without_params() {
        let frame = parse_request(r#"{"type":"req","id":"1","method":"health"}"#).unwrap();
        assert_eq!((&*frame.id, &*frame.method, frame.params.is_none()), ("1", "health", true));
        let frame = parse_request(r#"{"type":"req","id":"ü\n","method":"m","params":{"a":[1]},"x":1}"#).unwrap();
        assert_eq!((&*frame.id, frame.params.unwrap().get()), ("ü\n", r#"{"a":[1]}"#));
        assert!(parse_request(r#"{"type":"req","id":"1","method":"m","params":null}"#).unwrap().params.is_none());
    }

    #[test]
    fn refusals_name_the_key_and_keep_the_id() {
        for text in ["", "hello", "{", "{} {}", "\u{0}"] {
            assert_eq!(parse_request(text).unwrap_err(), FrameError::NotJson, "{text}");
        }
        refuses(r#"{"type":"req"}"#, None, "'method'");
        refuses(r#"{"type":"req","method":"m"}"#, None, "'id'");
        refuses(r#"{"type":"req","method":"m","id":7}"#, None, "/id: must be string");
        refuses(r#"{"type":"req","method":7,"id":"a"}"#, Some("a"), "/method: must be string");
        refuses(r#"{"type":"res","id":"a","ok":true}"#, Some("a"), "/type");
        refuses("[1]", None, "must be object");
        refuses(r#"["req","1","health",{}]"#, None, "must be object");
        refuses("5", None, "must be object");
        let long = format!(r#"{{"type":"req","id":"{}","method":"m"}}"#, "x".repeat(300));
        refuses(&long, None, "/id");
    }

    #[test]
    fn answers_carry_payload_or_error_never_both() {
        assert_eq!(render_ok("1", &Value::Null).unwrap(), r#"{"type":"res","id":"1","ok":true,"payload":null}"#);
        let error = ErrorShape::new(ErrorCode::InvalidRequest, "no");
        assert_eq!(
            render_error("1", &error),
            r#"{"type":"res","id":"1","ok":false,"error":{"code":"INVALID_REQUEST","message":"no"}}"#
        );
    }

    #[test]
    fn event_head_and_tail_join_to_one_frame() {
        let head = render_event_head("tick", &serde_json::json!({"ts": 1}), None).unwrap();
        assert_eq!(
            format!("{head}{}", event_tail(Some(7))),
            r#"{"type":"event","event":"tick","payload":{"ts":1},"seq":7}"#
        );
        assert_eq!(format!("{head}{}", event_tail(None)), r#"{"type":"event","event":"tick","payload":{"ts":1}}"#);
    }

    #[test]
    fn clients_keep_frames_of_an_unknown_kind() {
        assert!(matches!(parse_server(r#"{"type":"later","x":1}"#).unwrap(), ServerFrame::Unknown(_)));
        assert!(matches!(parse_server(r#"{"type":"event","event":"e"}"#).unwrap(), ServerFrame::Event(_)));
        assert!(parse_server("[]").is_err());
    }
}
