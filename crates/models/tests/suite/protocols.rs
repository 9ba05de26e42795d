//! Each protocol's answers: text, thinking, calls, usage, reasons to stop, and what goes along with the request.

use postern_models::{
    Api, Message, ModelRef, Part, StopReason, StreamEvent as Event, Thinking, ToolCall, ToolSpec, Usage,
};
use serde_json::json;

use crate::fake::{Fake, KEY, answer, ask, lines, models, provider, single, sse, user};

fn model(name: &str) -> Event {
    Event::Model(ModelRef::new("p", name))
}

fn text(text: &str) -> Event {
    Event::Text(text.to_owned())
}

fn thinking(text: &str) -> Event {
    Event::Thinking(text.to_owned())
}

fn call(id: &str, name: &str, arguments: serde_json::Value) -> Event {
    Event::ToolCall(ToolCall { id: id.to_owned(), name: name.to_owned(), arguments })
}

#[tokio::test]
async fn openai_streams_everything_an_answer_has() {
    let fake = Fake::start([sse(&[
        r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}"#,
        r#"{"choices":[{"delta":{"reasoning_content":"let me "}}]}"#,
        r#"{"choices":[{"delta":{"reasoning":"see","reasoning_content":"see"}}]}"#,
        r#"{"choices":[{"delta":{"content":"Grüß"}}]}"#,
        r#"{"choices":[{"delta":{"content":" dich"}}]}"#,
        r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"read","arguments":""}}]}}]}"#,
        r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"path\":"}}]}}]}"#,
        r#"{"choices":[{"delta":{"tool_calls":[{"index":1,"id":"c2","function":{"name":"list","arguments":"{}"}},{"index":0,"function":{"arguments":"\"a\"}"}}]}}]}"#,
        r#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#,
        r#"{"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":20,"prompt_tokens_details":{"cached_tokens":60}}}"#,
        "[DONE]",
    ])]);
    let (events, finish) = answer(&single(&fake, Api::OpenAi), ask("p/m")).await;
    let expected = [
        model("m"),
        thinking("let me see"),
        text("Grüß dich"),
        call("c1", "read", json!({"path": "a"})),
        call("c2", "list", json!({})),
    ];
    assert_eq!(events, expected);
    assert_eq!(finish.stop, StopReason::ToolUse);
    assert_eq!(finish.usage, Usage { input: 40, output: 20, cache_read: 60, cache_write: 0 });
    let seen = &fake.seen()[0];
    assert_eq!(seen.line, "POST /v1/chat/completions HTTP/1.1");
    assert_eq!(seen.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(seen.header("user-agent"), Some("postern/test"));
    assert_eq!(seen.body["messages"], json!([{"role": "user", "content": "hello"}]));
    assert_eq!((&seen.body["stream"], &seen.body["stream_options"]), (&json!(true), &json!({"include_usage": true})));
}

#[tokio::test]
async fn openai_ends_without_done_and_without_usage_too() {
    let fake = Fake::start([
        sse(&[r#"{"choices":[{"delta":{"content":"a"},"finish_reason":"length"}]}"#]),
        sse(&[
            r#"{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"text":"t"}]},{"type":"text","text":"b"}]}}]}"#,
            "[DONE]",
        ]),
        sse(&[
            r#"{"choices":[{"delta":{"refusal":"No."}}]}"#,
            r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#,
            "[DONE]",
        ]),
    ]);
    let models = single(&fake, Api::OpenAi);
    let (events, finish) = answer(&models, ask("p/m")).await;
    assert_eq!((events[1].clone(), finish.stop), (text("a"), StopReason::Length));
    let (events, finish) = answer(&models, ask("p/m")).await;
    assert_eq!((&events[1..], finish.stop), (&[thinking("t"), text("b")][..], StopReason::Stop));
    let (events, finish) = answer(&models, ask("p/m")).await;
    assert_eq!((events[1].clone(), finish.stop), (text("No."), StopReason::Refusal));
}

#[tokio::test]
async fn openrouter_adds_its_own() {
    let fake = Fake::start([sse(&[
        r#"{"choices":[{"delta":{"content":"","reasoning":"hm","reasoning_details":[{"type":"reasoning.text"}]}}]}"#,
        r#"{"choices":[{"delta":{"content":"hi"},"finish_reason":"stop","native_finish_reason":"end_turn"}]}"#,
        r#"{"choices":[{"delta":{"content":""}}],"usage":{"prompt_tokens":10,"completion_tokens":5,"cost":0.1,"prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":3}}}"#,
        "[DONE]",
    ])]);
    let mut request = ask("p/anthropic/claude-sonnet-4.5");
    request.system = vec!["stable".into(), "volatile".into()];
    request.thinking = Thinking::High;
    let (events, finish) = answer(&single(&fake, Api::OpenRouter), request).await;
    assert_eq!(events, [model("anthropic/claude-sonnet-4.5"), thinking("hm"), text("hi")]);
    assert_eq!(finish.usage, Usage { input: 3, output: 5, cache_read: 4, cache_write: 3 });
    let seen = &fake.seen()[0];
    assert_eq!(seen.header("x-title"), Some("Postern"));
    assert_eq!(seen.body["reasoning"], json!({"effort": "high"}));
    assert_eq!(seen.body["messages"][0]["content"][0]["cache_control"], json!({"type": "ephemeral"}));
    assert_eq!(seen.body["messages"][0]["content"][1], json!({"type": "text", "text": "volatile"}));
}

const ANTHROPIC: &[&str] = &[
    r#"{"type":"message_start","message":{"id":"x","usage":{"input_tokens":10,"cache_creation_input_tokens":7,"cache_read_input_tokens":5,"output_tokens":1}}}"#,
    r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
    r#"{"type":"ping"}"#,
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Ünder "}}"#,
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"stand"}}"#,
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"SIG1"}}"#,
    r#"{"type":"content_block_stop","index":0}"#,
    r#"{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"HIDDEN"}}"#,
    r#"{"type":"content_block_start","index":2,"content_block":{"type":"server_tool_use","id":"s","name":"web_search","input":{}}}"#,
    r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"q\":1}"}}"#,
    r#"{"type":"content_block_start","index":3,"content_block":{"type":"text","text":""}}"#,
    r#"{"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"Reading."}}"#,
    r#"{"type":"content_block_delta","index":3,"delta":{"type":"citations_delta","citation":{}}}"#,
    r#"{"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"toolu_1","name":"read","input":{}}}"#,
    r#"{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":"{\"path\":"}}"#,
    r#"{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":"\"a\"}"}}"#,
    r#"{"type":"content_block_stop","index":4}"#,
    r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":42}}"#,
    r#"{"type":"message_stop"}"#,
];

#[tokio::test]
async fn anthropic_streams_everything_and_gets_its_thinking_back() {
    let done = &[r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#, r#"{"type":"message_stop"}"#];
    let fake = Fake::start([sse(ANTHROPIC), sse(done)]);
    let models = single(&fake, Api::Anthropic);
    let mut request = ask("p/claude-sonnet-4-5");
    request.system = vec!["stable".into(), String::new(), "volatile".into()];
    request.thinking = Thinking::Medium;
    let (events, finish) = answer(&models, request.clone()).await;
    let expected = [
        model("claude-sonnet-4-5"),
        thinking("Ünder stand"),
        text("Reading."),
        call("toolu_1", "read", json!({"path": "a"})),
    ];
    assert_eq!(events, expected);
    assert_eq!(finish.stop, StopReason::ToolUse);
    assert_eq!(finish.usage, Usage { input: 10, output: 42, cache_read: 5, cache_write: 7 });

    request.messages.push(Message::Assistant(vec![
        Part::Thinking { text: "Ünder stand".into(), signature: finish.thinking_signature },
        Part::Text("Reading.".into()),
        Part::ToolCall(ToolCall { id: "toolu_1".into(), name: "read".into(), arguments: json!({"path": "a"}) }),
    ]));
    request.messages.push(Message::ToolResult {
        call_id: "toolu_1".into(),
        name: "read".into(),
        content: vec![Part::Text("content of a".into())],
        is_error: false,
    });
    answer(&models, request).await;

    let seen = fake.seen();
    assert_eq!(seen[0].line, "POST /v1/messages HTTP/1.1");
    assert_eq!(seen[0].header("x-api-key"), Some(KEY));
    assert_eq!(seen[0].header("anthropic-version"), Some("2023-06-01"));
    assert_eq!(seen[0].header("authorization"), None);
    let body = &seen[1].body;
    assert_eq!(body["thinking"]["type"], "enabled");
    assert_eq!(body["system"][0]["cache_control"], json!({"type": "ephemeral"}));
    assert_eq!(body["system"][1], json!({"type": "text", "text": "volatile"}));
    let expected = json!([
        {"type": "thinking", "thinking": "Ünder stand", "signature": "SIG1"},
        {"type": "redacted_thinking", "data": "HIDDEN"},
        {"type": "text", "text": "Reading."},
        {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {"path": "a"}},
    ]);
    assert_eq!(body["messages"][1], json!({"role": "assistant", "content": expected}));
    let result = &body["messages"][2]["content"][0];
    assert_eq!((&result["type"], &result["tool_use_id"]), (&json!("tool_result"), &json!("toolu_1")));
    assert_eq!(result["cache_control"], json!({"type": "ephemeral"}));
}

#[tokio::test]
async fn gemini_streams_everything_and_gets_its_signatures_back() {
    let fake = Fake::start([
        sse(&[
            r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"plan","thought":true}]}}],"usageMetadata":{"promptTokenCount":9}}"#,
            r#"{"candidates":[{"content":{"parts":[{"text":"Hi "},{"text":"there"}]}}]}"#,
            r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"read","args":{"path":"a"}},"thoughtSignature":"SIG"},{"functionCall":{"name":"list"}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":50,"cachedContentTokenCount":20,"candidatesTokenCount":8,"thoughtsTokenCount":4,"totalTokenCount":62}}"#,
        ]),
        sse(&[r#"{"candidates":[{"content":{"parts":[{"text":"ok"}]},"finishReason":"MAX_TOKENS"}]}"#]),
        sse(&[r#"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":5}}"#]),
    ]);
    let models = single(&fake, Api::Gemini);
    let mut request = ask("p/gemini-3-pro-preview");
    request.system = vec!["be kind".into()];
    request.thinking = Thinking::High;
    request.max_tokens = Some(99);
    let (events, finish) = answer(&models, request.clone()).await;
    assert_eq!(events[..3], [model("gemini-3-pro-preview"), thinking("plan"), text("Hi there")]);
    let calls: Vec<ToolCall> = events[3..]
        .iter()
        .map(|event| match event {
            Event::ToolCall(call) => call.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!((calls[0].name.as_str(), &calls[0].arguments), ("read", &json!({"path": "a"})));
    assert_eq!((calls[1].name.as_str(), &calls[1].arguments), ("list", &json!({})));
    assert_ne!(calls[0].id, calls[1].id);
    assert_eq!(finish.stop, StopReason::ToolUse);
    assert_eq!(finish.usage, Usage { input: 30, output: 12, cache_read: 20, cache_write: 0 });

    let mut parts = vec![Part::Thinking { text: "plan".into(), signature: finish.thinking_signature }];
    parts.extend(calls.iter().cloned().map(Part::ToolCall));
    request.messages.push(Message::Assistant(parts));
    for call in &calls {
        let content = vec![Part::Text("r".into())];
        request.messages.push(Message::ToolResult {
            call_id: call.id.clone(),
            name: call.name.clone(),
            content,
            is_error: call.name == "list",
        });
    }
    let (_, finish) = answer(&models, request).await;
    assert_eq!(finish.stop, StopReason::Length);
    let (_, finish) = answer(&models, ask("p/gemini-3-pro-preview")).await;
    assert_eq!((finish.stop, finish.usage.input), (StopReason::Refusal, 5));

    let seen = fake.seen();
    assert_eq!(seen[0].line, "POST /v1beta/models/gemini-3-pro-preview:streamGenerateContent?alt=sse HTTP/1.1");
    assert_eq!(seen[0].header("x-goog-api-key"), Some(KEY));
    let body = &seen[1].body;
    assert_eq!(body["systemInstruction"], json!({"parts": [{"text": "be kind"}]}));
    assert_eq!(
        body["generationConfig"],
        json!({"maxOutputTokens": 99, "thinkingConfig": {"includeThoughts": true, "thinkingLevel": "high"}})
    );
    assert_eq!(body["contents"][1]["parts"][0]["thoughtSignature"], "SIG");
    assert_eq!(body["contents"][1]["parts"][1], json!({"functionCall": {"name": "list", "args": {}}}));
    let expected = json!([
        {"functionResponse": {"name": "read", "response": {"output": "r"}}},
        {"functionResponse": {"name": "list", "response": {"error": "r"}}},
    ]);
    assert_eq!(body["contents"][2], json!({"role": "user", "parts": expected}));
}

#[tokio::test]
async fn ollama_streams_everything_without_a_key() {
    let fake = Fake::start([lines(&[
        r#"{"message":{"role":"assistant","content":"","thinking":"hm"},"done":false}"#,
        r#"{"message":{"role":"assistant","content":"Hi"},"done":false}"#,
        r#"{"message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"read","arguments":{"path":"a"}}}]},"done":false}"#,
        r#"{"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":11,"eval_count":7}"#,
    ])]);
    let models = models(vec![provider("keyless", Api::Ollama, &format!("{}/v1", fake.url()))], crate::fake::limits());
    let mut request = ask("keyless/qwen3:8b");
    request.thinking = Thinking::Low;
    let (events, finish) = answer(&models, request).await;
    assert_eq!(events[1..3], [thinking("hm"), text("Hi")]);
    assert!(matches!(&events[3], Event::ToolCall(call) if call.arguments == json!({"path": "a"})));
    assert_eq!(finish.stop, StopReason::ToolUse);
    assert_eq!(finish.usage, Usage { input: 11, output: 7, ..Usage::default() });
    let seen = &fake.seen()[0];
    assert_eq!(seen.line, "POST /api/chat HTTP/1.1");
    assert_eq!(seen.header("authorization"), None);
    assert_eq!((&seen.body["think"], &seen.body["options"]["num_ctx"]), (&json!(true), &json!(16384)));
}

#[tokio::test]
async fn images_and_tools_go_out_in_every_protocol() {
    let done = [
        sse(&["[DONE]"]),
        sse(&["[DONE]"]),
        sse(&[r#"{"type":"message_stop"}"#]),
        sse(&[r#"{"candidates":[{"finishReason":"STOP"}]}"#]),
        lines(&[r#"{"done":true}"#]),
    ];
    let apis = [Api::OpenAi, Api::OpenRouter, Api::Anthropic, Api::Gemini, Api::Ollama];
    let schema = json!({"type": "object", "properties": {"path": {"type": "string"}}});
    for (api, script) in apis.into_iter().zip(done) {
        let fake = Fake::start([script]);
        let mut provider = provider("p", api, &fake.url());
        provider.headers = vec![("X-Team".into(), "blue".into())];
        let mut request = ask("p/m");
        let picture = Part::Image { mime: "image/png".into(), data: "AAAA".into() };
        request.messages = vec![Message::User(vec![Part::Text("what is this".into()), picture])];
        request.tools =
            [ToolSpec { name: "read".into(), description: "reads".into(), input_schema: schema.clone() }].into();
        answer(&models(vec![provider], crate::fake::limits()), request).await;
        let seen = &fake.seen()[0];
        assert_eq!(seen.header("x-team"), Some("blue"), "{api}");
        let body = &seen.body;
        let (image, tool) = match api {
            Api::OpenAi | Api::OpenRouter => {
                (&body["messages"][0]["content"][1]["image_url"]["url"], &body["tools"][0]["function"]["parameters"])
            }
            Api::Anthropic => (&body["messages"][0]["content"][1]["source"]["data"], &body["tools"][0]["input_schema"]),
            Api::Gemini => (
                &body["contents"][0]["parts"][1]["inlineData"]["data"],
                &body["tools"][0]["functionDeclarations"][0]["parametersJsonSchema"],
            ),
            Api::Ollama => (&body["messages"][0]["images"][0], &body["tools"][0]["function"]["parameters"]),
        };
        let expected = if matches!(api, Api::OpenAi | Api::OpenRouter) { "data:image/png;base64,AAAA" } else { "AAAA" };
        assert_eq!((image, tool), (&json!(expected), &schema), "{api}");
    }
}

#[tokio::test]
async fn a_conversation_may_change_its_provider() {
    let fake = Fake::start([sse(ANTHROPIC), sse(&["[DONE]"])]);
    let providers = vec![provider("a", Api::Anthropic, &fake.url()), provider("b", Api::OpenAi, &fake.url())];
    let models = models(providers, crate::fake::limits());
    let (_, finish) = answer(&models, ask("a/claude-sonnet-4-5")).await;
    let mut request = ask("b/m");
    request.messages.push(Message::Assistant(vec![
        Part::Thinking { text: "Ünder stand".into(), signature: finish.thinking_signature },
        Part::ToolCall(ToolCall { id: "toolu_1".into(), name: "read".into(), arguments: json!({"path": "a"}) }),
    ]));
    request.messages.push(user("never mind"));
    answer(&models, request).await;
    let body = &fake.seen()[1].body;
    assert_eq!(body["messages"][1]["tool_calls"][0]["function"]["arguments"], "{\"path\":\"a\"}");
    assert!(body["messages"][2]["content"].as_str().unwrap().contains("interrupted"), "{body}");
    assert_eq!(body["messages"][3], json!({"role": "user", "content": "never mind"}));
    assert!(!body.to_string().contains("SIG1"));
}
