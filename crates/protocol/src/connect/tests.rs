use super::*;

#[test]
fn mismatch_says_what_the_server_speaks() {
    let params = ConnectParams { min_protocol: 5, max_protocol: 6, ..ConnectParams::default() };
    let error = params.dialect().unwrap_err();
    assert_eq!(error.message, "protocol mismatch");
    assert_eq!(
        serde_json::Value::Object(error.details.unwrap()),
        serde_json::json!({"code": "PROTOCOL_MISMATCH", "clientMinProtocol": 5, "clientMaxProtocol": 6,
            "expectedProtocol": 4, "minimumProbeProtocol": 3})
    );
}

#[test]
fn the_signature_covers_the_first_token_present() {
    let auth = ConnectAuth { device_token: Some("d".into()), ..ConnectAuth::default() };
    assert_eq!(auth.signed_token(), "d");
    let auth = ConnectAuth { token: Some("t".into()), ..auth };
    assert_eq!(auth.signed_token(), "t");
    assert_eq!(ConnectAuth { token: Some(String::new()), ..auth }.signed_token(), "d");
    assert!(
        !format!("{:?}", ConnectAuth { password: Some("hunter2".into()), ..ConnectAuth::default() })
            .contains("hunter2")
    );
}

#[test]
fn null_counts_as_absent() {
    let params: ConnectParams = serde_json::from_value(serde_json::json!({
        "minProtocol": 3, "maxProtocol": 4, "role": null, "scopes": null, "device": null, "auth": {"token": null},
        "client": {"id": "x", "mode": "cli", "version": "1", "platform": "linux", "displayName": null}, "later": 1
    }))
    .unwrap();
    assert!(params.role.is_none() && params.scopes.is_none() && params.device.is_none());
}
