//! What is found as an answer. Everything here may have been written by an
//! agent, so every answer takes the page its origin: it cannot read what the
//! gateway's own page keeps, nor speak in its name.

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use tokio::io::{AsyncReadExt as _, Take};

use super::access::Grant;
use crate::canvas::{Asset, OpenFile};

/// Pages of agents: scripts and forms, but no origin.
const OF_AGENTS: &str = "sandbox allow-scripts allow-forms allow-modals allow-downloads allow-popups \
    allow-popups-to-escape-sandbox; frame-ancestors 'none'";
/// Our own page for A2UI: its own files, pictures that come along, and nothing else.
const OF_A2UI: &str = "sandbox allow-scripts allow-forms; default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src data:; media-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Bytes of a file in memory at once.
const CHUNK: usize = 64 * 1024;
const NO_INDEX: &str = include_str!("no_index.html");

/// A page with its script.
pub(super) fn page(bytes: Vec<u8>) -> Response {
    with_type(StatusCode::OK, "text/html; charset=utf-8", Body::from(bytes))
}

/// A file of the A2UI page.
pub(super) fn asset(asset: Asset) -> Response {
    let mut response = with_type(StatusCode::OK, asset.mime, Body::from(asset.text));
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(OF_A2UI));
    response
}

/// A file, read while it is sent.
pub(super) fn file(found: OpenFile, method: &Method) -> Response {
    let OpenFile { file, len, mime } = found;
    let body = if method == Method::HEAD { Body::empty() } else { body(file, len) };
    let mut response = with_type(StatusCode::OK, mime, body);
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(len));
    response
}

/// No more than was there when it was opened: the length is told in front.
fn body(file: std::fs::File, len: u64) -> Body {
    let file = tokio::fs::File::from_std(file).take(len);
    let chunks = stream::try_unfold(file, |mut file: Take<tokio::fs::File>| async move {
        let mut chunk = Vec::with_capacity(CHUNK);
        let read = (&mut file).take(CHUNK as u64).read_to_end(&mut chunk).await?;
        Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(chunk), file)))
    });
    Body::from_stream(chunks)
}

/// A folder has nothing to show.
pub(super) fn no_index() -> Response {
    with_type(StatusCode::NOT_FOUND, "text/html; charset=utf-8", Body::from(NO_INDEX))
}

fn with_type(status: StatusCode, mime: &'static str, body: Body) -> Response {
    let mut response = (status, body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    response
}

/// What every answer says, whatever it is.
pub(super) fn confined(mut response: Response, asked: &HeaderMap, grant: Option<Grant>) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(OF_AGENTS));
    // A page without an origin is foreign to its own files.
    let policy = HeaderName::from_static("cross-origin-resource-policy");
    headers.insert(policy, HeaderValue::from_static("cross-origin"));
    let is_without_origin = asked.get(header::ORIGIN).is_some_and(|origin| origin == "null");
    if is_without_origin && grant.is_some_and(Grant::is_unguessable) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("null"));
    }
    response
}
