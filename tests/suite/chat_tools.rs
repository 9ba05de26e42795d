//! Answers that take several steps: the model calls a tool, reads what came of it, and goes on; and what a model is
//! given to read besides (`methods.md §2`, message object).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::chat::{deltas, old_writer, start, told};
use super::faults::{ask, end_of, history, words, writer};
use crate::harness::{Client, Device, FakeModel, InProcess, Received, Turn, Usage};

/// The smallest thing that says it is a PNG.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

/// What the model read of the results of tools.
fn results(request: &Received) -> String {
    request
        .messages()
        .iter()
        .filter(|message| message["role"] == "tool")
        .map(|message| message["content"].to_string())
        .collect()
}

async fn send(client: &mut Client, run: &str, more: Value) -> Value {
    let mut params = json!({"sessionKey": "main", "message": "look", "idempotencyKey": run});
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.ok("chat.send", params).await
}

/// X-16, E-02: a tool is called, its result is read, the answer goes on; the transcript has every step, deltas begin
/// anew with it, usage is the sum.
#[tokio::test]
async fn an_answer_takes_several_steps() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut client = gateway.op(&Device::new("a"), &["operator.admin"]).await;
    let mut old = old_writer(&gateway, "b").await;
    client
        .ok("agents.files.set", json!({"agentId": "main", "name": "MEMORY.md", "content": "the word is lighthouse"}))
        .await;
    let usage = |input, output| Usage { input, output, cache_read: 0 };
    model.push(
        Turn::new().deltas(["I look it up."]).tool_call("read", json!({"path": "MEMORY.md"})).usage(usage(10, 5)),
    );
    model.push(Turn::say("It is lighthouse.").usage(usage(20, 7)));
    let end = ask(&mut client, "main", "r1", "what is the word?").await;
    assert_eq!((&end["state"], words(&end["message"])), (&json!("final"), "It is lighthouse.".to_owned()));
    assert_eq!((&end["usage"]["input"], &end["usage"]["output"]), (&json!(30), &json!(12)));
    assert!(results(&model.request(1).await).contains("the word is lighthouse"));
    assert_eq!(told(&client, "r1"), "It is lighthouse.");
    assert_eq!(deltas(&client, "r1").iter().filter(|delta| delta["replace"] == true).count(), 1);
    end_of(&mut old, "r1").await;
    let seen: Vec<_> = deltas(&old, "r1").iter().map(|delta| words(&delta["message"])).collect();
    assert_eq!((seen.first().unwrap().as_str(), seen.last().unwrap().as_str()), ("I look it up.", "It is lighthouse."));
    let page = client.ok("chat.history", json!({"sessionKey": "main"})).await;
    let [said, step, result, answer] = page["messages"].as_array().unwrap().as_slice() else { panic!("{page}") };
    assert_eq!(words(said), "what is the word?");
    let call = &step["content"][1];
    assert_eq!(
        (&call["type"], &call["name"], &call["arguments"]),
        (&json!("toolCall"), &json!("read"), &json!({"path": "MEMORY.md"}))
    );
    assert_eq!(step["stopReason"], "toolUse");
    assert_eq!(
        (&result["role"], &result["toolName"], &result["toolCallId"]),
        (&json!("toolResult"), &json!("read"), &call["id"])
    );
    assert_eq!(result["isError"], false);
    assert_eq!(words(answer), "It is lighthouse.");
    assert_eq!(ask(&mut client, "main", "r2", "and again?").await["state"], "final");
    assert!(results(&model.request(2).await).contains("lighthouse"), "the steps are part of the conversation");
}

/// a tool that is not there, arguments that are none, a file that is none: the model is told and goes on.
#[tokio::test]
async fn calls_that_cannot_be_done_are_told_to_the_model() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut client = writer(&gateway, "a").await;
    for (number, (name, arguments, problem)) in [
        ("teleport", json!({}), "there is no tool teleport"),
        ("read", json!("{\"path\": "), "not valid JSON"),
        ("read", json!({"path": 5}), "arguments of `read`"),
        ("read", json!({"path": "../../etc/passwd"}), "workspace"),
    ]
    .into_iter()
    .enumerate()
    {
        model.push(Turn::new().tool_call(name, arguments));
        model.push(Turn::say("sorry"));
        let end = ask(&mut client, &format!("s{number}"), &format!("r{number}"), "do it").await;
        assert_eq!(end["state"], "final", "{end}");
        let seen = results(&model.request(2 * number + 1).await);
        assert!(seen.contains(problem), "{problem} is not in {seen}");
        let page = client.ok("chat.history", json!({"sessionKey": format!("s{number}")})).await;
        assert_eq!(page["messages"][2]["isError"], true, "{page}");
    }
}

/// a limit that is reached in the middle of a run ends it before the model is asked again.
#[tokio::test]
async fn a_limit_ends_a_run_in_the_middle() {
    let model = FakeModel::start();
    let config = model.config_with(json!({"usage": {"limits": {"dailyTokens": 1_000_000}}}));
    let gateway = InProcess::with(&config, |_| {}).await;
    let mut client = writer(&gateway, "a").await;
    let usage = Usage { input: 999_999, output: 10, cache_read: 0 };
    model.push(Turn::new().tool_call("list", json!({"path": "."})).usage(usage));
    let end = ask(&mut client, "main", "r1", "hi").await;
    assert_eq!((&end["state"], &end["errorKind"]), (&json!("error"), &json!("rate_limit")), "{end}");
    assert!(end["errorMessage"].as_str().unwrap().contains("daily limit"), "{end}");
    assert_eq!(model.requests().len(), 1);
    assert_eq!(history(&mut client, "main").await.len(), 3, "the step stays");
}

/// pictures reach the model, now and with the messages that follow; text files are part of the message.
#[tokio::test]
async fn attachments_reach_the_model() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let picture = STANDARD.encode(PNG);
    for (name, mut client) in [("v4", writer(&gateway, "a").await), ("v3", old_writer(&gateway, "b").await)] {
        let before = model.requests().len();
        let attachments = json!([
            {"type": "image", "mimeType": "image/png", "fileName": "a.png", "content": picture},
            {"type": "file", "mimeType": "text/plain", "fileName": "../notes.txt", "content": format!("data:text/plain;base64,{}", STANDARD.encode("twelve eggs"))},
        ]);
        let params = json!({"sessionKey": name, "message": "look", "idempotencyKey": name, "attachments": attachments});
        client.ok("chat.send", params).await;
        assert_eq!(end_of(&mut client, name).await["state"], "final");
        let asked = model.request(before).await;
        let body = asked.body.to_string();
        assert!(body.contains(&format!("data:image/png;base64,{picture}")), "{body}");
        assert!(asked.user_text().contains("look") && asked.user_text().contains("[file: notes.txt]\ntwelve eggs"));
        let page = client.ok("chat.history", json!({"sessionKey": name})).await;
        let image = &page["messages"][0]["content"][1];
        assert_eq!((&image["type"], &image["mimeType"]), (&json!("image"), &json!("image/png")), "{page}");
        ask(&mut client, name, &format!("{name} next"), "and?").await;
        assert!(
            model.request(before + 1).await.body.to_string().contains(&picture),
            "it is still part of the conversation"
        );
    }
    let mut client = writer(&gateway, "a").await;
    let alone =
        json!({"sessionKey": "main", "message": "", "idempotencyKey": "alone", "attachments": [{"content": picture}]});
    assert_eq!(client.ok("chat.send", alone).await["status"], "started", "a picture says enough");
    assert_eq!(end_of(&mut client, "alone").await["state"], "final");
}

/// an attachment that cannot be used is named by its place; nothing of the message stays, the key is free.
#[tokio::test]
async fn attachments_that_cannot_be_used_are_named() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut client = writer(&gateway, "a").await;
    let good = json!({"content": STANDARD.encode(PNG)});
    for (bad, problem) in [
        (json!({"content": "%%%"}), "is not base64"),
        (json!({}), "has no content"),
        (json!({"mimeType": "image/png", "content": STANDARD.encode("no picture")}), "is not a PNG"),
        (json!({"fileName": "a.pdf", "content": STANDARD.encode(b"%PDF\0")}), "is neither a picture nor a text file"),
    ] {
        let params =
            json!({"sessionKey": "main", "message": "look", "idempotencyKey": "r1", "attachments": [good, bad]});
        let error = client.err("chat.send", params).await;
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with("attachments[1] ") && message.contains(problem), "{message}");
        assert_eq!(error["code"], "INVALID_REQUEST");
    }
    assert_eq!(history(&mut client, "main").await, []);
    assert_eq!(send(&mut client, "r1", json!({"attachments": [good]})).await["status"], "started");
    assert_eq!(end_of(&mut client, "r1").await["state"], "final");
    assert_eq!(model.requests().len(), 1);
}

/// model and thinking level of the session reach the model, those of one message for that message; levels that
/// are none are refused.
#[tokio::test]
async fn settings_reach_the_model() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut client = gateway.op(&Device::new("a"), &["operator.admin"]).await;
    let steps = [
        (json!({}), json!({}), ("echo-1", json!(null))),
        (json!({"model": "fake/echo-2", "thinkingLevel": "low"}), json!({}), ("echo-2", json!("low"))),
        (json!({}), json!({"thinking": "high"}), ("echo-2", json!("high"))),
        (json!({"model": null}), json!({}), ("echo-1", json!("low"))),
        (json!({"thinkingLevel": null}), json!({}), ("echo-1", json!(null))),
    ];
    for (number, (mut patch, more, (name, effort))) in steps.into_iter().enumerate() {
        patch["key"] = json!("main");
        client.ok("sessions.patch", patch).await;
        let run = format!("r{number}");
        send(&mut client, &run, more).await;
        let end = end_of(&mut client, &run).await;
        assert_eq!(end["message"]["model"], name, "{end}");
        let body = model.request(number).await.body;
        assert_eq!((&body["model"], &body["reasoning_effort"]), (&json!(name), &effort), "{number}");
    }
    let params = json!({"sessionKey": "main", "message": "x", "idempotencyKey": "bad", "thinking": "deeply"});
    assert!(client.err("chat.send", params).await["message"].as_str().unwrap().starts_with("thinking must be"));
    assert_eq!(model.requests().len(), 5);
}
