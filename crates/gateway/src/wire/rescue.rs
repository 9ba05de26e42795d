//! The door while no gateway can be started: whoever comes to the port of this machine
//! is told so and what to do, instead of finding nobody. Says nothing of the cause but
//! its kind: who asks has not signed in.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;

use super::listener;

/// Callers at a time; more wait in the system's queue.
const CALLERS: usize = 32;
/// How long one caller may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Answers on the port of this machine's own address until it is dropped. Never ends by
/// itself, also when the port cannot be had.
pub async fn rescue(port: u16, kind: &'static str) {
    let listeners = listener::bind(&[SocketAddr::from((Ipv4Addr::LOCALHOST, port))]).unwrap_or_default();
    let Some(listener) = listeners.into_iter().next() else { return std::future::pending().await };
    let mut callers = FuturesUnordered::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if callers.len() < CALLERS => match accepted {
                Ok((stream, _)) => callers.push(answer(stream, kind)),
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            },
            Some(()) = callers.next(), if !callers.is_empty() => {}
        }
    }
}

async fn answer(stream: TcpStream, kind: &'static str) {
    let service = service_fn(move |request: Request<Incoming>| async move { Ok::<_, Infallible>(say(&request, kind)) });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(PATIENCE).keep_alive(false);
    // A caller that hangs up or says nonsense is none.
    drop(tokio::time::timeout(PATIENCE, builder.serve_connection(TokioIo::new(stream), service)).await);
}

fn say(request: &Request<Incoming>, kind: &str) -> Response<Body> {
    let (status, media, text) = match request.uri().path() {
        "/health" | "/healthz" => (
            StatusCode::OK,
            "application/json",
            format!(r#"{{"ok":true,"status":"live","serving":false,"problem":"{kind}"}}"#),
        ),
        "/ready" | "/readyz" | "/startup" | "/startupz" => {
            let text = format!(r#"{{"ready":false,"failing":["start"],"problem":"{kind}"}}"#);
            (StatusCode::SERVICE_UNAVAILABLE, "application/json", text)
        }
        _ => (StatusCode::SERVICE_UNAVAILABLE, "text/html; charset=utf-8", page(kind)),
    };
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, http::HeaderValue::from_static(media));
    headers.insert(CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    headers.insert(RETRY_AFTER, http::HeaderValue::from_static("5"));
    headers.insert(http::header::SERVER, http::HeaderValue::from_static("postern"));
    response
}

fn page(kind: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"5\">\
         <title>Postern cannot start</title><body style=\"font:16px/1.5 system-ui;max-width:36rem;margin:4rem auto\">\
         <h1>The gateway cannot start</h1><p>What stands in its way is of the kind <b>{kind}</b>. It is tried again by \
         itself, and this page with it.</p><p>On its machine, <code>postern doctor</code> says what is wrong and what \
         to do; <code>postern logs</code> shows what was tried.</p></body></html>"
    )
}
