//! HTTP on the gateway port: probes, the page at `/`, and the door to WebSocket
//! on any path (`http.md`).

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::{MethodFilter, on};
use http::header::{self, HeaderValue};
use http::{Method, StatusCode};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use postern_protocol::Dialect;
use postern_protocol::connect::ConnectAuth;

use super::conn::{self, Arrival};
use super::peer::{self, OriginCheck, Peer, RequestHead};
use super::preauth::Place;
use super::upgrade;
use crate::auth::{SecretCheck, SecretClass};
use crate::gateway::Services;

/// The router, shared by all connections.
#[derive(Clone)]
pub struct Http {
    services: Arc<Services>,
    router: Router,
}

/// The router with the address of one connection.
#[derive(Clone)]
pub struct PerConnection {
    http: Http,
    peer_ip: IpAddr,
    /// Its place among unauthenticated sockets, until a WebSocket takes it over.
    place: Arc<Mutex<Option<Place>>>,
}

impl Http {
    /// Builds the router.
    #[must_use]
    pub fn new(services: Arc<Services>) -> Self {
        let get = MethodFilter::GET.or(MethodFilter::HEAD);
        let router = Router::new()
            .route("/health", on(get, live))
            .route("/healthz", on(get, live))
            .route("/ready", on(get, ready))
            .route("/readyz", on(get, ready))
            .route("/startup", on(get, started))
            .route("/startupz", on(get, started))
            .route("/", on(get, root))
            .fallback(not_found)
            .method_not_allowed_fallback(method_not_allowed)
            .layer(middleware::from_fn_with_state(Arc::clone(&services), guard))
            .with_state(Arc::clone(&services));
        Self { services, router }
    }

    /// The same router for a connection from `peer_ip`.
    #[must_use]
    pub fn for_connection(&self, peer_ip: IpAddr, place: Place) -> PerConnection {
        PerConnection { http: self.clone(), peer_ip, place: Arc::new(Mutex::new(Some(place))) }
    }
}

impl PerConnection {
    /// A service for hyper.
    pub fn into_service(
        self,
    ) -> impl tower::Service<
        Request<hyper::body::Incoming>,
        Response = Response,
        Error = std::convert::Infallible,
        Future = impl Future<Output = Result<Response, std::convert::Infallible>> + Send,
    > + Clone
    + Send {
        tower::service_fn(move |request: Request<hyper::body::Incoming>| {
            let this = self.clone();
            async move { Ok(this.respond(request.map(Body::new)).await) }
        })
    }

    async fn respond(self, request: Request) -> Response {
        let mut response = self.answer(request).await;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            secure(&mut response);
        }
        response
    }

    async fn answer(self, mut request: Request) -> Response {
        let head = RequestHead::read(self.peer_ip, request.headers());
        let services = &self.http.services;
        let peer = match peer::identify(&head, &services.config, &services.own_addresses) {
            Ok(peer) => peer,
            Err(unknown) => return unknown_proxy(&unknown),
        };
        if peer::is_rebound(&head, &services.config) {
            return forbidden(
                "host_not_allowed",
                "This name is not one of the gateway's. Add its origin to gateway.controlUi.allowedOrigins.",
            );
        }
        if upgrade::is_upgrade(request.headers()) {
            return self.open_socket(peer, request);
        }
        request.extensions_mut().insert(peer);
        match self.http.router.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    /// Switches to WebSocket; the connection's task goes on by itself.
    fn open_socket(self, peer: Peer, mut request: Request) -> Response {
        let response = match upgrade::accept(request.method(), request.headers()) {
            Ok(response) => response,
            Err(refusal) => return *refusal,
        };
        let Some(upgrading) = request.extensions_mut().remove::<OnUpgrade>() else {
            return (StatusCode::UPGRADE_REQUIRED, "This connection cannot be upgraded.\n").into_response();
        };
        let services = self.http.services;
        let kept = self.place.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Behind a proxy the place belongs to the client, not to the proxy.
        let place = kept.filter(|place| place.ip() == peer.ip);
        let place = place.unwrap_or_else(|| services.preauth.enter(peer.ip, Instant::now()));
        let tasks = services.tasks.clone();
        tasks.spawn("conn", async move {
            let Ok(upgraded) = upgrading.await else { return };
            conn::serve(services, TokioIo::new(upgraded), Arrival { peer, place }).await;
        });
        response
    }
}

/// Refuses requests that change something when they come from another page
/// (CSRF).
async fn guard(State(services): State<Arc<Services>>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let foreign = request.extensions().get::<Peer>().is_none_or(|peer| {
        matches!(peer::check_origin(peer, false, &services.config), OriginCheck::Foreign | OriginCheck::Missing)
    });
    if !safe && foreign {
        forbidden(
            "origin_not_allowed",
            "Requests from other pages are refused. Allow the page in gateway.controlUi.allowedOrigins.",
        )
    } else {
        next.run(request).await
    }
}

/// The headers that every answer has.
fn secure(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(header::SERVER, HeaderValue::from_static("postern"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    );
}

async fn live() -> Response {
    reply(StatusCode::OK, &json!({"ok": true, "status": "live"}))
}

/// Strangers learn only whether; callers on this machine also why (F-49).
async fn ready(State(services): State<Arc<Services>>, request: Request) -> Response {
    let ready = services.is_ready();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut body = json!({"ready": ready});
    if knows_us(&services, &request) {
        body["failing"] = if ready { json!([]) } else { json!(["shutdown"]) };
        body["uptimeMs"] = services.uptime_ms().into();
        body["warnings"] = json!(services.warnings());
    }
    reply(status, &body)
}

async fn started() -> Response {
    reply(StatusCode::OK, &json!({"started": true}))
}

/// Callers on this machine, and those that bring the shared secret.
fn knows_us(services: &Services, request: &Request) -> bool {
    let Some(peer) = request.extensions().get::<Peer>() else { return false };
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = header.and_then(|value| value.strip_prefix("Bearer "));
    peer.local || bearer.is_some_and(|secret| knows_secret(services, peer, secret))
}

/// Compares under the same limits as the handshake does.
fn knows_secret(services: &Services, peer: &Peer, secret: &str) -> bool {
    let subject = peer.subject();
    let now = services.clock.now_ms();
    if services.limiter.admit(&subject, SecretClass::Shared, now).is_err() {
        return false;
    }
    let auth = ConnectAuth { token: Some(secret.to_owned()), ..ConnectAuth::default() };
    let right = matches!(services.secret.check(&auth, Dialect::V4), SecretCheck::Right(_));
    if !right {
        services.limiter.failed(subject, SecretClass::Shared, now);
    }
    right
}

async fn root(State(services): State<Arc<Services>>) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Postern</title><style>:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui,sans-serif;max-width:38rem;\
         margin:10vh auto;padding:0 1rem}}code{{font-size:.95em}}</style></head><body><h1>Postern is running</h1>\
         <p>This is the gateway, version {}. It has no web page yet: clients connect to this address by WebSocket.</p>\
         <p>On this machine, try <code>postern status</code>. To let a phone or another computer in, run <code>postern pair</code>.</p>\
         </body></html>\n",
        services.version
    ))
}

async fn not_found(request: Request) -> Response {
    match *request.method() {
        Method::GET | Method::HEAD => (StatusCode::NOT_FOUND, "Not Found\n").into_response(),
        _ => method_not_allowed().await,
    }
}

async fn method_not_allowed() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")], "Method Not Allowed\n").into_response()
}

fn unknown_proxy(unknown: &peer::UnknownProxy) -> Response {
    let message = format!(
        "This request came through a proxy at {ip} that the gateway was not told to trust. If the proxy is yours, add \
         \"{ip}\" to gateway.trustedProxies in the configuration and restart the gateway.",
        ip = unknown.ip
    );
    forbidden("proxy_attribution_required", &message)
}

fn forbidden(code: &str, message: &str) -> Response {
    reply(StatusCode::FORBIDDEN, &json!({"error": {"code": code, "type": "forbidden", "message": message}}))
}

fn reply(status: StatusCode, body: &Value) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (status, kind, body.to_string()).into_response()
}
