//! The gateway, the app and its window, and what it means to be kept out.

use postern_gateway::ui::UiAsset;
use serde_json::{Value, json};

use crate::harness::{Caller, Client, Connect, Device, HttpAnswer, InProcess, Refused};

pub(crate) static PAGE: &[UiAsset] =
    &[UiAsset { path: "index.html", bytes: b"<!doctype html><html></html>", is_packed: false, etag: "cafe" }];

pub(crate) const CONFIG: &str = "/control-ui-config.json";
pub(crate) const ADMIN: [&str; 1] = ["operator.admin"];
/// Everything the page asks for.
pub(crate) const ALL: [&str; 6] = [
    "operator.admin",
    "operator.read",
    "operator.write",
    "operator.approvals",
    "operator.pairing",
    "operator.questions",
];

pub(crate) fn settings() -> Value {
    json!({"startAtLogin": false, "keepRunning": true, "quickSend": false, "showIcon": true, "version": "1.0.0",
        "platform": "linux"})
}

/// A gateway on this machine alone, the desktop app, and the cookie of its window.
pub(crate) struct Scene {
    pub(crate) gateway: InProcess,
    pub(crate) app: Client,
    pub(crate) cookie: String,
}

pub(crate) async fn gateway() -> InProcess {
    InProcess::with("{ gateway: { trustedProxies: ['127.0.0.9'] } }", |options| options.ui = PAGE).await
}

pub(crate) async fn scene() -> Scene {
    let gateway = gateway().await;
    let mut app = gateway.op(&Device::new("app"), &ADMIN).await;
    let cookie = attach(&gateway, &mut app).await;
    Scene { gateway, app, cookie }
}

/// Attaches an app; the header value that its window would send.
pub(crate) async fn attach(gateway: &InProcess, app: &mut Client) -> String {
    let answer = app.ok("desktop.attach", json!({"settings": settings()})).await;
    let name = format!("postern_desktop_{}", gateway.port);
    assert_eq!(answer["cookieName"], name);
    assert_eq!(answer["url"], format!("http://127.0.0.1:{}/", gateway.port));
    let value = answer["cookieValue"].as_str().unwrap();
    assert_eq!(value.len(), 43, "32 random bytes");
    format!("{name}={value}")
}

pub(crate) fn page_connect() -> Connect {
    Connect::deviceless(&ALL).client("openclaw-control-ui", "webchat").no_auth()
}

impl Scene {
    pub(crate) fn own_origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.gateway.port)
    }

    /// The window, as the app's webview sends it.
    pub(crate) fn window(&self) -> Caller {
        Caller::page(&self.own_origin()).header("cookie", &self.cookie)
    }

    /// The window from this origin.
    pub(crate) fn window_of(&self, origin: &str) -> Caller {
        Caller::page(origin).header("cookie", &self.cookie)
    }

    pub(crate) async fn open(&self) -> Client {
        self.gateway.must(&self.window(), &page_connect()).await
    }

    pub(crate) async fn reading(&self, caller: &Caller) -> HttpAnswer {
        self.gateway.http("GET", CONFIG, caller, "").await
    }

    /// Neither the socket nor the interface lets this caller in, and neither says anything that helps.
    pub(crate) async fn lets_nobody_in(&self, caller: &Caller, attack: &str) {
        match self.gateway.upgrade(caller).await {
            Err(answer) => assert_eq!(answer.status, 403, "{attack}: {answer:?}"),
            Ok(raw) => is_refused(&Client::connect(raw, &page_connect(), None).await.expect_err(attack), attack),
        }
        let answer = self.reading(caller).await;
        assert!(matches!(answer.status, 401 | 403), "{attack}: {answer:?}");
        assert!(!answer.body.contains("serverVersion") && !answer.body.contains("cookie"), "{attack}: {answer:?}");
    }

    /// The cookie is worth nothing any more.
    pub(crate) async fn is_over(&self) {
        is_refused(&self.gateway.refused(&self.window(), &page_connect()).await, "over");
        assert_eq!(self.reading(&self.window()).await.status, 401);
    }
}

/// Refused as every page is that brings nothing.
#[track_caller]
pub(crate) fn is_refused(refused: &Refused, attack: &str) {
    let codes = ["DEVICE_IDENTITY_REQUIRED", "CONTROL_UI_DEVICE_IDENTITY_REQUIRED", "CONTROL_UI_ORIGIN_NOT_ALLOWED"];
    assert!(codes.contains(&refused.code()) || refused.code().starts_with("AUTH_"), "{attack}: {refused:?}");
    assert_eq!(refused.error["details"]["deviceToken"], Value::Null, "{attack}");
}
