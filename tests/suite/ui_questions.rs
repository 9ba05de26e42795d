//! What a page may ask by HTTP, and that nobody else gets an answer (`http.md §2`).

use postern_gateway::ui::UiAsset;
use serde_json::{Value, json};

use crate::harness::{Caller, InProcess, TOKEN, assert_keys};

static PAGE: &[UiAsset] = &[UiAsset {
    path: "index.html",
    bytes: b"<!doctype html><html></html>",
    is_packed: false,
    etag: "cafecafecafecafe",
}];

const CONFIG: &str = "/control-ui-config.json";
/// Its other names.
const ALIASES: [&str; 3] = [CONFIG, "/__openclaw/control-ui-config.json", "/__openclaw__/control-ui-config.json"];

async fn gateway(settings: &str) -> InProcess {
    let config = format!("{{ gateway: {{ trustedProxies: ['127.0.0.1'], {settings} }} }}");
    InProcess::with(&config, |options| options.ui = PAGE).await
}

fn bearer(secret: &str) -> Caller {
    Caller::local().header("authorization", &format!("Bearer {secret}"))
}

fn unauthorized() -> Value {
    json!({"error": {"message": "Unauthorized", "type": "unauthorized"}})
}

/// Nobody without the secret learns more than that it is missing; being on this machine is no secret.
#[tokio::test]
async fn without_the_secret_there_is_no_answer() {
    let gateway = gateway("").await;
    let basic = Caller::local().header("authorization", &format!("Basic {TOKEN}"));
    let paths = ALIASES.into_iter().chain(["/avatar/main", "/avatar/main?meta=1", "/avatar/nobody"]);
    for path in paths {
        for caller in [Caller::local(), Caller::remote(), bearer("wrong"), bearer(""), basic.clone()] {
            let answer = gateway.http("GET", path, &caller, "").await;
            assert_eq!((answer.status, answer.json()), (401, unauthorized()), "{path} {caller:?}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        }
        // Nor in the address, where it would be written into logs.
        let separator = if path.contains('?') { '&' } else { '?' };
        let answer = gateway.http("GET", &format!("{path}{separator}token={TOKEN}"), &Caller::local(), "").await;
        assert_eq!(answer.status, 401, "{path}");
    }
}

/// A page learns how the gateway wants to be shown, and no secret.
#[tokio::test]
async fn the_settings_of_a_page() {
    let gateway = gateway("").await;
    for path in ALIASES {
        let answer = gateway.http("GET", path, &bearer(TOKEN), "").await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")), "{path}");
        let body = answer.json();
        assert_keys(
            &body,
            &[
                "basePath",
                "assistantName",
                "assistantAvatar",
                "assistantAvatarSource",
                "assistantAvatarStatus",
                "assistantAvatarReason",
                "assistantAgentId",
                "serverVersion",
                "serverBuildId",
                "embedSandbox",
                "allowExternalEmbedUrls",
                "automaticallyFetchFavicons",
                "communityInvite",
                "terminalEnabled",
                "cliAgentsEnabled",
                "pluginAssetsRequireAuth",
                "pluginFrameGrants",
                "desktop",
            ],
        );
        assert_eq!((&body["basePath"], &body["assistantAgentId"]), (&json!(""), &json!("main")));
        assert_eq!((&body["serverVersion"], &body["embedSandbox"]), (&json!("0.0.0-test"), &json!("strict")));
        assert_eq!((&body["serverBuildId"], &body["desktop"]), (&json!("cafecafecafe"), &json!(false)));
        assert!(!answer.body.contains(TOKEN));
    }
}

/// Below a base path the settings are there, and under the name that has none.
#[tokio::test]
async fn the_settings_below_a_base_path() {
    let gateway = gateway("controlUi: { basePath: '/p' }").await;
    for (path, status) in
        [("/p/control-ui-config.json", 200), ("/__openclaw__/control-ui-config.json", 200), (CONFIG, 404)]
    {
        assert_eq!(gateway.http("GET", path, &bearer(TOKEN), "").await.status, status, "{path}");
    }
    let body = gateway.http("GET", "/p/control-ui-config.json", &bearer(TOKEN), "").await.json();
    assert_eq!(body["basePath"], "/p");
}

/// Guessing by HTTP is slowed down like guessing anywhere, and it is the same limit.
#[tokio::test]
async fn guesses_are_limited() {
    let gateway = gateway("").await;
    let from = |secret: &str| Caller::at("198.51.100.9").header("authorization", &format!("Bearer {secret}"));
    for guess in 0..10 {
        assert_eq!(gateway.http("GET", CONFIG, &from(&format!("guess-{guess}")), "").await.status, 401);
    }
    let answer = gateway.http("GET", CONFIG, &from(TOKEN), "").await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("300")));
    assert_eq!(gateway.http("GET", CONFIG, &bearer(TOKEN), "").await.status, 200, "others go on");
    gateway.clock.advance_ms(300_001);
    assert_eq!(gateway.http("GET", CONFIG, &from(TOKEN), "").await.status, 200);
}

/// Asking without anything is no guess: a page that looks whether it is known locks nobody out.
#[tokio::test]
async fn asking_without_a_secret_is_no_guess() {
    let gateway = gateway("").await;
    for _ in 0..30 {
        assert_eq!(gateway.http("GET", CONFIG, &Caller::remote(), "").await.status, 401);
    }
    let caller = Caller::remote().header("authorization", &format!("Bearer {TOKEN}"));
    assert_eq!(gateway.http("GET", CONFIG, &caller, "").await.status, 200);
}

/// `auth.mode: none`: everybody on this machine is served, as everywhere else.
#[tokio::test]
async fn an_open_gateway_answers() {
    let gateway = gateway("auth: { mode: 'none' }").await;
    assert_eq!(gateway.http("GET", CONFIG, &Caller::local(), "").await.status, 200);
}

/// The smallest picture there is.
const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";

/// The picture of an agent, where it is, and what stands for it when there is none.
#[tokio::test]
async fn pictures_of_agents() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = folder.path().join("workspace");
    std::fs::create_dir(&workspace).unwrap();
    std::fs::write(workspace.join("me.png"), PIXEL).unwrap();
    let agents = format!(
        "agents: {{ list: [{{ id: 'seen', default: true, workspace: '{}', identity: {{ name: 'Ada', avatar: 'me.png' }} }},
          {{ id: 'plain', identity: {{ emoji: '🦊' }} }}] }}",
        workspace.display()
    );
    let config = format!("{{ gateway: {{ controlUi: {{ basePath: '/p' }} }}, {agents} }}");
    let gateway = InProcess::with(&config, |options| options.ui = PAGE).await;
    let picture = gateway.http("GET", "/p/avatar/seen", &bearer(TOKEN), "").await;
    assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/png")));
    assert_eq!(picture.header("content-length"), Some(PIXEL.len().to_string().as_str()));
    let meta = gateway.http("GET", "/p/avatar/seen?meta=1", &bearer(TOKEN), "").await.json();
    let wanted =
        json!({"avatarUrl": "/p/avatar/seen", "avatarSource": "me.png", "avatarStatus": "local", "avatarReason": null});
    assert_eq!(meta, wanted);
    let plain = gateway.http("GET", "/p/avatar/plain?meta=1", &bearer(TOKEN), "").await.json();
    assert_eq!((&plain["avatarUrl"], &plain["avatarStatus"]), (&Value::Null, &json!("none")));
    for path in
        ["/p/avatar/plain", "/p/avatar/nobody", "/p/avatar/nobody?meta=1", "/p/avatar/..%2fmain", "/avatar/seen"]
    {
        assert_eq!(gateway.http("GET", path, &bearer(TOKEN), "").await.status, 404, "{path}");
    }
    let settings = gateway.http("GET", "/p/control-ui-config.json", &bearer(TOKEN), "").await.json();
    assert_eq!((&settings["assistantName"], &settings["assistantAvatar"]), (&json!("Ada"), &json!("/p/avatar/seen")));
}
