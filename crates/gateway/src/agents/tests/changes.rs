//! Registry: configuration and changes merged, durable, one at a time.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;
use postern_protocol::chat::ThinkingLevel;

use super::{TWO, bench};
use crate::agents::{AgentChange, AgentError, NameSource, NewAgent};
use crate::config::ModelChoice;

fn new(name: &str) -> NewAgent {
    NewAgent { name: name.to_owned(), ..NewAgent::default() }
}

fn only(primary: &str) -> Option<ModelChoice> {
    Some(ModelChoice { primary: primary.to_owned(), fallbacks: Vec::new() })
}

#[tokio::test]
async fn the_configuration_is_the_base() {
    let bench = bench(TWO).await;
    assert_eq!(
        (bench.ids(), bench.agents.default_id()),
        (vec!["main".to_owned(), "work".to_owned()], "main".to_owned())
    );
    let main = bench.agent("MAIN");
    assert_eq!((main.is_default, &main.model, main.thinking), (true, &only("openai/base"), Some(ThinkingLevel::Low)));
    assert_eq!((main.workspace.clone(), main.timeout), (bench.state().join("workspace"), Duration::from_secs(7)));
    let work = bench.agent("work");
    assert_eq!((work.is_default, work.made_at_run_time, work.thinking), (false, false, Some(ThinkingLevel::High)));
    assert_eq!(work.model.as_ref().unwrap().fallbacks, ["openai/small"]);
    assert_eq!((work.workspace.clone(), work.limits.daily_tokens), (bench.state().join("workspace-work"), Some(5)));
    assert_eq!(work.tools.deny, ["exec"]);
    let shown = bench.agents.shown(&work).await;
    assert_eq!((shown.name.as_str(), shown.name_source), ("Worker", NameSource::Config));
    assert_eq!((shown.theme.as_deref(), shown.avatar.text.as_str()), (Some("dry"), "\u{1f527}"));
    assert!(!work.workspace.exists(), "looking makes no folder");
}

#[tokio::test]
async fn an_agent_made_at_run_time_lasts_and_is_never_the_default() {
    let bench = bench(TWO).await;
    let wanted =
        NewAgent { model: Some("ollama/llama".into()), emoji: Some("\u{1f98a}".into()), ..new("  Night\u{0} Owl ") };
    let made = bench.agents.create(wanted).await.unwrap();
    assert_eq!(
        (made.id.as_str(), made.name.as_deref(), &made.model),
        ("night-owl", Some("Night Owl"), &only("ollama/llama"))
    );
    assert!(made.workspace.join("SOUL.md").is_file());
    bench.now.fetch_add(5, Ordering::SeqCst);
    bench.agents.create(new("A second one")).await.unwrap();
    let want = ["main", "work", "night-owl", "a-second-one"];
    assert_eq!(bench.ids(), want);
    let bench = bench.reopened(None).await;
    assert_eq!(bench.ids(), want);
    let back = bench.agent("night-owl");
    assert_eq!((*back).clone(), (*made).clone());
    assert!(bench.agents.list().iter().filter(|agent| agent.is_default).count() == 1);
    // Named in the configuration later, it is that agent with what was decided on top.
    let bench = bench
        .reopened(Some(r#"{ agents: { list: [{ id: "night-owl", name: "Owl", thinkingDefault: "off" }] } }"#))
        .await;
    let now = bench.agent("night-owl");
    assert_eq!((now.is_default, now.made_at_run_time, now.name.as_deref()), (true, false, Some("Night Owl")));
    assert_eq!(now.thinking, Some(ThinkingLevel::Off));
    assert_eq!(bench.ids(), ["night-owl", "a-second-one"]);
}

#[tokio::test]
async fn many_at_once_get_ids_of_their_own() {
    let bench = bench("{}").await;
    let made = join_all((0..20).map(|_| bench.agents.create(new("Nova")))).await;
    let mut ids: Vec<_> = made.into_iter().map(|agent| agent.unwrap().id.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 20);
    assert_eq!(bench.ids().len(), 21);
    let bench = bench.reopened(None).await;
    assert_eq!(bench.ids().len(), 21);
}

#[tokio::test]
async fn configured_agents_can_be_changed_and_changed_back() {
    let bench = bench(TWO).await;
    let change = AgentChange {
        name: Some("Boss".into()),
        model: Some("openai/own".into()),
        workspace: Some("boss".into()),
        avatar: Some("https://example.com/a.png".into()),
        ..AgentChange::default()
    };
    let changed = bench.agents.update("Work", change).await.unwrap();
    assert_eq!((changed.name.as_deref(), &changed.model), (Some("Boss"), &only("openai/own")), "no fallback unasked");
    assert_eq!(changed.workspace, bench.state().join("boss"));
    let bench = bench.reopened(None).await;
    let work = bench.agent("work");
    let shown = bench.agents.shown(&work).await;
    assert_eq!((shown.name.as_str(), shown.name_source), ("Boss", NameSource::Agent));
    assert_eq!((shown.emoji.as_deref(), shown.avatar.text.as_str()), (Some("\u{1f527}"), "https://example.com/a.png"));
    assert!(!work.is_default && !work.made_at_run_time);
    let back = AgentChange {
        name: Some(" ".into()),
        model: Some(String::new()),
        workspace: Some(String::new()),
        avatar: Some(String::new()),
        ..AgentChange::default()
    };
    let back = bench.agents.update("work", back).await.unwrap();
    assert_eq!(back.model.as_ref().unwrap().primary, "openai/big");
    assert_eq!((&back.name, back.identity.name.as_deref()), (&None, Some("Worker")));
    assert_eq!((back.workspace.clone(), &back.identity.avatar), (bench.state().join("workspace-work"), &None));
}

#[tokio::test]
async fn what_is_wrong_is_named_and_changes_nothing() {
    let bench = bench(TWO).await;
    let refused = |new: NewAgent| {
        let agents = bench.agents.clone();
        async move { agents.create(new).await.unwrap_err().to_string() }
    };
    for (new, field) in [
        (new(" \u{200b}\0"), "name"),
        (NewAgent { model: Some("gpt".into()), ..new("a") }, "model"),
        (NewAgent { model: Some("a/ b".into()), ..new("a") }, "model"),
        (NewAgent { emoji: Some("fox".into()), ..new("a") }, "emoji"),
        (NewAgent { avatar: Some("http://10.0.0.1/x".into()), ..new("a") }, "avatar"),
        (NewAgent { workspace: Some("../x".into()), ..new("a") }, "workspace"),
    ] {
        let text = refused(new.clone()).await;
        assert!(text.starts_with(field), "{new:?}: {text}");
    }
    let nobody = bench.agents.update("nobody", AgentChange::default()).await.unwrap_err();
    assert!(matches!(nobody, AgentError::UnknownAgent));
    let made = bench.agents.create(new("Nova")).await.unwrap();
    let nameless = AgentChange { name: Some(" ".into()), ..AgentChange::default() };
    assert!(matches!(bench.agents.update(&made.id, nameless).await, Err(AgentError::BlankName)));
    assert_eq!(bench.ids(), ["main", "work", "nova"]);
}

#[tokio::test]
async fn only_what_was_made_at_run_time_can_be_deleted() {
    let bench = bench(TWO).await;
    assert!(matches!(bench.agents.delete("main", true).await, Err(AgentError::IsDefault)));
    let written = bench.agents.delete("work", true).await.unwrap_err().to_string();
    assert!(written.contains("postern.json") && written.contains("agents.list"), "{written}");
    assert!(matches!(bench.agents.delete("nobody", true).await, Err(AgentError::UnknownAgent)));
    let made = bench.agents.create(new("Nova")).await.unwrap();
    let deleted = bench.agents.delete("NOVA", false).await.unwrap();
    assert_eq!((deleted.folder, made.workspace.is_dir()), (None, true));
    assert!(bench.agents.get("nova").is_none());
    assert!(bench.reopened(None).await.agents.get("nova").is_none());
}

#[tokio::test]
async fn what_is_not_stored_did_not_happen() {
    let bench = bench(TWO).await;
    let made = bench.agents.create(new("Nova")).await.unwrap();
    bench.store.close().await;
    assert!(matches!(bench.agents.create(new("Other")).await, Err(AgentError::Store(_))));
    let change = AgentChange { name: Some("X".into()), ..AgentChange::default() };
    assert!(matches!(bench.agents.update("nova", change).await, Err(AgentError::Store(_))));
    assert!(matches!(bench.agents.delete("nova", true).await, Err(AgentError::Store(_))));
    assert_eq!(bench.ids(), ["main", "work", "nova"]);
    assert_eq!(bench.agent("nova").name.as_deref(), Some("Nova"));
    assert!(made.workspace.is_dir(), "an agent that stays keeps its folder");
}

#[tokio::test]
async fn a_change_goes_on_when_its_caller_goes_away() {
    let bench = bench(TWO).await;
    {
        let creating = bench.agents.create(new("Nova"));
        tokio::pin!(creating);
        assert!(futures_util::poll!(creating.as_mut()).is_pending());
    }
    // Changes come one after the other, so this one is answered after the first.
    bench.agents.update("work", AgentChange::default()).await.unwrap();
    assert_eq!(bench.ids(), ["main", "work", "nova"]);
    let audit = bench.store.audit_tail(10).await.unwrap();
    assert!(audit.iter().any(|entry| entry.kind == "agents.create" && entry.detail.contains("nova")));
}
