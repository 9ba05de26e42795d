//! What goes wrong at providers, and what becomes of it.

use std::{sync::atomic::Ordering, time::Duration};

use futures_util::StreamExt;
use postern_models::{Api, ErrorKind, ModelRef, ModelSpec, StreamEvent as Event, Timeouts};

use crate::fake::{
    Act, Fake, KEY, answer, ask, events, eventually, failure, head, limits, lines, models, provider, reply, reply_with,
    says, single, sse,
};

const PIECE: &str = r#"{"choices":[{"delta":{"content":"half"}}]}"#;

fn retries(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::Retrying { .. })).count()
}

#[tokio::test]
async fn a_refused_key_is_final_and_stays_out_of_the_text() {
    let body = format!(r#"{{"error":{{"message":"Incorrect API key provided: {KEY}.","code":"invalid_api_key"}}}}"#);
    let fake = Fake::start([reply(401, &body)]);
    let (events, error) = failure(&single(&fake, Api::OpenAi), ask("p/m")).await;
    assert_eq!((error.kind, error.http_status, events.len()), (ErrorKind::Auth, Some(401), 1));
    assert_eq!(error.provider_error_type.as_deref(), Some("invalid_api_key"));
    assert!(error.message.contains("postern models auth p"), "{}", error.message);
    assert!(!format!("{error:?}").contains("0123456789"));
    assert_eq!(fake.seen().len(), 1);
}

#[tokio::test]
async fn a_refused_key_goes_on_with_another_provider_only() {
    let (one, two) = (Fake::start([reply(403, "{}")]), Fake::start([says("hi")]));
    let providers = vec![provider("one", Api::OpenAi, &one.url()), provider("two", Api::OpenAi, &two.url())];
    let mut request = ask("one/a");
    request.fallbacks = vec![ModelRef::new("one", "b"), ModelRef::new("two", "c")];
    let (events, _) = answer(&models(providers, limits()), request).await;
    let expected =
        [Event::Model(ModelRef::new("one", "a")), Event::Model(ModelRef::new("two", "c")), Event::Text("hi".into())];
    assert_eq!(events, expected);
    assert_eq!(one.seen().len(), 1);
}

#[tokio::test]
async fn a_missing_key_says_how_to_store_one() {
    let unreachable = vec![provider("keyless-remote", Api::OpenAi, "http://192.0.2.1")];
    let (_, error) = failure(&models(unreachable, limits()), ask("keyless-remote/m")).await;
    assert_eq!(error.kind, ErrorKind::MissingKey);
    assert!(error.message.contains("postern models auth keyless-remote"), "{}", error.message);
    let (_, error) = failure(&models(vec![], limits()), ask("nobody/m")).await;
    assert_eq!(error.kind, ErrorKind::UnknownModel);
    assert!(error.message.contains("models.providers"), "{}", error.message);
}

#[tokio::test]
async fn the_provider_says_how_long_to_wait() {
    let wait = |seconds: &str| {
        let body = r#"{"error":{"message":"slow down","type":"rate_limit_error"}}"#;
        reply_with(429, vec![("retry-after", seconds.to_owned())], body)
    };
    let fake = Fake::start([wait("0.05"), says("hi"), wait("31")]);
    let models = single(&fake, Api::OpenAi);
    let (events, _) = answer(&models, ask("p/m")).await;
    let Event::Retrying { after, error } = &events[1] else { panic!("{events:?}") };
    assert_eq!((*after, error.kind, error.http_status), (Duration::from_millis(50), ErrorKind::RateLimit, Some(429)));
    assert_eq!(events[2], Event::Text("hi".into()));
    let (events, error) = failure(&models, ask("p/m")).await;
    assert_eq!((events.len(), error.wire_kind()), (1, "rate_limit"));
    assert_eq!(error.retry_after, Some(Duration::from_secs(31)));
}

#[tokio::test]
async fn after_three_failures_the_next_model_is_asked() {
    let broken = || reply(500, r#"{"error":{"message":"oops"}}"#);
    let fake = Fake::start([broken(), broken(), broken(), says("hi"), broken(), broken(), broken(), broken()]);
    let models = models(vec![provider("p", Api::OpenAi, &fake.url())], Timeouts { tries: 3, ..limits() });
    let mut request = ask("p/a");
    request.fallbacks = vec![ModelRef::new("p", "b")];
    let (events, _) = answer(&models, request.clone()).await;
    assert_eq!(events[0], Event::Model(ModelRef::new("p", "a")));
    assert_eq!((retries(&events), fake.seen().len()), (2, 4));
    assert_eq!(events[3..], [Event::Model(ModelRef::new("p", "b")), Event::Text("hi".into())]);
    assert_eq!(fake.seen()[3].body["model"], "b");

    request.fallbacks.clear();
    let (events, error) = failure(&models, request).await;
    assert_eq!((retries(&events), error.kind, error.http_status), (2, ErrorKind::Unavailable, Some(500)));
}

#[tokio::test]
async fn the_first_error_is_the_one_that_is_told() {
    let fake = Fake::start([reply(404, r#"{"error":{"message":"no such model"}}"#), reply(400, "{}")]);
    let mut request = ask("p/a");
    request.fallbacks = vec![ModelRef::new("p", "b")];
    let (_, error) = failure(&single(&fake, Api::OpenAi), request).await;
    assert_eq!((error.kind, error.model.as_str()), (ErrorKind::UnknownModel, "a"));
    assert!(error.message.contains("no such model") && error.message.contains("The fallback p/b failed too"));
}

#[tokio::test]
async fn a_conversation_too_long_goes_to_a_larger_model_only() {
    let long = || {
        reply(400, r#"{"error":{"message":"maximum context length is 10 tokens","code":"context_length_exceeded"}}"#)
    };
    let fake = Fake::start([long(), says("hi"), long()]);
    let mut provider = provider("p", Api::OpenAi, &fake.url());
    let sized = |id, window| ModelSpec { context_window: Some(window), ..ModelSpec::named(id) };
    provider.models = vec![sized("small", 10), sized("same", 10), sized("large", 99)];
    let models = models(vec![provider], limits());
    let mut request = ask("p/small");
    request.fallbacks = vec![ModelRef::new("p", "same"), ModelRef::new("p", "large")];
    let (events, _) = answer(&models, request.clone()).await;
    assert_eq!(events[1], Event::Model(ModelRef::new("p", "large")));
    request.fallbacks.truncate(1);
    let (_, error) = failure(&models, request).await;
    assert_eq!((error.kind, error.wire_kind()), (ErrorKind::ContextLength, "context_length"));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_never_complete() {
    let cut = |mut acts: Vec<Act>| {
        acts.pop();
        acts.push(Act::Cut);
        acts
    };
    let anthropic = &[
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"half"}}"#,
    ];
    let gemini = r#"{"candidates":[{"content":{"parts":[{"text":"half"}]}}]}"#;
    let ollama = r#"{"message":{"content":"half"},"done":false}"#;
    for (api, acts) in [
        (Api::OpenAi, sse(&[PIECE])),
        (Api::OpenRouter, sse(&[PIECE])),
        (Api::Anthropic, sse(anthropic)),
        (Api::Gemini, sse(&[gemini])),
        (Api::Ollama, lines(&[ollama])),
    ] {
        // Once the connection breaks, once the body ends as if all were well.
        for acts in [cut(acts.clone()), acts] {
            let fake = Fake::start([acts]);
            let (events, error) = failure(&single(&fake, api), ask("p/m")).await;
            assert_eq!(events[1..], [Event::Text("half".into())], "{api}");
            assert_eq!((error.kind, retries(&events)), (ErrorKind::Cut, 0), "{api}: {error}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_before_it_began_is_asked_for_again() {
    let half = |data: &str| vec![head("text/event-stream"), Act::Send(data.as_bytes().to_vec()), Act::Cut];
    let fake = Fake::start([vec![Act::Cut], half("data: {\"choices\":[{\"del"), says("hi")]);
    let (events, _) = answer(&single(&fake, Api::OpenAi), ask("p/m")).await;
    assert_eq!((retries(&events), events.last()), (2, Some(&Event::Text("hi".into()))));
}

#[tokio::test]
async fn what_is_not_the_protocol_is_said_so() {
    let page = |kind: &str, text: &str| vec![head(kind), Act::Send(text.as_bytes().to_vec()), Act::End];
    for (api, acts) in [
        (Api::OpenAi, events(&[PIECE, "{not json"])),
        (Api::OpenAi, events(&[PIECE, r#"{"choices":7}"#])),
        (Api::OpenAi, page("text/html", "<html>login</html>")),
        (Api::OpenAi, page("application/json", r#"{"choices":[{"message":{"content":"whole"}}]}"#)),
        (Api::Anthropic, events(&[r#"{"type":"content_block_delta"}"#])),
        (Api::Gemini, events(&["[1"])),
        (Api::Ollama, vec![head("application/x-ndjson"), Act::Send(b"{\"message\":\n".to_vec())]),
    ] {
        let fake = Fake::start([acts]);
        let (_, error) = failure(&single(&fake, api), ask("p/m")).await;
        assert_eq!(error.kind, ErrorKind::Protocol, "{api}: {error}");
        assert_eq!(fake.seen().len(), 1, "{api}");
    }
}

#[tokio::test]
async fn failures_inside_an_answer_are_read() {
    let overloaded = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    for (api, acts, kind) in [
        (Api::Anthropic, sse(&[overloaded]), ErrorKind::Unavailable),
        (Api::OpenRouter, sse(&[r#"{"error":{"code":429,"message":"busy"},"choices":[]}"#]), ErrorKind::RateLimit),
        (Api::OpenAi, sse(&[r#"{"choices":[{"delta":{},"finish_reason":"error"}]}"#]), ErrorKind::Unavailable),
        (Api::OpenAi, reply(200, r#"{"error":{"message":"invalid api key"}}"#), ErrorKind::Auth),
        (Api::Gemini, sse(&[r#"{"error":{"code":503,"status":"UNAVAILABLE"}}"#]), ErrorKind::Unavailable),
        (
            Api::Ollama,
            lines(&[r#"{"error":"model runner has unexpectedly stopped: internal"}"#]),
            ErrorKind::Unavailable,
        ),
    ] {
        let fake = Fake::start([acts]);
        let only = Timeouts { tries: 1, ..limits() };
        let models = models(vec![provider("p", api, &fake.url())], only);
        let (_, error) = failure(&models, ask("p/m")).await;
        assert_eq!(error.kind, kind, "{api}: {error}");
    }
}

#[tokio::test]
async fn silence_has_an_end() {
    // Each is short where it is looked at, and nowhere else.
    let short = Duration::from_millis(500);
    let no_head = Timeouts { first_byte: short, ..limits() };
    let no_more = Timeouts { silence: short, ..limits() };
    let no_end = Timeouts { total: short, max_answer_bytes: usize::MAX, ..limits() };
    let mut talking = events(&[PIECE]);
    talking.push(Act::Hang);
    let mut alive = vec![head("text/event-stream")];
    alive.push(Act::Flood(b": still here\n\n".to_vec(), usize::MAX));
    for (acts, limits, begun) in [(vec![Act::Hang], no_head, false), (talking, no_more, true), (alive, no_end, false)] {
        let fake = Fake::start([acts]);
        let models = models(vec![provider("p", Api::OpenAi, &fake.url())], limits);
        let (events, error) = failure(&models, ask("p/m")).await;
        assert_eq!((error.kind, error.wire_kind()), (ErrorKind::Timeout, "timeout"), "{error}");
        assert_eq!(events.contains(&Event::Text("half".into())), begun);
        eventually("the request is seen", || fake.seen().len() == 1).await;
        assert_eq!(retries(&events), 0);
        eventually("the connection is closed", || fake.hung_up.load(Ordering::SeqCst) == 1).await;
    }
}

#[tokio::test]
async fn usage_that_never_comes_is_not_waited_for() {
    let done = || events(&[PIECE, r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#]);
    for after in [Act::Hang, Act::Cut, Act::Flood(b": still here\n\n".to_vec(), usize::MAX)] {
        let mut acts = done();
        acts.push(after);
        let fake = Fake::start([acts]);
        let limits = Timeouts { trailer: Duration::from_millis(20), max_answer_bytes: usize::MAX, ..limits() };
        let (events, _) = answer(&models(vec![provider("p", Api::OpenAi, &fake.url())], limits), ask("p/m")).await;
        assert_eq!(events[1], Event::Text("half".into()));
    }
}

#[tokio::test]
async fn dropping_the_answer_hangs_up() {
    let mut acts = events(&[PIECE]);
    acts.push(Act::Hang);
    let fake = Fake::start([acts]);
    let models = single(&fake, Api::OpenAi);
    let mut stream = models.stream(ask("p/m"));
    while !matches!(stream.next().await, Some(Ok(Event::Text(_)))) {}
    assert_eq!(fake.hung_up.load(Ordering::SeqCst), 0);
    drop(stream);
    eventually("the connection is closed", || fake.hung_up.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test]
async fn nothing_a_provider_sends_can_fill_the_memory() {
    let limits = Timeouts {
        max_frame_bytes: 64 << 10,
        max_answer_bytes: 1 << 20,
        max_argument_bytes: 10_000,
        tries: 1,
        ..limits()
    };
    let flood = |first: &[u8], piece: &[u8]| {
        vec![head("text/event-stream"), Act::Send(first.to_vec()), Act::Flood(piece.to_vec(), 1 << 30)]
    };
    let arguments =
        br#"data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"xxxxxxxxxxxxxxxxxxxx"}}]}}]}

"#;
    let index =
        br#"data: {"choices":[{"delta":{"tool_calls":[{"index":4294967295,"id":"a","function":{"name":"x"}}]}}]}

"#;
    let calls = |n: usize| {
        format!(
            "data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{{\"id\":\"c{n}\",\"function\":{{\"name\":\"x\"}}}}]}}}}]}}\n\n"
        )
    };
    let many: Vec<u8> = (0..1000).flat_map(|n| calls(n).into_bytes()).collect();
    for (what, acts) in [
        ("one frame", flood(b"data: {\"choices\":\"", &[b'x'; 4096])),
        ("one frame", flood(b"data: x\n", &[b"data: ", &[b'x'; 4000][..], b"\n"].concat())),
        ("the answer", flood(b"\n", b": nothing to say, again and again\n\n")),
        ("the arguments of a tool call", flood(index, arguments)),
        ("the number of tool calls", flood(&many, b": x\n\n")),
    ] {
        let fake = Fake::start([acts]);
        let models = models(vec![provider("p", Api::OpenAi, &fake.url())], limits);
        let (_, error) = failure(&models, ask("p/m")).await;
        assert_eq!(error.kind, ErrorKind::Protocol, "{what}");
        assert!(error.message.contains(what), "{what}: {}", error.message);
    }
    let endless =
        vec![Act::Head(400, vec![("content-type", "application/json".into())]), Act::Flood(vec![b'x'; 4096], 1 << 30)];
    let fake = Fake::start([endless]);
    let (_, error) = failure(&single(&fake, Api::OpenAi), ask("p/m")).await;
    assert_eq!(error.kind, ErrorKind::InvalidRequest);
    assert!(error.message.len() < 500);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Fake::start([says("gotcha")]);
    let to = format!("{}/v1/chat/completions", elsewhere.url());
    let fake = Fake::start([reply_with(307, vec![("location", to)], "")]);
    let (_, error) = failure(&single(&fake, Api::OpenAi), ask("p/m")).await;
    assert_eq!((error.kind, error.http_status), (ErrorKind::InvalidRequest, Some(307)));
    assert!(error.message.contains("models.providers.p.baseUrl"), "{}", error.message);
    assert_eq!(elsewhere.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn nobody_listening_is_said_so() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let models = models(vec![provider("p", Api::OpenAi, &format!("http://{closed}"))], limits());
    let (events, error) = failure(&models, ask("p/m")).await;
    assert_eq!((error.kind, retries(&events)), (ErrorKind::Unavailable, 2));
    assert!(error.message.contains("cannot be reached at 127.0.0.1"), "{}", error.message);
}
