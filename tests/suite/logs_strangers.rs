//! What strangers write is not in the log: a guess at a secret would be shown redacted there when it is right, and whoever can
//! connect and read the log could try one after the other (DEMAND "Secrets in logs/URLs/storage").

use std::fs;

use serde_json::json;

use crate::harness::{Caller, Connect, Device, PROXIED, TestGateway, until};

/// Stands for a guess; a right one would be `[redacted]` in the same places.
const GUESS: &str = "guess-of-a-stranger";

/// The connect with the guess wherever a client may choose a text.
fn everywhere(connect: Connect) -> Connect {
    let texts =
        ["id", "version", "platform", "displayName", "deviceFamily", "modelIdentifier", "instanceId", "buildId"];
    let connect =
        texts.into_iter().fold(connect, |connect, field| connect.set(&format!("/client/{field}"), json!(GUESS)));
    let connect = connect.set("/caps", json!([GUESS])).set("/commands", json!([GUESS]));
    connect.set("/locale", json!(GUESS)).set("/userAgent", json!(GUESS)).set("/pathEnv", json!(GUESS))
}

fn headers(caller: Caller) -> Caller {
    let names = ["user-agent", "cookie", "authorization", "referer", "tailscale-user-login", "x-forwarded-user"];
    names.into_iter().fold(caller, |caller, name| caller.header(name, GUESS))
}

async fn ask_for_files(gateway: &TestGateway) {
    for path in [format!("/{GUESS}"), format!("/?token={GUESS}"), format!("/assets/{GUESS}.js")] {
        gateway.http("GET", &path, &headers(Caller::remote()), "").await;
        gateway.http("POST", &path, &headers(Caller::page(&format!("https://{GUESS}.example"))), GUESS).await;
    }
}

async fn knock(gateway: &TestGateway) {
    let stranger = Device::new("stranger");
    let operator = || Connect::operator(&stranger, &["operator.read"]);
    let refused = [
        everywhere(operator()).auth(json!({"token": GUESS})),
        operator().set("/permissions", json!({GUESS: 7})),
        operator().set("/role", json!(GUESS)),
        operator().set("/client/mode", json!(GUESS)),
        operator().set("/scopes", json!([GUESS])).no_auth(),
    ];
    for connect in refused {
        assert!(gateway.connect_from(&headers(Caller::remote()), &connect).await.is_err());
    }
    let mut raw = gateway.raw().await;
    raw.request(GUESS, GUESS, json!({GUESS: GUESS})).await;
    raw.closed().await;
}

#[tokio::test]
async fn what_strangers_write_is_not_in_the_log() {
    let gateway = TestGateway::builder().config(PROXIED).env("POSTERN_LOG", "trace").start();
    ask_for_files(&gateway).await;
    knock(&gateway).await;
    // One that is let in, and is still no program that anybody knows.
    let let_in = |name: &str| Connect::operator(&Device::new(name), &["operator.read"]);
    gateway.must(&Caller::local(), &everywhere(let_in("unknown"))).await;
    gateway.must(&Caller::local(), &let_in("known")).await;

    let file = gateway.state_dir().join("logs/postern.log");
    let texts = || [gateway.log(), fs::read_to_string(&file).unwrap_or_default()];
    let complete = |text: &String| {
        ["invalid connect params", "client=\"other\"", "client=\"cli\""]
            .iter()
            .all(|said| text.contains(said) || text.contains(&said.replace('"', "\\\"")))
    };
    let texts = until("all lines", || Some(texts()).filter(|texts| texts.iter().all(complete))).await;
    for text in texts {
        let told: Vec<_> = text.lines().filter(|line| line.contains(GUESS)).collect();
        assert!(told.is_empty(), "{told:#?}");
    }
}
