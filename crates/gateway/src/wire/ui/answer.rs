//! A file as an answer: what kind it is, how long it may be kept, and what the
//! page may do.

use std::io;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderValue};

use super::Caller;
use crate::ui::UiFile;
use crate::wire::peer::own_authority;

/// How long a file whose name changes with it may be kept: a year.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// A file, or that the browser has it already.
pub(super) fn file(caller: Caller<'_>, file: UiFile) -> Response {
    let encoded = file.is_packed && accepts_gzip(caller.headers);
    // Another representation, another tag.
    let etag = if encoded { format!("\"{}-gz\"", file.etag) } else { format!("\"{}\"", file.etag) };
    let is_known = is_known(caller.headers, &etag);
    let sent = if encoded || is_known { Ok(file) } else { file.unpacked() };
    let file = match sent {
        Ok(file) => file,
        Err(error) => return damaged(&error),
    };
    let mut response =
        if is_known { StatusCode::NOT_MODIFIED.into_response() } else { Body::from(file.bytes).into_response() };
    let headers = response.headers_mut();
    let cache = if file.is_immutable { FOREVER } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy(caller));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = HeaderValue::try_from(etag) {
        headers.insert(header::ETAG, etag);
    }
    if !is_known {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.mime));
    }
    if encoded && !is_known {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// The program was built without the app.
pub(super) fn not_built() -> Response {
    let text =
        "The gateway runs, but this build has no web page. Run `make ui`, build again, and restart the gateway.\n";
    (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
}

/// A file that was built in cannot be unpacked.
pub(super) fn damaged(error: &io::Error) -> Response {
    tracing::error!(%error, "A file of the web app cannot be unpacked: the program is damaged.");
    (StatusCode::INTERNAL_SERVER_ERROR, "This program is damaged. Install it again.\n").into_response()
}

/// What the page may do: run its own scripts, talk to its own gateway, show its
/// own pictures; and never be shown inside another page.
fn policy(caller: Caller<'_>) -> HeaderValue {
    let config = caller.services.config();
    let socket = own_authority(caller.peer, &config);
    // 'self' covers WebSockets in newer browsers only.
    let socket = socket
        .map(|own| format!(" {}://{own}", if caller.peer.forwarded || caller.peer.encrypted { "wss" } else { "ws" }));
    let text = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; \
         connect-src 'self'{}; media-src 'self' blob:; manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        socket.unwrap_or_default()
    );
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
}

/// Whether the browser has exactly this.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let lines = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).any(|known| {
        // A proxy may have made it weak; for reading that is the same.
        known == "*" || known.strip_prefix("W/").unwrap_or(known) == etag
    })
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let refused =
            |part: &str| part.strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|quality| quality <= 0.0));
        named && !parts.any(refused)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn gzip_only_for_those_who_take_it() {
        for (value, want) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("gzip; q=0.0, br", false),
            ("identity", false),
            ("x-gzip", false),
        ] {
            assert_eq!(accepts_gzip(&with(header::ACCEPT_ENCODING, value)), want, "{value}");
        }
    }

    #[test]
    fn tags_are_compared_as_a_list() {
        for (value, want) in [("\"a\"", true), ("\"b\", W/\"a\"", true), ("*", true), ("\"ab\"", false), ("a", false)] {
            assert_eq!(is_known(&with(header::IF_NONE_MATCH, value), "\"a\""), want, "{value}");
        }
    }
}
