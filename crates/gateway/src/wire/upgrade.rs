//! The HTTP half of a WebSocket: what a valid upgrade looks like and what is
//! answered (RFC 6455 §4.2).

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use http::header::{
    ALLOW, CONNECTION, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{Method, StatusCode};
use tungstenite::handshake::derive_accept_key;

/// Whether the client asks to switch to WebSocket.
#[must_use]
pub fn is_upgrade(headers: &HeaderMap) -> bool {
    has_word(headers, &UPGRADE, "websocket") && has_word(headers, &CONNECTION, "upgrade")
}

/// The `101` answer, or the refusal of an upgrade that is not valid.
///
/// # Errors
/// A response that says what is wrong.
pub fn accept(method: &Method, headers: &HeaderMap) -> Result<Response, Box<Response>> {
    if method != Method::GET {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "A WebSocket upgrade must be a GET request.\n");
    }
    if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return refuse(StatusCode::UPGRADE_REQUIRED, "Only WebSocket version 13 is spoken here.\n");
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).filter(|key| is_nonce(key.as_bytes()));
    let Some(key) = key else {
        return refuse(StatusCode::BAD_REQUEST, "Sec-WebSocket-Key must be 16 bytes in base64.\n");
    };
    let response = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(CONNECTION, "upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_ACCEPT, derive_accept_key(key.as_bytes()))
        .body(Body::empty());
    response.map_err(|_| Box::new(StatusCode::INTERNAL_SERVER_ERROR.into_response()))
}

/// With the headers that tell a client how to do it right.
fn refuse(status: StatusCode, text: &'static str) -> Result<Response, Box<Response>> {
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(ALLOW, HeaderValue::from_static("GET"));
    }
    if status == StatusCode::UPGRADE_REQUIRED {
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    }
    Err(Box::new(response))
}

fn is_nonce(key: &[u8]) -> bool {
    base64::engine::general_purpose::STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == 16)
}

fn has_word(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|part| part.trim().eq_ignore_ascii_case(word))
}
