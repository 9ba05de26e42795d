//! Traces over OTLP: a collector on this machine gets a span for each request and each run. Only in builds with the feature
//! `otel`: `cargo nextest run --features otel otel`.
#![cfg(feature = "otel")]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use serde_json::json;

use super::faults::ask;
use crate::harness::{DEADLINE, Device, FakeModel, TestGateway};

/// A collector: gives the bodies it was sent, with their paths.
fn collector() -> (String, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let sender = sender.clone();
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut writer = stream;
                while let Some((path, body)) = request(&mut reader) {
                    drop(writer.write_all(
                        b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n",
                    ));
                    drop(sender.send((path, body)));
                }
            });
        }
    });
    (url, receiver)
}

fn request(reader: &mut impl std::io::BufRead) -> Option<(String, Vec<u8>)> {
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((first.split(' ').nth(1)?.to_owned(), body))
}

/// The parts of a protobuf message that have a length, with their numbers.
fn parts(mut bytes: &[u8]) -> Vec<(u64, &[u8])> {
    fn varint(bytes: &mut &[u8]) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (first, rest) = bytes.split_first()?;
            *bytes = rest;
            value |= u64::from(first & 0x7f) << shift;
            if first & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
    let mut parts = Vec::new();
    while let Some(key) = varint(&mut bytes) {
        let length = match key & 7 {
            0 => varint(&mut bytes).map(|_| 0),
            1 => Some(8),
            2 => varint(&mut bytes),
            5 => Some(4),
            other => panic!("wire type {other}"),
        };
        let (part, rest) = bytes.split_at(usize::try_from(length.unwrap()).unwrap());
        if key & 7 == 2 {
            parts.push((key >> 3, part));
        }
        bytes = rest;
    }
    parts
}

/// `resource_spans.scope_spans.spans.name` of an export request.
fn span_names(body: &[u8]) -> Vec<String> {
    let of = |bytes, number| parts(bytes).into_iter().filter(move |(found, _)| *found == number).map(|(_, part)| part);
    let spans = of(body, 1).flat_map(|resource| of(resource, 2)).flat_map(|scope| of(scope, 2));
    spans.flat_map(|span| of(span, 5)).map(|name| String::from_utf8(name.to_vec()).unwrap()).collect()
}

#[tokio::test]
async fn a_collector_gets_spans_of_requests_and_runs() {
    let (url, received) = collector();
    let model = FakeModel::start();
    let builder = TestGateway::builder().config(&model.config()).env("OTEL_EXPORTER_OTLP_ENDPOINT", &url);
    let mut gateway = builder.env("OTEL_BSP_SCHEDULE_DELAY", "50").start();
    let mut client = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    client.ok("health", json!({})).await;
    assert_eq!(ask(&mut client, "main", "one", "a word of the conversation").await["state"], "final");
    gateway.stop();
    let mut names = BTreeSet::new();
    while !(names.contains("request") && names.contains("run")) {
        let (path, body) = received.recv_timeout(DEADLINE).unwrap_or_else(|_| panic!("only {names:?}"));
        assert_eq!(path, "/v1/traces");
        let text = String::from_utf8_lossy(&body);
        assert!(!text.contains("a word of the conversation") && !text.contains(crate::harness::TOKEN), "{text}");
        assert!(text.contains("postern"), "the service has its name");
        names.extend(span_names(&body));
    }
}

/// A collector that is not there costs nothing but its traces.
#[tokio::test]
async fn no_collector_no_harm() {
    let mut gateway = TestGateway::builder().env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1").start();
    let mut client = gateway.op(&Device::new("admin"), &["operator.read"]).await;
    client.ok("health", json!({})).await;
    let (status, _) = gateway.stop();
    assert!(status.success());
}
