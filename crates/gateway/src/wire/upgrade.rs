//! The HTTP half of a WebSocket: what a valid upgrade looks like and what is
//! answered (RFC 6455 §4.2).

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::header::{
    CONNECTION, HeaderMap, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
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
    let refuse = |status: StatusCode, text: &'static str| Err(Box::new((status, text).into_response()));
    if method != Method::GET {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "A WebSocket upgrade must be a GET request.\n");
    }
    if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return refuse(StatusCode::UPGRADE_REQUIRED, "Only WebSocket version 13 is spoken here.\n");
    }
    let Some(key) = headers.get(SEC_WEBSOCKET_KEY) else {
        return refuse(StatusCode::BAD_REQUEST, "The header Sec-WebSocket-Key is missing.\n");
    };
    let response = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(CONNECTION, "upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_ACCEPT, derive_accept_key(key.as_bytes()))
        .body(Body::empty());
    response.map_err(|_| Box::new(StatusCode::INTERNAL_SERVER_ERROR.into_response()))
}

fn has_word(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|part| part.trim().eq_ignore_ascii_case(word))
}
