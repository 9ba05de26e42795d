//! Bytes and time: bombs, endless bodies, silence, cancelling.

use std::time::Duration;

use postern_tools::ToolOutcome;
use postern_tools::web::{WebOptions, web_tools_with_lookup};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::site::{Names, Reply, Site};
use crate::{LOCAL, content, context, fetch, options, until};

/// One block of deflate with fixed codes: an `a`, then `runs` copies of the 258 bytes before.
fn bomb(runs: usize) -> Vec<u8> {
    let mut bits = Vec::new();
    let mut push = |value: u32, count: u32, msb_first: bool| {
        for at in 0..count {
            let shift = if msb_first { count - 1 - at } else { at };
            bits.push(value >> shift & 1 == 1);
        }
    };
    push(1, 1, false);
    push(1, 2, false);
    push(0x30 + u32::from(b'a'), 8, true);
    for _ in 0..runs {
        push(0b1100_0101, 8, true);
        push(0, 5, true);
    }
    push(0, 7, true);
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    for chunk in bits.chunks(8) {
        gzip.push(chunk.iter().enumerate().fold(0, |byte, (at, bit)| byte | (u8::from(*bit) << at)));
    }
    gzip
}

#[tokio::test]
async fn a_compressed_bomb_is_counted_after_it_has_gone_off() {
    let bomb = bomb(400_000);
    assert!(bomb.len() < 700_000, "a hundred megabytes in {} bytes", bomb.len());
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        bomb.len()
    );
    let site = Site::start(vec![("/", Reply::Bytes([head.as_bytes(), &bomb].concat()))]).await;
    let small = WebOptions { max_bytes: 100_000, ..options() };
    let outcome = fetch(&small, json!({ "url": site.url("site.test", "/"), "maxChars": 400_000 })).await;
    let text = content(&outcome);
    assert_eq!(text, format!("{}\n[cut here: there is more]", "a".repeat(100_000)));
    assert_eq!(outcome.details.unwrap()["truncated"], true);
}

#[tokio::test]
async fn an_endless_body_is_cut_and_hung_up_on() {
    let endless = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\nx".to_vec();
    let site = Site::start(vec![("/", Reply::Endless(endless))]).await;
    let outcome = fetch(&options(), json!({ "url": site.url("site.test", "/"), "maxChars": 1000 })).await;
    assert_eq!(content(&outcome), format!("{}\n[cut here: there is more]", "x".repeat(1000)));
    until("the server notices", || site.requests().contains(&"hung up".to_owned())).await;
}

#[tokio::test]
async fn a_server_that_stalls_is_given_up() {
    let site = Site::start(vec![
        ("/silent", Reply::Stalled(Vec::new())),
        ("/half-a-head", Reply::Stalled(b"HTTP/1.1 200 OK\r\ncontent-ty".to_vec())),
        ("/half-a-body", Reply::Stalled(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc".to_vec())),
    ])
    .await;
    let hasty = WebOptions { timeout: Duration::from_millis(200), ..options() };
    for path in ["/silent", "/half-a-head", "/half-a-body"] {
        let outcome = fetch(&hasty, json!({ "url": site.url("site.test", path) })).await;
        assert!(
            outcome.is_error && outcome.text().contains("no complete answer within 200ms"),
            "{path}: {}",
            outcome.text()
        );
    }
    until("all are hung up on", || site.requests().iter().filter(|seen| *seen == "hung up").count() == 3).await;
}

#[tokio::test]
async fn a_cancelled_call_ends_and_hangs_up() {
    let site = Site::start(vec![("/", Reply::Stalled(Vec::new()))]).await;
    let names = Names::new(&[("site.test", LOCAL)]);
    let tool = &web_tools_with_lookup(&options(), names)[0];
    let cancel = CancellationToken::new();
    let (cx, _folder) = context(cancel.clone());
    let asked = async {
        until("the request arrives", || !site.requests().is_empty()).await;
        cancel.cancel();
    };
    let (outcome, ()) = tokio::join!(tool.call(cx, json!({ "url": site.url("site.test", "/") })), asked);
    assert_eq!(outcome, ToolOutcome::error("web_fetch: cancelled"));
    until("it hangs up", || site.requests().contains(&"hung up".to_owned())).await;
}
