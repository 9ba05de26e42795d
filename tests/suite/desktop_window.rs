//! The window of the desktop app, and the app's settings, when nobody attacks (`docs/adr/0007`). X-84, D-09, F-38.

use serde_json::{Value, json};

use super::desktop_sign_in::scene::{ADMIN, ALL, attach, scene, settings};
use crate::harness::{Caller, DEADLINE, Device, InProcess};

/// D-09: the window is let in without asking anything of the page, as the app's own device.
#[tokio::test]
async fn the_window_signs_in_with_its_cookie() {
    let mut scene = scene().await;
    let answer = scene.reading(&scene.window()).await;
    assert_eq!((answer.status, &answer.json()["desktop"]), (200, &json!(true)));
    // A same-origin GET names no origin; newer browsers say the same in their own words.
    let plain = Caller::local().header("cookie", &scene.cookie);
    assert_eq!(scene.reading(&plain).await.status, 200);
    assert_eq!(scene.reading(&plain.clone().header("sec-fetch-site", "same-origin")).await.status, 200);

    let mut page = scene.open().await;
    let auth = page.hello["auth"].clone();
    assert_eq!(auth["method"], "desktop");
    assert_eq!(
        (&auth["deviceToken"], &auth["deviceTokens"]),
        (&Value::Null, &Value::Null),
        "no secret goes to the page"
    );
    assert_eq!(page.scopes().len(), ALL.len());
    page.ok("device.pair.list", json!({})).await;
    page.ok("health", json!({})).await;

    // F-38: who it is can be seen.
    let presence = scene.app.ok("system-presence", json!({})).await;
    let entries = presence.as_array().unwrap();
    let own = entries.iter().find(|entry| entry["host"] == "openclaw-control-ui").expect("no entry of the page");
    assert_eq!((&own["mode"], &own["deviceId"]), (&json!("webchat"), &json!(Device::new("app").id())));
    // The device is still shown as the app, not as its window.
    let devices = scene.app.ok("device.pair.list", json!({})).await;
    assert_eq!(devices["paired"].as_array().unwrap().len(), 1);
    assert_eq!(devices["paired"][0]["clientId"], "cli");
}

/// A window that revokes its own device ends itself and its app.
#[tokio::test]
async fn a_window_may_revoke_its_own_device() {
    let mut scene = scene().await;
    let mut page = scene.open().await;
    page.ok("device.pair.remove", json!({"deviceId": Device::new("app").id()})).await;
    assert_eq!(page.closed().await.code, 4001);
    assert_eq!(scene.app.closed().await.code, 4001);
    scene.is_over().await;
}

/// Attaching again gives another cookie; the window that is open stays, the old cookie is dead.
#[tokio::test]
async fn attaching_again_replaces_the_cookie() {
    let mut scene = scene().await;
    let mut page = scene.open().await;
    let old = std::mem::replace(&mut scene.cookie, attach(&scene.gateway, &mut scene.app).await);
    page.ok("health", json!({})).await;
    scene.open().await;
    scene.cookie = old;
    scene.is_over().await;
    page.ok("health", json!({})).await;
}

/// Two apps, two cookies: each window goes with its own.
#[tokio::test]
async fn two_apps_do_not_share() {
    let mut scene = scene().await;
    let mut other = scene.gateway.op(&Device::new("other app"), &ADMIN).await;
    let cookie = attach(&scene.gateway, &mut other).await;
    let mut first = scene.open().await;
    scene.cookie = cookie;
    let mut second = scene.open().await;
    drop(other);
    assert_eq!(second.closed().await.code, 1012);
    first.ok("health", json!({})).await;
    scene.is_over().await;
}

/// The settings of the app: shown to everybody who may read, changed by asking the app.
#[tokio::test]
async fn settings_are_the_apps() {
    let mut scene = scene().await;
    let mut page = scene.open().await;
    assert_eq!(page.ok("desktop.get", json!({})).await, json!({"attached": true, "settings": settings()}));

    let asked = page.post("desktop.set", json!({"showIcon": false, "quickSend": true})).await;
    let wish = scene.app.event("desktop.settings.requested", |_| true).await;
    assert_eq!(wish["changes"], json!({"quickSend": true, "showIcon": false}));
    assert!(wish["requestId"].is_string());
    let mut now = settings();
    now["showIcon"] = json!(false);
    now["version"] = json!("1.0.1");
    assert_eq!(scene.app.ok("desktop.update", json!({"settings": now})).await, json!({"ok": true}));
    let answer = page.raw.answer(&asked).await;
    // What the app made of it, which need not be what was asked for.
    assert_eq!((&answer["ok"], &answer["payload"]), (&json!(true), &json!({"settings": now})), "{answer}");
    assert_eq!(page.ok("desktop.get", json!({})).await["settings"], now);
    assert_eq!(page.events("desktop.settings.requested").len(), 0, "told to the app alone");

    for params in [json!({}), json!({"later": true})] {
        let error = page.err("desktop.set", params).await;
        assert!(error["message"].as_str().unwrap().starts_with("name at least one setting"), "{error}");
    }
    for params in [json!({"showIcon": "yes"}), json!({"showIcon": 1})] {
        assert_eq!(page.err("desktop.set", params).await["code"], "INVALID_REQUEST");
    }
}

/// Two windows wish for something at once: each gets the answer to its own wish, also when the app answers another first.
#[tokio::test]
async fn every_wish_has_its_own_answer() {
    let mut scene = scene().await;
    let (mut one, mut two) = (scene.open().await, scene.open().await);
    let first = one.post("desktop.set", json!({"showIcon": false})).await;
    let early = scene.app.event("desktop.settings.requested", |_| true).await;
    let second = two.post("desktop.set", json!({"keepRunning": false})).await;
    let late = scene.app.event("desktop.settings.requested", |wish| wish["changes"]["keepRunning"].is_boolean()).await;
    let mut now = settings();
    for (page, asked, wish, key) in [(&mut one, &first, &early, "showIcon"), (&mut two, &second, &late, "keepRunning")]
    {
        now[key] = json!(false);
        scene.app.ok("desktop.update", json!({"settings": now, "requestId": wish["requestId"]})).await;
        let answer = page.raw.answer(asked).await;
        assert_eq!((&answer["ok"], &answer["payload"]["settings"]), (&json!(true), &now), "{key}: {answer}");
    }
}

/// The app's computer as a node: what it is to offer goes to the app as every other setting, and how it is comes from the
/// app by itself, which answers nobody who waits.
#[tokio::test]
async fn the_apps_computer_becomes_a_node_by_a_setting() {
    let mut scene = scene().await;
    let mut page = scene.open().await;
    assert!(page.ok("desktop.get", json!({})).await["settings"].get("node").is_none(), "an app that knows no nodes");

    let changes = json!({"node": {"enabled": true, "capabilities": ["system", "notifications"]}});
    let asked = page.post("desktop.set", changes.clone()).await;
    let wish = scene.app.event("desktop.settings.requested", |_| true).await;
    assert_eq!(wish["changes"], changes);
    let told = |state: &str| {
        let mut now = settings();
        now["node"] = json!({"enabled": true, "capabilities": ["system", "notifications"], "state": state});
        now
    };
    let unasked = json!({"settings": told("off"), "unasked": true});
    assert_eq!(scene.app.ok("desktop.update", unasked).await, json!({"ok": true}));
    assert_eq!(page.ok("desktop.get", json!({})).await["settings"], told("off"));
    scene.app.ok("desktop.update", json!({"settings": told("connecting")})).await;
    let answer = page.raw.answer(&asked).await;
    assert_eq!(answer["payload"], json!({"settings": told("connecting")}), "the first was no answer: {answer}");

    let mut waits = told("waiting");
    waits["node"]["nodeId"] = json!("n1");
    scene.app.ok("desktop.update", json!({"settings": waits, "unasked": true})).await;
    assert_eq!(page.ok("desktop.get", json!({})).await["settings"], waits);

    let error = page.err("desktop.set", json!({"node": {}})).await;
    assert!(error["message"].as_str().unwrap().starts_with("name at least one setting"), "{error}");
    for node in [json!({"enabled": 1}), json!({"capabilities": ["teleport"]}), json!({"capabilities": "system"})] {
        let error = page.err("desktop.set", json!({"node": node})).await;
        assert_eq!(error["code"], "INVALID_REQUEST", "{node}");
        assert!(error["message"].as_str().unwrap().contains("node"), "{error}");
    }
}

/// Without an app there is nobody to ask; an app that says nothing is not waited for.
#[tokio::test]
async fn without_an_app_nothing_is_set() {
    let limits =
        postern_gateway::Limits { desktop_timeout: std::time::Duration::from_millis(50), ..Default::default() };
    let gateway = InProcess::with_limits(limits).await;
    let mut admin = gateway.op(&Device::new("admin"), &ADMIN).await;
    assert_eq!(admin.ok("desktop.get", json!({})).await, json!({"attached": false}));
    let error = admin.err("desktop.set", json!({"showIcon": true})).await;
    assert_eq!((&error["code"], &error["message"]), (&json!("INVALID_REQUEST"), &json!("no desktop app is attached")));
    let mut app = gateway.op(&Device::new("app"), &ADMIN).await;
    attach(&gateway, &mut app).await;
    let error = admin.err("desktop.set", json!({"showIcon": true})).await;
    assert_eq!((&error["code"], &error["retryable"]), (&json!("UNAVAILABLE"), &json!(true)));
    drop(app);
    let gone = async { while admin.ok("desktop.get", json!({})).await["attached"] == true {} };
    tokio::time::timeout(DEADLINE, gone).await.expect("the app stays attached");
}
