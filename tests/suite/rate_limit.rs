//! How often a secret may be guessed: per canonical address, per kind of secret and in all, this machine included
//! (`handshake.md §6`; DEMAND §2: brute force of the shared secret). A-14.

use serde_json::{Value, json};

use crate::harness::{Caller, Close, Connect, Device, InProcess, Refused, TOKEN, TestGateway};

const LIMITED: &str = "unauthorized: too many failed authentication attempts (retry later)";

fn op() -> Connect {
    Connect::operator(&Device::new("guesser"), &[])
}

fn guess(auth: Value) -> Connect {
    op().auth(auth)
}

fn limited(refused: &Refused) -> bool {
    refused.code() == "AUTH_RATE_LIMITED"
}

/// Guesses until the gateway stops looking; how many it looked at.
async fn looked_at(gateway: &InProcess, most: usize, mut attempt: impl FnMut(usize) -> (Caller, Connect)) -> usize {
    for number in 0..most {
        let (caller, connect) = attempt(number);
        if limited(&gateway.refused(&caller, &connect).await) {
            return number;
        }
    }
    most
}

/// A-14: ten wrong tokens lock an address out, with the whole answer; others are not affected; five minutes later it may again.
#[tokio::test]
async fn ten_wrong_tokens_lock_an_address_out() {
    let gateway = InProcess::start().await;
    for version in [3, 4] {
        let caller = Caller::at(&format!("203.0.113.{version}"));
        let wrong = guess(json!({"token": "wrong"})).dialect(version);
        for _ in 0..10 {
            assert_eq!(gateway.refused(&caller, &wrong).await.code(), "AUTH_TOKEN_MISMATCH");
        }
        gateway.clock.advance_ms(1_000);
        let details = json!({"code": "AUTH_RATE_LIMITED", "authReason": "rate_limited", "canRetryWithDeviceToken": false,
            "recommendedNextStep": "wait_then_retry"});
        let error = json!({"code": "INVALID_REQUEST", "message": LIMITED, "details": details, "retryable": true, "retryAfterMs": 299_000});
        for connect in [wrong.clone(), op().dialect(version)] {
            let refused = gateway.refused(&caller, &connect).await;
            assert_eq!(
                (refused.error, refused.close),
                (error.clone(), Close::new(1008, LIMITED)),
                "the right token is not looked at either"
            );
        }
        let elsewhere = gateway.refused(&Caller::at("198.51.100.9"), &op().dialect(version)).await;
        assert_eq!(elsewhere.code(), "PAIRING_REQUIRED", "the right token from another address is looked at");
        gateway.op(&Device::new("owner"), &["operator.read"]).await;
        gateway.clock.advance_ms(299_000);
        assert_eq!(gateway.refused(&caller, &wrong).await.code(), "AUTH_TOKEN_MISMATCH");
    }
}

/// A-14: this machine is slowed down, not locked out: 250 ms, doubling, and the owner gets in again.
#[tokio::test]
async fn this_machine_is_slowed_down() {
    let gateway = InProcess::start().await;
    let wrong = guess(json!({"token": "wrong"}));
    for _ in 0..10 {
        assert_eq!(gateway.refused(&Caller::local(), &wrong).await.code(), "AUTH_TOKEN_MISMATCH");
    }
    for wait in [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000] {
        let refused = gateway.refused(&Caller::local(), &op()).await;
        assert_eq!((refused.code(), &refused.error["retryAfterMs"]), ("AUTH_RATE_LIMITED", &json!(wait)));
        gateway.clock.advance_ms(wait);
        assert_eq!(gateway.refused(&Caller::local(), &wrong).await.code(), "AUTH_TOKEN_MISMATCH");
    }
    gateway.clock.advance_ms(5_000);
    gateway.must(&Caller::local(), &op()).await;
    assert_eq!(
        gateway.refused(&Caller::local(), &wrong).await.code(),
        "AUTH_TOKEN_MISMATCH",
        "knowing it clears the slate"
    );
}

/// No optional field goes around the limit, from elsewhere: every shape of a guess is stopped.
#[tokio::test]
async fn no_shape_of_a_guess_goes_around_the_limit() {
    let gateway = InProcess::start().await;
    let shapes: [fn(usize) -> Value; 9] = [
        |n| json!({"token": format!("guess{n}")}),
        |n| json!({"password": format!("guess{n}")}),
        |n| json!({"token": format!("guess{n}"), "password": format!("guess{n}")}),
        |n| json!({"token": format!("guess{n}"), "deviceToken": "junk"}),
        |n| json!({"token": format!("guess{n}"), "deviceToken": format!("guess{n}")}),
        |n| json!({"token": format!("guess{n}"), "bootstrapToken": "junk"}),
        |n| json!({"token": format!("guess{n}"), "deviceToken": "junk", "bootstrapToken": "junk", "password": "junk"}),
        |n| json!({"deviceToken": format!("guess{n}")}),
        |n| json!({"bootstrapToken": format!("guess{n}")}),
    ];
    for (index, shape) in shapes.into_iter().enumerate() {
        for version in [3, 4] {
            let caller = Caller::at(&format!("203.0.113.{}", 10 * version + u32::try_from(index).unwrap()));
            let attempt = |n: usize| {
                // A new key for each guess: a device costs nothing.
                let connect = Connect::operator(&Device::new(&format!("{index}-{version}-{n}")), &[]).dialect(version);
                (caller.clone(), connect.auth(shape(n)))
            };
            let looked = looked_at(&gateway, 40, attempt).await;
            assert!(looked <= 10 || (version == 3 && index == 1), "shape {} v{version}: {looked}", shape(0));
        }
    }
}

/// The same on this machine, where the limit is a delay: with the clock standing still only the first guesses count.
#[tokio::test]
async fn no_shape_of_a_guess_goes_around_the_delay() {
    let shapes: [fn(usize) -> Value; 5] = [
        |n| json!({"token": format!("guess{n}")}),
        |n| json!({"token": format!("guess{n}"), "deviceToken": "junk"}),
        |n| json!({"token": format!("guess{n}"), "deviceToken": format!("guess{n}")}),
        |n| json!({"token": format!("guess{n}"), "bootstrapToken": format!("junk{n}")}),
        |n| json!({"password": format!("guess{n}"), "deviceToken": format!("junk{n}")}),
    ];
    for shape in shapes {
        let gateway = InProcess::start().await;
        let attempt =
            |n: usize| (Caller::local(), Connect::operator(&Device::new(&format!("d{n}")), &[]).auth(shape(n)));
        let looked = looked_at(&gateway, 60, attempt).await;
        assert!(looked <= 12, "{}: {looked} guesses were looked at", shape(0));
    }
}

/// An Origin header costs nothing either: whatever a local program claims there, guessing ends.
#[tokio::test]
async fn no_origin_goes_around_the_delay() {
    let gateway = InProcess::start().await;
    let attempt = |n: usize| {
        let page = Caller::page(&format!("http://localhost:{}", 1_024 + n));
        (page, Connect::deviceless(&[]).client("openclaw-control-ui", "ui").auth(json!({"token": format!("guess{n}")})))
    };
    let looked = looked_at(&gateway, 400, attempt).await;
    assert!(looked <= 310, "{looked} guesses were looked at");
    // The owner without a browser is not the one who pays.
    gateway.op(&Device::new("owner"), &["operator.read"]).await;
}

/// One machine is one subject in every spelling: IPv4 mapped into IPv6, IPv6 by its network.
#[tokio::test]
async fn one_machine_is_one_subject_in_every_spelling() {
    let gateway = InProcess::start().await;
    let wrong = || guess(json!({"token": "wrong"}));
    let spellings: [fn(usize) -> String; 3] = [
        |n| if n.is_multiple_of(2) { "192.0.2.1".to_owned() } else { "::ffff:192.0.2.1".to_owned() },
        |n| format!("2001:db8:1:2::{n:x}"),
        |n| format!("203.0.113.200, 192.0.2.{}", 50).repeat(1) + if n == 0 { "" } else { "  " },
    ];
    for spelling in spellings {
        let looked = looked_at(&gateway, 30, |n| (Caller::at(spelling(n).trim_end()), wrong())).await;
        assert_eq!(looked, 10, "{}", spelling(0));
    }
    // What the client writes itself, left of what the proxy saw, makes it nobody else.
    let looked = looked_at(&gateway, 30, |n| (Caller::at(&format!("10.9.8.{n}, 192.0.2.99")), wrong())).await;
    assert_eq!(looked, 10);
}

/// Many strangers together are slowed down too, while this machine is not.
#[tokio::test]
async fn many_strangers_together_are_slowed_down() {
    let gateway = InProcess::start().await;
    let attempt = |n: usize| (Caller::at(&format!("10.{}.{}.1", n / 200, n % 200)), guess(json!({"token": "wrong"})));
    let looked = looked_at(&gateway, 400, attempt).await;
    assert!((250..=310).contains(&looked), "{looked}");
    gateway.op(&Device::new("owner"), &["operator.read"]).await;
}

/// A wrong device token from elsewhere is counted by its address, and a lock on guessing it does not lock the secret.
#[tokio::test]
async fn each_kind_of_secret_is_counted_apart() {
    let gateway = InProcess::start().await;
    gateway.op(&Device::new("guesser"), &[]).await;
    let looked = looked_at(&gateway, 30, |n| (Caller::remote(), guess(json!({"deviceToken": format!("g{n}")})))).await;
    assert_eq!(looked, 10);
    gateway.must(&Caller::remote(), &Connect::deviceless(&[])).await;
    // Nor does a lock on the secret lock out a paired device that brings its own token, in whichever field.
    let device = Device::new("owned");
    let token = gateway.op(&device, &[]).await.device_token();
    let elsewhere = Caller::at("203.0.113.99");
    let looked = looked_at(&gateway, 30, |n| (elsewhere.clone(), guess(json!({"token": format!("g{n}")})))).await;
    assert_eq!(looked, 10);
    let own = Connect::operator(&device, &[]);
    for auth in
        [json!({"deviceToken": token}), json!({"token": token}), json!({"token": "stale", "deviceToken": token})]
    {
        gateway.must(&elsewhere, &own.clone().auth(auth)).await;
    }
    assert!(limited(&gateway.refused(&elsewhere, &own).await));
}

/// Settings: the limits are the configuration's; without the exemption this machine is locked out like any other.
#[tokio::test]
async fn the_limits_are_settings() {
    let config = r#"{gateway: {trustedProxies: ["127.0.0.1"],
        auth: {rateLimit: {maxAttempts: 3, windowMs: 10000, lockoutMs: 20000, exemptLoopback: false}}}}"#;
    let gateway = InProcess::with(config, |_| {}).await;
    for caller in [Caller::local(), Caller::remote()] {
        let looked = looked_at(&gateway, 9, |_| (caller.clone(), guess(json!({"token": "wrong"})))).await;
        assert_eq!(looked, 3);
        let refused = gateway.refused(&caller, &op()).await;
        assert_eq!(refused.error["retryAfterMs"], 20_000);
    }
    gateway.clock.advance_ms(20_000);
    gateway.must(&Caller::local(), &op()).await;
}

/// HTTP asks under the same limit: guessing bearer tokens there locks the address for sockets too.
#[tokio::test]
async fn guessing_over_http_counts_too() {
    let gateway = TestGateway::proxied();
    let caller = |token: &str| Caller::remote().header("authorization", &format!("Bearer {token}"));
    let known = |body: &Value| body.get("uptimeMs").is_some();
    assert!(known(&gateway.http("GET", "/readyz", &caller(TOKEN), "").await.json()));
    for n in 0..10 {
        assert!(!known(&gateway.http("GET", "/readyz", &caller(&format!("guess{n}")), "").await.json()));
    }
    assert!(!known(&gateway.http("GET", "/readyz", &caller(TOKEN), "").await.json()), "the right one is not looked at");
    assert!(limited(&gateway.refused(&Caller::remote(), &op()).await));
}
