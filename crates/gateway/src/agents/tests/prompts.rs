//! Prompts: the same byte for byte until something changed.

use std::fs;

use super::{TWO, bench};
use crate::agents::PromptContext;

fn context(session: &str) -> PromptContext {
    PromptContext {
        session_key: session.to_owned(),
        tools: vec!["read".into(), "exec".into()],
        now_ms: 1_767_225_600_000,
        ..PromptContext::default()
    }
}

#[tokio::test]
async fn what_stays_is_the_same_in_every_turn() {
    let bench = bench(TWO).await;
    let main = bench.agent("main");
    let first = bench.agents.prompt(&main, &context("agent:main:main")).await;
    assert_eq!(first.len(), 2);
    let other = PromptContext {
        tools: vec!["exec".into(), "read".into()],
        now_ms: 1_767_312_000_000,
        extra_system: Some("Be brief.".into()),
        channel: Some("telegram".into()),
        heartbeat: true,
        ..context("agent:main:other")
    };
    let second = bench.agents.prompt(&main, &other).await;
    assert_eq!(first[0], second[0]);
    assert!(second[1].contains("agent:main:other") && second[1].contains("2026-01-02"), "{}", second[1]);
    assert!(second[1].contains("telegram") && second[1].contains("Be brief.") && second[1].contains("HEARTBEAT_OK"));
    assert!(!first[1].contains("HEARTBEAT_OK") && first[1].contains("2026-01-01") && first[1].contains("low"));
    assert_eq!(first, bench.agents.prompt(&main, &context("agent:main:main")).await);
    // Also after a restart.
    let bench = bench.reopened(None).await;
    assert_eq!(first, bench.agents.prompt(&main, &context("agent:main:main")).await);
}

#[tokio::test]
async fn the_files_are_told_in_order_and_anew_when_they_change() {
    let bench = bench(TWO).await;
    let main = bench.agent("main");
    let told = async || bench.agents.prompt(&main, &context("k")).await.remove(0);
    let before = told().await;
    let at =
        |text: &str, name: &str| text.find(&format!("\n## {name}\n")).unwrap_or_else(|| panic!("{name} is missing"));
    let order = ["AGENTS.md", "SOUL.md", "TOOLS.md", "IDENTITY.md", "USER.md", "HEARTBEAT.md", "MEMORY.md"];
    assert!(order.windows(2).all(|pair| at(&before, pair[0]) < at(&before, pair[1])));
    assert!(before.starts_with("You are Main, an agent with the id `main`"), "{before}");

    let soul = main.workspace.join("SOUL.md");
    let text = fs::read_to_string(&soul).unwrap();
    // The same length, straight to the disk, as a tool of the agent would.
    fs::write(&soul, text.replace("Friendly", "Grumpily")).unwrap();
    let changed = told().await;
    assert!(changed.contains("Grumpily") && !changed.contains("Friendly"));
    fs::remove_file(&soul).unwrap();
    assert!(!told().await.contains("## SOUL.md"));
    fs::write(&soul, "").unwrap();
    assert!(!told().await.contains("## SOUL.md"), "an empty file says nothing");
    bench.agents.set_file("main", "SOUL.md", text).await.unwrap();
    assert_eq!(told().await, before);
}

#[tokio::test]
async fn files_are_capped_one_by_one_and_together() {
    let bench = bench(TWO).await;
    let main = bench.agent("main");
    for name in ["AGENTS.md", "SOUL.md", "TOOLS.md", "USER.md", "MEMORY.md"] {
        bench.agents.set_file("main", name, "\u{e9}".repeat(30_000)).await.unwrap();
    }
    let told = bench.agents.prompt(&main, &context("k")).await.remove(0);
    let count = told.chars().filter(|c| *c == '\u{e9}').count();
    assert!(count <= 80_000, "{count}");
    assert!(told.contains("[10000 more characters of AGENTS.md are left out here"), "the reader is told");
    assert!(told.contains("more characters of MEMORY.md are left out here"));
    assert!(told.chars().count() < 90_000);
}

#[tokio::test]
async fn an_agent_names_itself_where_nobody_else_did() {
    let bench = bench("{}").await;
    let main = bench.agent("main");
    bench.agents.set_file("main", "IDENTITY.md", "- Name: Nova\n- Theme: calm\n".into()).await.unwrap();
    let told = bench.agents.prompt(&main, &context("k")).await.remove(0);
    assert!(told.starts_with("You are Nova,") && told.contains("Your manner: calm."), "{told}");
}
