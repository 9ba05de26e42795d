//! kill -9 at random moments of runs: what was acknowledged is there once, what was answered is not asked again, what
//! was interrupted is shown, told and can be resumed.
//!
//! How much is said before each comes from a fixed seed, which a failure prints together with the round. What a moment
//! hits still depends on the machine; that is why there are thirty.

use std::cell::RefCell;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use self::talk::{Conversation, Said, Talk};
use super::faults::{end_of, is_end, row, words, writer};
use crate::harness::{Client, Endpoint, FakeModel, TestGateway, Turn, until};

mod talk;

const SEED: u64 = 0x7a1c_2026;
const ROUNDS: u32 = 30;
/// At most so often something is acknowledged or answered before a cut, however fast or slow the machine is.
const STEPS: usize = 24;
/// Messages of a session that are looked at after every cut; all of them are at the end.
const RECENT: usize = 20;
/// Steers into running answers, calls tools, waits for its turn.
const SESSIONS: [&str; 3] = ["steered", "tools", "queued"];

/// Names the round when the test fails in it.
struct Round(u32);

impl Drop for Round {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- failed in round {} of {ROUNDS}, seed {SEED:#x} ---", self.0);
        }
    }
}

fn config(model: &FakeModel) -> String {
    // Short prompts: the model's memory of them is searched again and again.
    model.config_with(json!({
        "agents": {"defaults": {"contextTokens": 2_000}},
        "tools": {"allow": ["exec"], "exec": {"security": "full", "ask": "off"}},
    }))
}

/// DEMAND P14, P15: thirty power cuts in the middle of runs of three sessions.
#[tokio::test]
async fn runs_survive_kill_9() {
    let mut rng = StdRng::seed_from_u64(SEED);
    let model = FakeModel::start();
    let talk = RefCell::new(Talk::default());
    let mut gateway = TestGateway::builder().config(&config(&model)).start();
    for session in SESSIONS {
        next_works(&mut writer(&gateway, session).await, &talk, session).await;
    }
    let mut interrupted = 0;
    for round in 0..ROUNDS {
        let named = Round(round);
        let steps = talk.borrow().steps() + rng.random_range(0..STEPS);
        let moment = Duration::from_micros(rng.random_range(0..20_000));
        {
            let mut work = Box::pin(work(gateway.endpoint(), &model, &talk));
            let cut = async {
                until("so many steps", || (talk.borrow().steps() >= steps).then_some(())).await;
                // Not a wait for anything: the moment of the power cut. Nobody reads an answer from here on.
                tokio::time::sleep(moment).await;
            };
            tokio::select! {
                () = &mut work => {}
                () = cut => gateway.kill9(),
            }
        }
        // So many crashes in a row end in safe mode, which has tests of its own.
        drop(std::fs::remove_file(gateway.state_dir().join("starts.json")));
        gateway = gateway.start_again();
        let at = gateway.endpoint();
        for session in SESSIONS {
            let mut client = writer(&at, session).await;
            check(&mut client, &model, &talk, (session, RECENT)).await;
            interrupted += usize::from(resume(&mut client, &model, session, round).await);
            send_again(&mut client, &talk, session).await;
            next_works(&mut client, &talk, session).await;
        }
        let log = gateway.log();
        assert!(!log.contains(" ERROR ") && !log.contains("panicked"), "{log}");
        drop(named);
    }
    for session in SESSIONS {
        check(&mut writer(&gateway, session).await, &model, &talk, (session, usize::MAX)).await;
    }
    let counts = talk.borrow().counts();
    println!("survived {ROUNDS} power cuts: {counts:?}, {interrupted} resumed");
    assert!(counts.said >= 100 && counts.told >= 100, "hardly anything happened: {counts:?}");
    assert!(interrupted >= 10, "hardly anything was interrupted: {interrupted}");
}

/// Three people who talk without a pause, until they are dropped.
async fn work(at: Endpoint, model: &FakeModel, talk: &RefCell<Talk>) {
    let [steered, tools, queued] = SESSIONS;
    tokio::join!(chat(&at, model, talk, steered), chat(&at, model, talk, tools), chat(&at, model, talk, queued));
}

async fn chat(at: &Endpoint, model: &FakeModel, talk: &RefCell<Talk>, session: &'static str) {
    let mut client = writer(at, session).await;
    loop {
        let mut waiting = Vec::new();
        for _ in 0..3 {
            let said = talk.borrow_mut().begin(session);
            if session == "tools" {
                model.push_for(&said.text, Turn::say("let me see ").tool_call("exec", json!({"command": "echo seen"})));
            }
            model.push_for(&said.text, slow_answer(&said));
            send(&mut client, talk, &said).await;
            waiting.push(said.key);
        }
        for key in waiting {
            let end = end_of(&mut client, &key).await;
            assert_eq!(end["state"], "final", "{end}");
            talk.borrow_mut().told(&key);
        }
    }
}

/// Many words, slowly enough to be cut off in between.
fn slow_answer(said: &Said) -> Turn {
    let begin = Turn::say(&format!("About {}: ", said.text));
    (0..12).fold(begin, |turn, word| turn.text(&format!("word{word} ")).pause(Duration::from_millis(1)))
}

async fn send(client: &mut Client, talk: &RefCell<Talk>, said: &Said) {
    let answer = client.ok("chat.send", said.params()).await;
    assert_eq!(answer, json!({"runId": said.key, "status": "started"}));
    talk.borrow_mut().acknowledged(&said.key);
}

/// Nothing is lost, doubled or asked again; the ends that nobody heard are in the history.
async fn check(client: &mut Client, model: &FakeModel, talk: &RefCell<Talk>, (session, most): (&str, usize)) {
    let conversation = Conversation::read(client, session).await;
    let mut known = talk.borrow().of(session);
    known.drain(..known.len().saturating_sub(most));
    let requests = model.requests();
    for said in &known {
        let times = conversation.times_said(&said.text);
        assert!(times <= 1, "{} is there {times} times", said.key);
        assert!(times == 1 || !said.acknowledged, "{} was acknowledged and is lost: {conversation:?}", said.key);
        if said.told {
            // Once for each answer of the model: before the tool and after it.
            let asked = requests.iter().filter(|request| request.user_text() == said.text).count();
            let most = if session == "tools" { 2 } else { 1 };
            assert!(asked <= most, "{} was answered, and asked {asked} times", said.key);
            assert!(session != "queued" || conversation.answers(&said.key) == 1, "{}: {conversation:?}", said.key);
        } else if said.acknowledged && session == "queued" {
            let ends = conversation.answers(&said.key) + conversation.notes(&said.key);
            assert!(ends >= 1, "nobody learns how {} ended: {conversation:?}", said.key);
        }
    }
    let row = row(client, session).await;
    assert_eq!((&row["hasActiveRun"], &row["activeRunIds"]), (&json!(false), &json!([])), "none runs by itself: {row}");
    for said in known.iter().filter(|said| said.acknowledged) {
        let again = client.ok("chat.send", said.params()).await;
        assert!(matches!(again["status"].as_str(), Some("ok" | "error")), "{again}");
        if said.told {
            assert_eq!(again["status"], "ok", "{again}");
        } else if again["status"] == "error" {
            assert!(again["summary"].as_str().unwrap().contains("interrupted"), "{again}");
        }
    }
    assert_eq!(model.requests().len(), requests.len(), "a key that is known asks nobody");
}

/// If the last run was interrupted, that is shown, and resuming answers it. Whether it was.
async fn resume(client: &mut Client, model: &FakeModel, session: &str, round: u32) -> bool {
    let before = row(client, session).await;
    let conversation = Conversation::read(client, session).await;
    let Some(run) = before["lastRunId"].as_str().filter(|run| conversation.notes(run) > 0) else { return false };
    assert!(before["lastRunError"].as_str().is_some_and(|error| error.contains("/resume")), "{before}");
    let last = conversation.last_said().unwrap_or_else(|| panic!("{run} was said: {conversation:?}")).to_owned();
    let requests = model.requests().len();
    let key = format!("resume-{session}-{round}");
    let resumed = if round.is_multiple_of(2) {
        let params = json!({"key": session, "idempotencyKey": key});
        let answer = client.ok("sessions.recover", params).await;
        assert_eq!(answer["continuation"], json!({"status": "started", "runId": key}));
        end_of(client, &key).await
    } else {
        client.ok("chat.send", json!({"sessionKey": session, "message": "/resume", "idempotencyKey": key})).await;
        let others = |event: &Value| is_end(event) && event["runId"] != *key;
        client.event("chat", others).await
    };
    assert_eq!(resumed["state"], "final", "{resumed}");
    assert!(words(&resumed["message"]).contains(&last), "it answers what was said last, {last}: {resumed}");
    assert!(model.requests()[requests..].iter().all(|request| request.user_text() == last));
    let after = Conversation::read(client, session).await;
    assert_eq!(after.times_said(&last), 1, "{after:?}");
    let error = client.err("sessions.recover", json!({"key": session, "idempotencyKey": format!("{key}-b")})).await;
    assert_eq!(error["code"], "INVALID_REQUEST", "there is nothing to resume any more: {error}");
    true
}

/// What got no answer from the gateway is sent again under its key: it is there once then.
async fn send_again(client: &mut Client, talk: &RefCell<Talk>, session: &str) {
    let unsettled: Vec<Said> = talk.borrow().of(session).into_iter().filter(|said| !said.acknowledged).collect();
    for said in unsettled {
        let answer = client.ok("chat.send", said.params()).await;
        if answer["status"] == "started" {
            end_of(client, &said.key).await;
        }
        let conversation = Conversation::read(client, session).await;
        assert_eq!(conversation.times_said(&said.text), 1, "{}: {conversation:?}", said.key);
        talk.borrow_mut().acknowledged(&said.key);
    }
}

async fn next_works(client: &mut Client, talk: &RefCell<Talk>, session: &'static str) {
    let said = talk.borrow_mut().begin(session);
    send(client, talk, &said).await;
    let end = end_of(client, &said.key).await;
    assert_eq!((&end["state"], words(&end["message"])), (&json!("final"), said.text.clone()), "{end}");
    talk.borrow_mut().told(&said.key);
}
