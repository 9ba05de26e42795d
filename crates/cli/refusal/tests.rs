//! Exit codes and hints for everything a client can report.

use postern_client::{CloseInfo, PairingRequired};
use postern_protocol::error::{DetailCode, ErrorCode};

use super::*;

fn local() -> Origins {
    Origins { url: "ws://127.0.0.1:18789".into(), ..Origins::default() }
}

fn elsewhere() -> Origins {
    Origins {
        url: "wss://h".into(),
        url_by: Some("--url".into()),
        token_by: Some("OPENCLAW_GATEWAY_TOKEN".into()),
        ..Origins::default()
    }
}

fn refused(code: ErrorCode, message: &str, detail: DetailCode) -> ConnectError {
    ConnectError::Refused(Box::new(ErrorShape::new(code, message).detail_code(detail)))
}

fn down() -> ConnectError {
    ConnectError::Unreachable { url: "ws://127.0.0.1:18789".into(), cause: "connection refused".into() }
}

#[test]
fn a_gateway_that_is_down_can_be_started_as_the_message_says() {
    let failure = of_connect(&down(), &local());
    assert_eq!(failure.exit, Exit::Unreachable);
    assert_eq!(failure.message, "no gateway answers at ws://127.0.0.1:18789 — start it with `postern gateway`");
    let work = Origins { profile: Some("work".into()), ..local() };
    assert!(of_connect(&down(), &work).message.contains("`postern --profile work gateway`"));
    let remote = of_connect(&down(), &elsewhere());
    assert!(remote.message.contains("at wss://h"), "{remote}");
    assert!(remote.hint.unwrap().contains("connection refused\nthe address was given by --url"));
}

#[test]
fn every_class_of_failure_has_its_exit_code() {
    let after = Duration::from_millis(5);
    let table = [
        (down(), Exit::Unreachable),
        (ConnectError::UpgradeRefused { status: 404, message: String::new() }, Exit::Unreachable),
        (ConnectError::Unreadable("<html>".into()), Exit::Unreachable),
        (ConnectError::Closed(CloseInfo { code: 1006, reason: String::new() }), Exit::Unreachable),
        (ConnectError::Timeout { awaited: "challenge", after }, Exit::Timeout),
        (refused(ErrorCode::InvalidRequest, "unauthorized", DetailCode::AuthTokenMismatch), Exit::Unauthorized),
        (
            refused(ErrorCode::NotPaired, "device identity required", DetailCode::DeviceIdentityRequired),
            Exit::Unauthorized,
        ),
        (ConnectError::Refused(Box::new(ErrorShape::new(ErrorCode::Unavailable, "starting"))), Exit::Failed),
        (ConnectError::ClosedByClient, Exit::Failed),
    ];
    for (error, want) in table {
        assert_eq!(of_connect(&error, &local()).exit, want, "{error}");
    }
    assert_eq!(of_silence(after, &local()).exit, Exit::Timeout);
    assert_eq!(of_options(&OptionsError::FingerprintWithoutTls).exit, Exit::Usage);
}

#[test]
fn answers_to_calls_keep_the_gateways_details() {
    let refused = |shape: ErrorShape| of_call(&CallError::Refused(Box::new(shape)), &local());
    let missing =
        ErrorShape::new(ErrorCode::Forbidden, "missing scope: operator.admin").detail_code(DetailCode::MissingScope);
    assert_eq!(refused(missing).exit, Exit::Unauthorized);
    let unknown = refused(ErrorShape::new(ErrorCode::InvalidRequest, "unknown method: x"));
    assert_eq!((unknown.exit, unknown.message.as_str()), (Exit::Failed, "unknown method: x"));
    assert_eq!(unknown.to_json()["error"]["code"], "INVALID_REQUEST");
    let later = refused(ErrorShape::new(ErrorCode::Unavailable, "busy").retry_after(1500));
    assert_eq!(later.hint.as_deref(), Some("try again in 2 s"));
    let timeout = CallError::Timeout { method: "health".into(), after: Duration::from_millis(5) };
    assert_eq!(of_call(&timeout, &local()).exit, Exit::Timeout);
    assert_eq!(of_call(&CallError::NotConnected(down()), &local()).exit, Exit::Unreachable);
}

#[test]
fn a_device_that_waits_is_told_the_exact_command() {
    let shape = ErrorShape::new(ErrorCode::NotPaired, "pairing required: device is not approved yet")
        .detail_code(DetailCode::PairingRequired);
    let pairing = |request_id: Option<&str>| {
        ConnectError::PairingRequired(Box::new(PairingRequired {
            request_id: request_id.map(str::to_owned),
            reason: None,
            keep_trying: false,
            error: shape.clone(),
        }))
    };
    let failure = of_connect(&pairing(Some("3f1c-77")), &local());
    assert_eq!(failure.exit, Exit::PairingRequired);
    assert_eq!(failure.message, "pairing required: device is not approved yet (request 3f1c-77)");
    assert!(failure.hint.unwrap().ends_with("postern devices approve 3f1c-77"));
    let work = Origins { profile: Some("work".into()), ..local() };
    let failure = of_connect(&pairing(Some("3f1c-77")), &work);
    assert!(failure.hint.unwrap().ends_with("postern --profile work devices approve 3f1c-77"));
    assert!(of_connect(&pairing(None), &local()).hint.unwrap().ends_with("postern devices list"));
}

#[test]
fn a_wrong_secret_is_traced_to_where_it_came_from() {
    let hint = |detail: DetailCode, origins: &Origins| {
        of_connect(&refused(ErrorCode::InvalidRequest, "unauthorized", detail), origins).hint.unwrap()
    };
    assert!(hint(DetailCode::AuthTokenMismatch, &elsewhere()).contains("OPENCLAW_GATEWAY_TOKEN"));
    assert!(hint(DetailCode::AuthTokenMissing, &elsewhere()).contains("given by --url, so no stored credentials"));
    assert!(hint(DetailCode::AuthTokenMissing, &local()).contains("--profile and POSTERN_STATE_DIR"));
    let password = Origins { password_by: Some("--password".into()), ..local() };
    assert!(hint(DetailCode::AuthPasswordMismatch, &password).contains("came from --password"));
    assert!(hint(DetailCode::AuthTokenMismatch, &password).contains("only a password was given, by --password"));
    assert!(hint(DetailCode::AuthPasswordMissing, &local()).contains("POSTERN_GATEWAY_PASSWORD"));
    let limited = ErrorShape::new(ErrorCode::InvalidRequest, "unauthorized: too many")
        .detail_code(DetailCode::AuthRateLimited)
        .retry_after(60_000);
    let limited = of_connect(&ConnectError::Refused(Box::new(limited)), &local());
    assert!(limited.hint.unwrap().starts_with("wait 1 min"));
}

#[test]
fn what_a_gateway_says_cannot_move_the_cursor() {
    let shape = ErrorShape::new(ErrorCode::InvalidRequest, "bad\u{1b}[2K");
    let failure = of_call(&CallError::Refused(Box::new(shape)), &local());
    assert_eq!(failure.message, "bad\u{fffd}[2K");
}
