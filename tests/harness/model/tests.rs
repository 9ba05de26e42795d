//! The provider says what the protocols say; a fake that lies would make the suite lie.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::http::HeaderMap;

use super::super::{DEADLINE, HttpAnswer, http};
use super::{Api, FakeModel, MODELS, Outcome, Turn, Usage};

const OPENAI: &str = "/v1/chat/completions";
const ANTHROPIC: &str = "/v1/messages";
const OLLAMA: &str = "/api/chat";
const GEMINI: &str = "/v1beta/models/echo-1:streamGenerateContent?alt=sse";

fn question(text: &str) -> Value {
    json!({
        "model": "echo-1", "stream": true, "stream_options": {"include_usage": true},
        "messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": text}],
    })
}

fn gemini_question(text: &str) -> Value {
    json!({"systemInstruction": {"parts": [{"text": "Be short."}]}, "contents": [{"role": "user", "parts": [{"text": text}]}]})
}

async fn post(model: &FakeModel, path: &str, key: &str, body: &Value) -> HttpAnswer {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", format!("Bearer {key}").parse().unwrap());
    let mut answer = http::exchange(model.address.port(), ("POST", path), &headers, &body.to_string()).await;
    if answer.header("transfer-encoding").is_some() {
        answer.body = joined(&answer.body);
    }
    answer
}

/// The pieces of a chunked body; what was cut off ends with a mark.
fn joined(mut chunked: &str) -> String {
    let mut text = String::new();
    while let Some((length, rest)) = chunked.split_once("\r\n") {
        match usize::from_str_radix(length, 16).unwrap() {
            0 => return text,
            length => {
                text += &rest[..length];
                chunked = &rest[length + 2..];
            }
        }
    }
    text + "[cut]"
}

/// The JSON of every `data:` line.
fn events(body: &str) -> Vec<Value> {
    let data = body.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]");
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

/// Everything under this pointer, joined.
fn text_at(events: &[Value], pointer: &str) -> String {
    events.iter().filter_map(|event| event.pointer(pointer)?.as_str()).collect()
}

#[tokio::test]
async fn openai_streams_roles_reasoning_text_calls_usage_and_done() {
    let model = FakeModel::start();
    let usage = Usage { input: 7, output: 9, cache_read: 5 };
    let turn = Turn::new().thinking("hm well").text("Hello you").tool_call("read", json!({"path": "a b.txt"}));
    model.push(turn.usage(usage));
    let answer = post(&model, OPENAI, "k", &question("hi")).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/event-stream; charset=utf-8")));
    assert!(answer.body.ends_with("data: [DONE]\n\n"), "{}", answer.body);
    let events = events(&answer.body);
    assert_eq!(events[0]["choices"][0]["delta"], json!({"role": "assistant", "content": ""}));
    assert_eq!(text_at(&events, "/choices/0/delta/reasoning_content"), "hm well");
    assert_eq!(text_at(&events, "/choices/0/delta/content"), "Hello you");
    assert_eq!(text_at(&events, "/choices/0/delta/tool_calls/0/id"), "call_0_0");
    assert_eq!(text_at(&events, "/choices/0/delta/tool_calls/0/function/arguments"), r#"{"path":"a b.txt"}"#);
    assert_eq!(text_at(&events, "/choices/0/finish_reason"), "tool_calls");
    let last = events.last().unwrap();
    assert_eq!((&last["choices"], &last["usage"]["total_tokens"]), (&json!([]), &json!(16)));
    assert_eq!(last["usage"]["prompt_tokens_details"], json!({"cached_tokens": 5}));
}

#[tokio::test]
async fn anthropic_streams_signed_thinking_text_and_calls_in_blocks() {
    let model = FakeModel::start();
    model.push(Turn::new().thinking("hm").text("Hello you").tool_call("read", json!({"path": "a"})));
    let answer = post(&model, ANTHROPIC, "k", &question("hi")).await;
    let events = events(&answer.body);
    let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    let (start, delta, stop) = ("content_block_start", "content_block_delta", "content_block_stop");
    let opening = ["message_start", "ping", start, delta, delta, stop, start, delta, delta, stop];
    assert_eq!(kinds[..10], opening);
    assert_eq!(kinds[10..], [start, delta, delta, delta, stop, "message_delta", "message_stop"]);
    assert!(answer.body.starts_with("event: message_start\ndata: {"), "{}", answer.body);
    assert_eq!(text_at(&events, "/delta/thinking"), "hm");
    assert!(!text_at(&events, "/delta/signature").is_empty());
    assert_eq!(text_at(&events, "/delta/text"), "Hello you");
    assert_eq!(text_at(&events, "/delta/partial_json"), r#"{"path":"a"}"#);
    assert_eq!(events[15]["delta"]["stop_reason"], "tool_use");
    assert_eq!(events[15]["usage"]["output_tokens"], 3);
}

#[tokio::test]
async fn ollama_streams_lines_and_gemini_streams_candidates() {
    let model = FakeModel::start();
    let turn = Turn::new().thinking("hm").text("Hello you").tool_call("read", json!({"path": "a"}));
    model.push(turn.clone());
    model.push(turn);
    let mut body = question("hi");
    // Ollama streams unless told otherwise.
    body.as_object_mut().unwrap().remove("stream");
    let answer = post(&model, OLLAMA, "k", &body).await;
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let lines: Vec<Value> = answer.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(text_at(&lines, "/message/thinking") + &text_at(&lines, "/message/content"), "hmHello you");
    assert_eq!(lines[3]["message"]["tool_calls"][0]["function"]["arguments"], json!({"path": "a"}));
    let last = lines.last().unwrap();
    assert_eq!((&last["done"], &last["done_reason"], &last["eval_count"]), (&json!(true), &json!("stop"), &json!(3)));

    let events = events(&post(&model, GEMINI, "k", &gemini_question("hi")).await.body);
    assert_eq!(events[0]["candidates"][0]["content"]["parts"], json!([{"text": "hm", "thought": true}]));
    assert_eq!(text_at(&events[1..], "/candidates/0/content/parts/0/text"), "Hello you");
    let call = &events[3]["candidates"][0]["content"]["parts"][0]["functionCall"];
    assert_eq!(call, &json!({"name": "read", "args": {"path": "a"}}));
    assert_eq!(events.last().unwrap()["candidates"][0]["finishReason"], "STOP");
    assert_eq!(model.request(1).await.texts()[0], ("system".to_owned(), "Be short.".to_owned()));
}

#[tokio::test]
async fn without_a_script_it_echoes_whether_the_client_streams_or_not() {
    let model = FakeModel::start();
    let whole = |path: &'static str, mut body: Value| {
        body["stream"] = json!(false);
        (path, body)
    };
    let cases = [
        (whole(OPENAI, question("say it")), "/choices/0/message/content"),
        (whole(ANTHROPIC, question("say it")), "/content/0/text"),
        (whole(OLLAMA, question("say it")), "/message/content"),
        (
            whole("/v1beta/models/echo-1:generateContent", gemini_question("say it")),
            "/candidates/0/content/parts/0/text",
        ),
    ];
    for ((path, body), pointer) in cases {
        let answer = post(&model, path, "k", &body).await;
        assert_eq!(answer.json().pointer(pointer), Some(&json!("say it")), "{answer:?}");
    }
    let answer = post(&model, OPENAI, "k", &question("word by word")).await;
    assert_eq!(events(&answer.body).len(), 6, "role, three words, finish, usage: {}", answer.body);
}

#[tokio::test]
async fn a_held_answer_goes_on_when_released() {
    let model = FakeModel::start();
    model.push(Turn::say("one").hold().text("two"));
    let body = question("hi").to_string();
    let mut stream = TcpStream::connect(model.address).await.unwrap();
    let head = format!("POST {OPENAI} HTTP/1.1\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    model.held(0).await;
    let mut heard = Vec::new();
    while !String::from_utf8_lossy(&heard).contains("one") {
        stream.read_buf(&mut heard).await.unwrap();
    }
    assert!(!String::from_utf8_lossy(&heard).contains("two"));
    assert_eq!(model.requests()[0].outcome, Outcome::Answering);
    model.release();
    tokio::time::timeout(DEADLINE, stream.read_to_end(&mut heard)).await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&heard).contains("two"));
    model.complete(0).await;
    // A release ahead of time lets the next hold pass.
    model.release();
    model.push(Turn::say("three").hold());
    post(&model, OPENAI, "k", &question("hi")).await;
}

#[tokio::test]
async fn a_client_that_hangs_up_is_noticed_wherever_the_answer_stands() {
    let model = FakeModel::start();
    let turns = [Turn::say("one").hold(), Turn::new().silent(), Turn::say("one").endless()];
    for (number, turn) in turns.into_iter().enumerate() {
        model.push(turn);
        let body = question("hi").to_string();
        let mut stream = TcpStream::connect(model.address).await.unwrap();
        let head = format!("POST {OPENAI} HTTP/1.1\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut heard = [0; 1024];
        assert!(stream.read(&mut heard).await.unwrap() > 0, "the headers at least");
        drop(stream);
        model.dropped(number).await;
    }
    assert_eq!(model.unused(), 0);
}

#[tokio::test]
async fn two_answers_that_are_held_are_released_by_number() {
    let model = FakeModel::start();
    model.push_for("first", Turn::new().hold().text("1"));
    model.push_for("second", Turn::new().hold().text("2"));
    let (first, second) = (question("the first"), question("the second"));
    let (one, two) = (post(&model, OPENAI, "k", &first), post(&model, OPENAI, "k", &second));
    let releases = async {
        for number in [1, 0] {
            model.release_of(number).await;
            model.complete(number).await;
        }
    };
    let (one, two, ()) = tokio::join!(one, two, releases);
    assert_eq!(text_at(&events(&one.body), "/choices/0/delta/content"), "1");
    assert_eq!(text_at(&events(&two.body), "/choices/0/delta/content"), "2");
}

#[tokio::test]
async fn failures_look_as_they_do_in_the_protocol() {
    let model = FakeModel::start();
    model.push(Turn::error(429).header("retry-after", "3"));
    let answer = post(&model, OPENAI, "k", &question("hi")).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("3")));
    assert_eq!(answer.json()["error"]["code"], "rate_limit_exceeded");
    model.push(Turn::error(529));
    assert_eq!(post(&model, ANTHROPIC, "k", &question("hi")).await.json()["error"]["type"], "overloaded_error");
    model.push(Turn::status(502, "<html>bad gateway</html>"));
    assert_eq!(post(&model, OPENAI, "k", &question("hi")).await.body, "<html>bad gateway</html>");

    model.push(Turn::say("one").cut());
    let answer = post(&model, OPENAI, "k", &question("hi")).await;
    assert!(answer.body.contains("one") && answer.body.ends_with("[cut]"), "{}", answer.body);
    model.push(Turn::say("one").malformed().text("two"));
    let answer = post(&model, OPENAI, "k", &question("hi")).await;
    assert!(answer.body.contains("brok\n\n") && answer.body.contains("[DONE]"), "{}", answer.body);
    model.push(Turn::hang_up());
    let mut stream = TcpStream::connect(model.address).await.unwrap();
    stream.write_all(format!("POST {OPENAI} HTTP/1.1\r\n\r\n").as_bytes()).await.unwrap();
    assert_eq!(stream.read(&mut [0; 16]).await.unwrap_or(0), 0);
    let outcomes: Vec<_> = model.requests().iter().map(|request| request.outcome).collect();
    let (complete, cut) = (Outcome::Complete, Outcome::Cut);
    assert_eq!(outcomes, [complete, complete, complete, cut, complete, cut]);

    model.always(Turn::error(500));
    for _ in 0..2 {
        assert_eq!(post(&model, GEMINI, "k", &gemini_question("hi")).await.json()["error"]["status"], "INTERNAL");
    }
}

#[tokio::test]
async fn a_required_key_is_looked_for_and_fragments_join_to_the_same_answer() {
    let model = FakeModel::start();
    model.require_key("right");
    assert_eq!(post(&model, OPENAI, "wrong", &question("hi")).await.status, 401);
    model.push(Turn::new().deltas(["Grüße ", "☂"]).pause(std::time::Duration::ZERO).finish("length").fragmented());
    let asked = json!({
        "model": "echo-1", "stream": true,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "look"}, {"type": "image_url"}]}],
        "tools": [{"type": "function", "function": {"name": "read"}}],
    });
    let (mut heard, body) = (Vec::new(), asked.to_string());
    let mut stream = TcpStream::connect(model.address).await.unwrap();
    let key = "authorization: Bearer right\r\nconnection: close";
    let head = format!("POST {OPENAI} HTTP/1.1\r\n{key}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    tokio::time::timeout(DEADLINE, stream.read_to_end(&mut heard)).await.unwrap().unwrap();
    let pieces = heard.split(|byte| *byte == b'\n').filter(|line| *line == b"7\r").count();
    assert!(pieces > 20, "{}", String::from_utf8_lossy(&heard));
    let received = model.complete(1).await;
    assert_eq!((received.user_text(), received.tools()), ("look".to_owned(), vec!["read".to_owned()]));
    assert!(!String::from_utf8_lossy(&heard).contains("\"usage\""), "it was not asked for");
}

#[tokio::test]
async fn it_lists_its_models_the_way_each_protocol_does() {
    let model = FakeModel::start();
    for (path, pointer) in
        [("/v1/models", "/data/1/id"), ("/api/tags", "/models/1/name"), ("/v1beta/models", "/models/1/name")]
    {
        let answer = http::exchange(model.address.port(), ("GET", path), &HeaderMap::new(), "").await;
        let name = answer.json().pointer(pointer).and_then(|name| Some(name.as_str()?.to_owned()));
        assert!(name.as_deref().is_some_and(|name| name.contains(MODELS[1])), "{answer:?}");
    }
    assert_eq!(post(&model, "/v1/unknown", "k", &json!({})).await.status, 404);
    assert_eq!((model.lookups().len(), model.requests().len()), (4, 0));
}

#[test]
fn the_configuration_names_the_provider_and_merges_more() {
    let model = FakeModel::start();
    for api in Api::ALL {
        let more = json!({"agents": {"defaults": {"timeoutSeconds": 5}}});
        let config: Value = serde_json::from_str(&model.config_for(api, more)).unwrap();
        assert_eq!(config["agents"]["defaults"], json!({"model": FakeModel::REFERENCE, "timeoutSeconds": 5}));
        assert!(config["models"]["providers"]["fake"]["baseUrl"].as_str().unwrap().starts_with(&model.url()));
    }
    assert_eq!(model.config(), model.config_with(json!({})));
}
