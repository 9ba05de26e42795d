//! The first bytes of every message from a client: never a panic, bounded answers, and no second reading.
#![no_main]

use libfuzzer_sys::fuzz_target;
use postern_protocol::frame::{self, FrameError, MAX_NAME_CHARS, ServerFrame};
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match frame::parse_request(text) {
        Ok(request) => {
            check_names(&request);
            agrees_with_json(text, &request);
            echoes(&request);
        }
        Err(FrameError::NotARequest { id, .. }) => {
            assert!(
                id.is_none_or(|id| (1..=MAX_NAME_CHARS).contains(&id.chars().count())),
                "an answer to no usable id"
            );
        }
        Err(FrameError::NotJson) => assert!(!is_plain_request(text), "a good request was called not JSON"),
    }
    // The client reads what a server sent with the same care.
    let _ = frame::parse_server(text);
});

fn check_names(request: &frame::RequestFrame<'_>) {
    for name in [&request.id, &request.method] {
        assert!((1..=MAX_NAME_CHARS).contains(&name.chars().count()));
    }
    assert!(request.params.is_none_or(|raw| raw.get() != "null"));
}

/// A general JSON reader finds the same three values, wherever it accepts the text at all: it limits nesting,
/// while a request is read without looking inside `params`.
fn agrees_with_json(text: &str, request: &frame::RequestFrame<'_>) {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return };
    assert_eq!(value["type"], "req");
    assert_eq!(value["id"], *request.id);
    assert_eq!(value["method"], *request.method);
    let params = request.params.map(|raw| serde_json::from_str::<Value>(raw.get()).expect("JSON inside JSON"));
    assert_eq!(value.get("params").filter(|params| !params.is_null()), params.as_ref());
}

/// The id comes back as it was sent.
fn echoes(request: &frame::RequestFrame<'_>) {
    let answer = frame::render_ok(&request.id, &request.params).expect("raw JSON serialises");
    let ServerFrame::Response(response) = frame::parse_server(&answer).expect("our own answer") else {
        panic!("an answer was not read as one: {answer}");
    };
    assert_eq!(response.id, request.id);
    assert!(response.ok);
}

fn is_plain_request(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|value| value["type"] == "req" && value["id"].is_string())
}
