//! HTTP on the gateway port: probes, the web app, and the door to WebSocket
//! on any path (`http.md`).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, on};
use http::header::{self, HeaderValue};
use http::{Method, StatusCode};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tower::ServiceExt as _;

use super::api::{self, reply};
use super::conn::{self, Arrival};
use super::peer::{self, OriginCheck, Peer, ProxyLack, RequestHead};
use super::preauth::Place;
use super::refused_proxies::listing;
use super::{canvas, desktop, metrics, ui, upgrade};
use crate::config::Config;
use crate::gateway::Services;
use crate::program::as_typed;
use crate::tailscale::Ends;

/// Paths that are asked whether the gateway lives, is ready, has started.
const PROBES: [&str; 6] = ["/health", "/healthz", "/ready", "/readyz", "/startup", "/startupz"];

/// The router, shared by all connections.
#[derive(Clone)]
pub struct Http {
    services: Arc<Services>,
    router: Router,
    /// Whether there is nothing but the canvas.
    canvas_only: bool,
}

/// The router with the address of one connection.
#[derive(Clone)]
pub struct PerConnection {
    http: Http,
    ends: Ends,
    encrypted: bool,
    /// Its place among unauthenticated sockets, until a WebSocket takes it over.
    place: Arc<Mutex<Option<Place>>>,
}

impl Http {
    /// Builds the router.
    #[must_use]
    pub fn new(services: Arc<Services>) -> Self {
        let get = MethodFilter::GET.or(MethodFilter::HEAD);
        let [health, healthz, is_ready, readyz, startup, startupz] = PROBES;
        let router = Router::new()
            .route(health, on(get, live))
            .route(healthz, on(get, live))
            .route(is_ready, on(get, ready))
            .route(readyz, on(get, ready))
            .route(startup, on(get, started))
            .route(startupz, on(get, started))
            .route("/metrics", on(get, metrics::page))
            .fallback(ui::serve)
            .method_not_allowed_fallback(method_not_allowed)
            .layer(middleware::from_fn_with_state(Arc::clone(&services), guard))
            .with_state(Arc::clone(&services));
        Self { services, router, canvas_only: false }
    }

    /// The same for a port that has nothing but the canvas.
    #[must_use]
    pub fn canvas_only(self) -> Self {
        Self { canvas_only: true, ..self }
    }

    /// The same router for a connection between `ends`.
    #[must_use]
    pub fn for_connection(&self, ends: Ends, place: Place) -> PerConnection {
        PerConnection { http: self.clone(), ends, encrypted: false, place: Arc::new(Mutex::new(Some(place))) }
    }
}

impl PerConnection {
    /// The same for a connection that came through TLS.
    #[must_use]
    pub fn encrypted(self) -> Self {
        Self { encrypted: true, ..self }
    }

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
        let services = Arc::clone(&self.http.services);
        let mut response = self.answer(request).await;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            secure(&mut response, &services);
        }
        response
    }

    async fn answer(self, mut request: Request) -> Response {
        let services = &self.http.services;
        let config = services.config();
        let mut head = RequestHead::of(self.ends.peer.ip(), request.headers(), &config);
        head.ends = Some(self.ends);
        if self.encrypted {
            head.encrypted = true;
            head.certified = head.host.as_deref().is_some_and(|host| services.tls.is_for(host));
        }
        let peer = match peer::identify(&head, &config, &services.own_addresses) {
            Ok(peer) => peer,
            Err(unknown) => {
                services.refused_proxies.note(&unknown, services.clock.now_ms());
                return unknown_proxy(&unknown, services.config().trusted_proxies.is_empty(), &services.command);
            }
        };
        // It judges names by itself: a capability works under every one.
        if canvas::is_for_canvas(&request) {
            return canvas::serve(services, &peer, request).await;
        }
        if self.http.canvas_only {
            return not_found().await;
        }
        if peer::is_rebound(&head, &config) && !is_file_of_the_page(&head, &request, &config) {
            return forbidden(
                "host_not_allowed",
                "This name is not one of the gateway's. Add its origin to gateway.controlUi.allowedOrigins.",
            );
        }
        if upgrade::is_upgrade(request.headers()) {
            let opener = desktop::present(services, &peer, request.headers(), desktop::Use::Upgrade);
            let opener = if let desktop::Presented::Pass(opener) = opener { Some(opener) } else { None };
            return self.open_socket(peer, opener, request);
        }
        request.extensions_mut().insert(peer);
        match self.http.router.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    /// Switches to WebSocket; the connection's task goes on by itself.
    fn open_socket(self, peer: Peer, opener: Option<Arc<str>>, mut request: Request) -> Response {
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
            conn::serve(services, TokioIo::new(upgraded), Arrival { peer, place, opener }).await;
        });
        response
    }
}

/// A page under a name that is not the gateway's may still load its own files:
/// they hold no secret, and the page can say what is wrong.
fn is_file_of_the_page(head: &peer::RequestHead, request: &Request, config: &Config) -> bool {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD) && !upgrade::is_upgrade(request.headers());
    let path = request.uri().path();
    reads && peer::is_same_origin(head) && !PROBES.contains(&path) && ui::is_file(path, config)
}

/// Refuses requests that change something when they come from another page
/// (CSRF).
async fn guard(State(services): State<Arc<Services>>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let foreign = request.extensions().get::<Peer>().is_none_or(|peer| {
        matches!(peer::check_origin(peer, false, &services.config()), OriginCheck::Foreign | OriginCheck::Missing)
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

/// The headers that every answer has, unless it has stricter or wider ones of
/// its own.
fn secure(response: &mut Response, services: &Services) {
    let headers = response.headers_mut();
    headers.insert(header::SERVER, HeaderValue::from_static("postern"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.entry("cross-origin-resource-policy").or_insert(HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ));
    let config = services.config();
    let hsts = config.strict_transport_security.as_deref();
    if let Some(Ok(value)) = hsts.map(HeaderValue::from_str) {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
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
    peer.local || api::bearer(services, peer, request.headers()).is_ok()
}

pub(super) async fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "Not Found\n").into_response()
}

pub(super) async fn method_not_allowed() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")], "Method Not Allowed\n").into_response()
}

/// With the line to write. Which proxies are listed is not told to strangers.
fn unknown_proxy(unknown: &peer::UnknownProxy, is_first: bool, command: &str) -> Response {
    let ip = unknown.ip;
    let line = if is_first {
        listing(ip, &[])
    } else {
        format!("gateway.trustedProxies: [\"{ip}\", and those that are listed]")
    };
    let (reason, message, fix) = match unknown.lacks {
        ProxyLack::Listing | ProxyLack::Trust => {
            let reason = (unknown.lacks == ProxyLack::Trust).then_some("trusted_proxy_untrusted_source");
            let message = format!(
                "This request came through a proxy at {ip} that the gateway was not told to trust. If the proxy is yours, \
                 add \"{ip}\" to gateway.trustedProxies in the configuration."
            );
            (reason, message, line)
        }
        ProxyLack::Serve => {
            let message = format!(
                "This request came through Tailscale Serve, which the gateway was not told about. If you set it up, set \
                 gateway.tailscale.mode to \"serve\". If it is another proxy, add \"{ip}\" to gateway.trustedProxies."
            );
            (None, message, "postern tailscale serve".to_owned())
        }
        ProxyLack::Address => {
            let message = format!(
                "The proxy at {ip} names a user, but not the address that the request came from. Let it set \
                 X-Forwarded-For."
            );
            (None, message, "proxy_set_header X-Forwarded-For $remote_addr;".to_owned())
        }
    };
    let fix = as_typed(&fix, command);
    let mut error = json!({"code": "proxy_attribution_required", "type": "forbidden", "message": message, "fix": fix});
    if let Some(reason) = reason {
        error["reason"] = reason.into();
    }
    reply(StatusCode::FORBIDDEN, &json!({ "error": error }))
}

fn forbidden(code: &str, message: &str) -> Response {
    reply(StatusCode::FORBIDDEN, &json!({"error": {"code": code, "type": "forbidden", "message": message}}))
}
