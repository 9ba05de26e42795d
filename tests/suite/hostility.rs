//! Input that nobody sends in good faith: it ends at most its own connection, fills no log, and finds nothing on disk.

use std::time::Instant;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::limits::stops_without_a_crash;
use crate::harness::{Caller, Client, Connect, DEADLINE, Device, TestGateway, until};

/// Lines about bad input of one kind that get into the log in a second.
const LINES_PER_SECOND: u64 = 5;

fn reader(name: &str, dialect: u32) -> Connect {
    Connect::operator(&Device::new(name), &["operator.read"]).dialect(dialect)
}

fn nested(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

fn in_params(params: &str) -> String {
    format!(r#"{{"type":"req","id":"x","method":"health","params":{params}}}"#)
}

/// Texts that are no request at all.
fn texts() -> Vec<String> {
    vec![
        nested(30_000),
        "[".repeat(60_000),
        "{\"a\":".repeat(10_000),
        "-".to_owned(),
        "1e999999".to_owned(),
        "NaN".to_owned(),
        "\"\\ud800\"".to_owned(),
        "\u{feff}{}".to_owned(),
        "{}\u{0}{}".to_owned(),
        r#"{"type":"req","id":1e999,"method":"health"}"#.to_owned(),
        r#"{"type":"req","id":"\ud800","method":"health"}"#.to_owned(),
        r#"{"type":"req","id":"a","id":"b","method":"health"}"#.to_owned(),
        r#"{"type":"req","type":"res","id":"a","method":"health"}"#.to_owned(),
        format!("[{}]", vec!["{}"; 20_000].join(",")),
        format!("{{{}}}", (0..5_000).map(|n| format!("\"k{n}\":{n}")).collect::<Vec<_>>().join(",")),
    ]
}

/// W-18, W-20: whatever the first frame is, nothing but that socket ends.
#[tokio::test]
async fn no_first_frame_harms_anybody() {
    let gateway = TestGateway::start();
    let mut other = gateway.op(&Device::new("other"), &["operator.read"]).await;
    for text in texts() {
        let mut raw = gateway.raw().await;
        raw.challenge().await;
        raw.send_text(text.as_str()).await;
        let close = raw.closed().await;
        assert!(matches!(close.code, 1000 | 1008), "{close:?} for {}", &text[..text.len().min(60)]);
        assert_eq!(raw.frames().len(), 1, "answered: {:?}", raw.frames());
    }
    let params = [nested(20_000), r#"{"minProtocol":1e999}"#.to_owned(), r#"{"client":{"id":"a","id":5}}"#.to_owned()];
    for params in params {
        let mut raw = gateway.raw().await;
        raw.challenge().await;
        raw.send_text(format!(r#"{{"type":"req","id":"c","method":"connect","params":{params}}}"#)).await;
        let answer = raw.recv().await.unwrap();
        assert!(answer["error"]["message"].as_str().unwrap().starts_with("invalid connect params"), "{answer}");
        assert_eq!(raw.closed().await.code, 1008);
    }
    other.ok("health", json!({})).await;
}

/// W-18: whatever comes after the handshake is answered, and the connection goes on.
#[tokio::test]
async fn no_frame_harms_its_own_connection() {
    let gateway = TestGateway::start();
    for dialect in [3, 4] {
        let mut client = gateway.must(&Caller::local(), &reader("a", dialect)).await;
        let hostile = [
            nested(30_000),
            r#"{"probe":1e999}"#.to_owned(),
            r#"{"probe":-0.0}"#.to_owned(),
            r#"{"probe":true,"probe":5}"#.to_owned(),
            format!(r#"{{"probe":{}}}"#, "9".repeat(10_000)),
            format!(r#"{{"probe":"{}"}}"#, "\\u0000".repeat(10_000)),
        ];
        for text in texts().into_iter().chain(hostile.iter().map(|params| in_params(params))) {
            client.raw.send_text(text.as_str()).await;
            let answer = client.raw.until("the answer", |frame| frame["type"] == "res").await;
            assert_eq!(
                (&answer["ok"], &answer["error"]["code"]),
                (&json!(false), &json!("INVALID_REQUEST")),
                "{answer}"
            );
            assert!(answer.to_string().len() < 1_000, "{answer}");
        }
        client.ok("health", json!({})).await;
    }
}

/// W-18: bytes that are no UTF-8: in a binary message an invalid frame, in a text message the end of the socket, as the
/// WebSocket standard wants.
#[tokio::test]
async fn text_must_be_utf8() {
    let gateway = TestGateway::start();
    let mut other = gateway.op(&Device::new("other"), &["operator.read"]).await;
    for dialect in [3, 4] {
        let mut client = gateway.must(&Caller::local(), &reader("a", dialect)).await;
        let bytes = b"{\"type\":\"req\",\"id\":\"\xff\",\"method\":\"health\"}".to_vec();
        client.raw.send_message(Message::binary(bytes.clone())).await;
        let error = json!({"code": "INVALID_REQUEST", "message": "invalid request frame: not JSON"});
        assert_eq!(client.raw.answer("invalid").await["error"], error);
        client.ok("health", json!({})).await;
        let text = Frame::message(bytes, OpCode::Data(Data::Text), true);
        client.raw.send_message(Message::Frame(text)).await;
        let close = client.closed().await;
        assert!(matches!(close.code, 1002 | 1007), "{close:?}");
    }
    other.ok("health", json!({})).await;
}

/// Garbage without an end, a hundred frames at a time.
async fn flood(mut client: Client) {
    loop {
        for _ in 0..100 {
            client.raw.send_text("garbage").await;
        }
        let mut answered = 0;
        let is_last = |frame: &Value| {
            answered += usize::from(frame["id"] == "invalid");
            answered == 100
        };
        client.raw.until("its answers", is_last).await;
    }
}

/// W-18: each frame of a flood of garbage is answered, and nobody else waits for that.
#[tokio::test]
async fn a_flood_of_garbage_is_answered_and_harmless() {
    const COUNT: usize = 3_000;
    let gateway = TestGateway::start();
    for dialect in [3, 4] {
        let mut other = gateway.must(&Caller::local(), &reader("a", dialect)).await;
        let mut client = gateway.must(&Caller::local(), &reader("a", dialect)).await;
        for number in 0..COUNT {
            client.raw.send_text(if number % 2 == 0 { "garbage" } else { "{}" }).await;
        }
        let flooder = gateway.must(&Caller::local(), &reader("a", dialect)).await;
        let asking = async {
            for _ in 0..20 {
                other.ok("health", json!({})).await;
            }
        };
        tokio::select! {
            // It has no end: whoever waited for one would wait for ever.
            () = flood(flooder) => unreachable!("it goes on"),
            () = asking => {}
        }
        client.ok("health", json!({})).await;
        let answers = client.raw.frames().iter().filter(|frame| frame["id"] == "invalid").count();
        assert_eq!(answers, COUNT);
    }
}

/// W-18: bad input gets a few lines per second into the log, and a count of the rest.
#[tokio::test]
async fn bad_input_does_not_fill_the_log() {
    let gateway = TestGateway::start();
    let start = Instant::now();
    let mut client = gateway.op(&Device::new("a"), &["operator.read"]).await;
    for _ in 0..1_000 {
        client.raw.send_text("canary").await;
    }
    client.ok("health", json!({})).await;
    for _ in 0..100 {
        let mut raw = gateway.raw().await;
        raw.send_text("canary").await;
        raw.closed().await;
    }
    let most = LINES_PER_SECOND * (start.elapsed().as_secs() + 2);
    let log = until("the log", || Some(gateway.log()).filter(|log| log.contains("Refused."))).await;
    for kind in ["Invalid frame.", "Refused."] {
        let lines = log.lines().filter(|line| line.contains(kind)).count() as u64;
        assert!((1..=most).contains(&lines), "{lines} lines {kind:?}");
    }
    assert!(!log.contains("canary"), "what a stranger sent is in the log");
}

/// W-01: a client's goodbye is answered with its own code, before the handshake and after it.
#[tokio::test]
async fn a_goodbye_is_answered() {
    let gateway = TestGateway::start();
    let goodbye = |code: u16| Message::Close(Some(CloseFrame { code: code.into(), reason: "tick timeout".into() }));
    for code in [1000, 1001, 4000] {
        let mut early = gateway.raw().await;
        early.challenge().await;
        early.send_message(goodbye(code)).await;
        assert_eq!(early.closed().await.code, code);
        for dialect in [3, 4] {
            let mut client = gateway.must(&Caller::local(), &reader("a", dialect)).await;
            client.raw.send_message(goodbye(code)).await;
            assert_eq!(client.closed().await.code, code);
        }
    }
}

/// W-01: frames that break the WebSocket standard end their own socket, with the reason that the standard has for it.
#[tokio::test]
async fn broken_websocket_frames_end_their_socket() {
    let gateway = TestGateway::start();
    let mut other = gateway.op(&Device::new("other"), &["operator.read"]).await;
    let table: [(&str, &[u8], u16); 8] = [
        ("not masked", &[0x81, 2, b'{', b'}'], 1002),
        ("a reserved bit", &[0xc1, 0x82, 0, 0, 0, 0, b'{', b'}'], 1002),
        ("a reserved kind", &[0x83, 0x80, 0, 0, 0, 0], 1002),
        ("a reserved control kind", &[0x8b, 0x80, 0, 0, 0, 0], 1002),
        ("the end of nothing", &[0x80, 0x80, 0, 0, 0, 0], 1002),
        ("a ping in parts", &[0x09, 0x80, 0, 0, 0, 0], 1002),
        ("a ping that is too long", &[&[0x89, 0xfe, 0, 126][..], &[0; 130]].concat(), 1002),
        ("more than there is memory", &[0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0], 1009),
    ];
    for (what, bytes, code) in table {
        let mut stream = TcpStream::connect(("127.0.0.1", gateway.port)).await.unwrap();
        let upgrade = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                       sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        stream.write_all(upgrade.as_bytes()).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        drop(tokio::time::timeout(DEADLINE, stream.read_to_end(&mut answer)).await.expect("the connection stays open"));
        // The last frame is the close frame, and its first two bytes are the code.
        let close = answer.windows(4).rposition(|frame| frame[0] == 0x88 && usize::from(frame[1]) <= 125);
        let close = close.unwrap_or_else(|| panic!("{what}: no close frame in {answer:?}"));
        assert_eq!(u16::from_be_bytes([answer[close + 2], answer[close + 3]]), code, "{what}");
    }
    other.ok("health", json!({})).await;
    stops_without_a_crash(gateway);
}

/// W-01: bytes that are no HTTP at all end their own connection.
#[tokio::test]
async fn bytes_that_are_no_http_are_harmless() {
    let gateway = TestGateway::start();
    let endless = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(100_000));
    let headers = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "x-a: b\r\n".repeat(5_000));
    for bytes in
        [b"\x16\x03\x01\x02\x00".as_slice(), &[0; 4_096], b"SSH-2.0-x\r\n\r\n", endless.as_bytes(), headers.as_bytes()]
    {
        let mut stream = TcpStream::connect(("127.0.0.1", gateway.port)).await.unwrap();
        // The gateway may close before it has read everything.
        drop(stream.write_all(bytes).await);
        drop(stream.shutdown().await);
        let mut answer = Vec::new();
        drop(tokio::time::timeout(DEADLINE, stream.read_to_end(&mut answer)).await.expect("the connection stays open"));
        let text = String::from_utf8_lossy(&answer);
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 4"), "{text}");
    }
    gateway.op(&Device::new("a"), &["operator.read"]).await.ok("health", json!({})).await;
}

/// P-29: pairing data is private on disk, and no secret gets into the log however much is logged.
#[cfg(unix)]
#[tokio::test]
async fn pairing_data_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let gateway = TestGateway::builder().env("POSTERN_LOG", "debug").start();
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let code = admin.ok("device.pair.setupCode", json!({})).await;
    let rotated =
        admin.ok("device.token.rotate", json!({"deviceId": Device::new("admin").id(), "role": "operator"})).await;
    let wrong = Connect::operator(&Device::new("b"), &[])
        .auth(json!({"token": "wrong-secret-canary", "password": "wrong-secret-canary"}));
    gateway.refused(&Caller::local(), &wrong).await;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let state = gateway.state_dir();
    assert_eq!((mode(&state), mode(&state.join("postern.sqlite"))), (0o700, 0o600));
    assert_eq!(mode(&state.join("credentials")), 0o700);
    for file in std::fs::read_dir(&state).unwrap().chain(std::fs::read_dir(state.join("credentials")).unwrap()) {
        let path = file.unwrap().path();
        let private = path.is_dir() || path.extension().is_some_and(|kind| kind == "json") || mode(&path) == 0o600;
        assert!(private, "{} has mode {:o}", path.display(), mode(&path));
    }
    let secret = |value: &Value| value.as_str().unwrap().to_owned();
    let secrets = [
        gateway.token.clone().unwrap(),
        admin.device_token(),
        secret(&rotated["token"]),
        secret(&code["setupCode"]),
        secret(&admin.sent["device"]["signature"]),
        "wrong-secret-canary".to_owned(),
    ];
    let log = until("the log", || Some(gateway.log()).filter(|log| log.contains("Refused."))).await;
    let database = std::fs::read(state.join("postern.sqlite")).unwrap();
    let journal = std::fs::read(state.join("postern.sqlite-wal")).unwrap_or_default();
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret} is in the log");
        for bytes in [&database, &journal] {
            assert!(
                !bytes.windows(secret.len()).any(|window| window == secret.as_bytes()),
                "{secret} is in the database"
            );
        }
    }
}
