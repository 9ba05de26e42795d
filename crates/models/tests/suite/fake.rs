//! A provider on a real socket: answers each request with the next script, and remembers what it was asked.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use postern_models::{
    Api, ChatRequest, Discovery, Finish, KeySource, Message, ModelError, ModelRef, Models, ModelsOptions, Part,
    ProviderConfig, StreamEvent, Thinking, Timeouts,
};
use serde_json::Value;
use zeroize::Zeroizing;

pub(crate) const KEY: &str = "sk-test-0123456789";

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// What the server does with one request.
#[derive(Clone)]
pub(crate) enum Act {
    /// Status line and headers; the body is chunked from here.
    Head(u16, Vec<(&'static str, String)>),
    /// A piece of the body.
    Send(Vec<u8>),
    /// The same piece until the other side hangs up or this many bytes were sent.
    Flood(Vec<u8>, usize),
    /// Nothing, until the other side hangs up.
    Hang,
    /// The proper end of the body.
    End,
    /// Ends the connection in the middle.
    Cut,
}

pub(crate) struct Fake {
    pub(crate) port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
    scripts: Arc<Mutex<VecDeque<Vec<Act>>>>,
    pub(crate) connections: Arc<AtomicUsize>,
    /// How often the other side hung up while the server still had something to do.
    pub(crate) hung_up: Arc<AtomicUsize>,
}

impl Fake {
    pub(crate) fn start(scripts: impl IntoIterator<Item = Vec<Act>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let fake = Self {
            port: listener.local_addr().unwrap().port(),
            seen: Arc::default(),
            scripts: Arc::new(Mutex::new(scripts.into_iter().collect())),
            connections: Arc::default(),
            hung_up: Arc::default(),
        };
        let (seen, scripts) = (fake.seen.clone(), fake.scripts.clone());
        let (connections, hung_up) = (fake.connections.clone(), fake.hung_up.clone());
        thread::spawn(move || {
            for socket in listener.incoming() {
                let Ok(socket) = socket else { return };
                connections.fetch_add(1, Ordering::SeqCst);
                let (seen, scripts, hung_up) = (seen.clone(), scripts.clone(), hung_up.clone());
                thread::spawn(move || serve(&socket, &seen, &scripts, &hung_up));
            }
        });
        fake
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(
    socket: &TcpStream,
    seen: &Mutex<Vec<Seen>>,
    scripts: &Mutex<VecDeque<Vec<Act>>>,
    hung_up: &AtomicUsize,
) -> Option<()> {
    socket.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(socket.try_clone().ok()?);
    loop {
        let request = read(&mut reader)?;
        seen.lock().unwrap().push(request);
        let script = scripts.lock().unwrap().pop_front().unwrap_or_else(|| reply(599, "the fake has no script left"));
        if play(socket, script).is_none() {
            hung_up.fetch_add(1, Ordering::SeqCst);
            let _ = socket.shutdown(Shutdown::Both);
            return None;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Seen> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            text => lines.push(text.to_owned()),
        }
    }
    let pair = |line: &String| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    let headers: Vec<(String, String)> = lines.iter().skip(1).filter_map(pair).collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    let body = serde_json::from_slice(&body).unwrap_or_default();
    Some(Seen { line: lines.first()?.clone(), headers, body })
}

/// `None` when the other side, or the script, ended the connection.
fn play(mut socket: &TcpStream, script: Vec<Act>) -> Option<()> {
    let chunk = |bytes: &[u8]| [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
    for act in script {
        match act {
            Act::Head(status, headers) => {
                let mut head = format!("HTTP/1.1 {status} X\r\ntransfer-encoding: chunked\r\n");
                for (name, value) in headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                socket.write_all(format!("{head}\r\n").as_bytes()).ok()?;
            }
            Act::Send(bytes) => socket.write_all(&chunk(&bytes)).ok()?,
            Act::Flood(bytes, most) => {
                let piece = chunk(&bytes);
                for _ in 0..most / bytes.len() {
                    socket.write_all(&piece).ok()?;
                }
            }
            Act::Hang => {
                let mut byte = [0; 1];
                let _ = socket.read(&mut byte);
                return None;
            }
            Act::End => socket.write_all(b"0\r\n\r\n").ok()?,
            Act::Cut => {
                let _ = socket.shutdown(Shutdown::Both);
                return None;
            }
        }
    }
    Some(())
}

/// A complete answer as JSON.
pub(crate) fn reply(status: u16, body: &str) -> Vec<Act> {
    reply_with(status, vec![], body)
}

pub(crate) fn reply_with(status: u16, mut headers: Vec<(&'static str, String)>, body: &str) -> Vec<Act> {
    headers.push(("content-type", "application/json".to_owned()));
    vec![Act::Head(status, headers), Act::Send(body.as_bytes().to_vec()), Act::End]
}

pub(crate) fn head(kind: &str) -> Act {
    Act::Head(200, vec![("content-type", kind.to_owned())])
}

/// Server-sent events, each in its own chunk, without the end of the body.
pub(crate) fn events(data: &[&str]) -> Vec<Act> {
    let mut acts = vec![head("text/event-stream; charset=utf-8")];
    acts.extend(data.iter().map(|data| {
        // Anthropic names its events after the type in them.
        let name =
            serde_json::from_str::<Value>(data).ok().and_then(|data| Some(data.get("type")?.as_str()?.to_owned()));
        let event = name.map(|name| format!("event: {name}\n")).unwrap_or_default();
        Act::Send(format!("{event}data: {data}\n\n").into_bytes())
    }));
    acts
}

/// The same with a proper end.
pub(crate) fn sse(data: &[&str]) -> Vec<Act> {
    let mut acts = events(data);
    acts.push(Act::End);
    acts
}

/// Lines of JSON with a proper end.
pub(crate) fn lines(data: &[&str]) -> Vec<Act> {
    let mut acts = vec![head("application/x-ndjson")];
    acts.extend(data.iter().map(|data| Act::Send(format!("{data}\n").into_bytes())));
    acts.push(Act::End);
    acts
}

/// The shortest answer of the OpenAI protocol.
pub(crate) fn says(text: &str) -> Vec<Act> {
    let piece = serde_json::json!({"choices": [{"delta": {"content": text}}]}).to_string();
    sse(&[&piece, r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#, "[DONE]"])
}

/// Keys for every provider whose id does not begin with `keyless`.
pub(crate) struct TestKeys;

impl KeySource for TestKeys {
    fn key(&self, provider: String) -> BoxFuture<'static, Result<Option<Zeroizing<String>>, String>> {
        let key = (!provider.starts_with("keyless")).then(|| Zeroizing::new(KEY.to_owned()));
        async move { Ok(key) }.boxed()
    }
}

pub(crate) fn provider(id: &str, api: Api, base_url: &str) -> ProviderConfig {
    ProviderConfig { id: id.to_owned(), api, base_url: Some(base_url.to_owned()), headers: vec![], models: vec![] }
}

pub(crate) fn limits() -> Timeouts {
    Timeouts { backoff: Duration::from_millis(2), ..Timeouts::default() }
}

pub(crate) fn models(providers: Vec<ProviderConfig>, limits: Timeouts) -> Models {
    models_with(providers, limits, Discovery { enabled: false, ..Discovery::default() })
}

pub(crate) fn models_with(providers: Vec<ProviderConfig>, limits: Timeouts, discovery: Discovery) -> Models {
    Models::new(ModelsOptions {
        providers,
        discovery,
        keys: Arc::new(TestKeys),
        clock_ms: Arc::new(|| 1_700_000_000_000),
        user_agent: "postern/test".to_owned(),
        limits,
    })
}

/// One provider "p" with one fake behind it.
pub(crate) fn single(fake: &Fake, api: Api) -> Models {
    models(vec![provider("p", api, &fake.url())], limits())
}

pub(crate) fn user(text: &str) -> Message {
    Message::User(vec![Part::Text(text.to_owned())])
}

pub(crate) fn ask(model: &str) -> ChatRequest {
    ChatRequest {
        model: ModelRef::parse(model).unwrap(),
        fallbacks: vec![],
        system: vec![],
        messages: vec![user("hello")],
        tools: Arc::new([]),
        thinking: Thinking::Off,
        max_tokens: None,
        cache_key: None,
    }
}

pub(crate) async fn collect(models: &Models, request: ChatRequest) -> Vec<Result<StreamEvent, ModelError>> {
    let all = models.stream(request).collect::<Vec<_>>();
    tokio::time::timeout(Duration::from_secs(60), all).await.expect("the answer never ended")
}

/// The events of an answer that must succeed, pieces of text put together, and how it finished.
pub(crate) async fn answer(models: &Models, request: ChatRequest) -> (Vec<StreamEvent>, Finish) {
    let mut merged: Vec<StreamEvent> = Vec::new();
    for event in collect(models, request).await {
        match (merged.last_mut(), event.expect("the answer failed")) {
            (Some(StreamEvent::Text(text)), StreamEvent::Text(more)) => text.push_str(&more),
            (Some(StreamEvent::Thinking(text)), StreamEvent::Thinking(more)) => text.push_str(&more),
            (_, event) => merged.push(event),
        }
    }
    let Some(StreamEvent::Finished(finish)) = merged.pop() else { panic!("no end: {merged:?}") };
    (merged, finish)
}

/// The error an answer must end with, and what came before it.
pub(crate) async fn failure(models: &Models, request: ChatRequest) -> (Vec<StreamEvent>, ModelError) {
    let mut events = collect(models, request).await;
    let error = events.pop().unwrap().expect_err("the answer did not fail");
    (events.into_iter().map(|event| event.expect("an error in the middle")).collect(), error)
}

/// Waits for something another thread does, while this one lets connections work.
pub(crate) async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let wait = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(20), wait).await.is_ok(), "never: {what}");
}
