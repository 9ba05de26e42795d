//! A folder beside the workspace that is open to file tools, and what still is not.

use serde_json::json;

use super::tests::{Bench, bench};
use super::*;

fn shared() -> (Bench, String) {
    let mut bench = bench();
    let canvas = bench.temp.path().join("canvas");
    std::fs::create_dir(&canvas).expect("folder");
    let mut workspace = Workspace::open(&bench.root).expect("workspace");
    workspace.share(&canvas).expect("canvas");
    bench.cx.workspace = Arc::new(workspace);
    let canvas = canvas.canonicalize().expect("canvas");
    (bench, canvas.to_str().expect("text").to_owned())
}

#[tokio::test]
async fn every_file_tool_reaches_it_by_its_whole_path() {
    let (bench, canvas) = shared();
    let page = format!("{canvas}/game/index.html");
    let written = bench.call("write", json!({"path": page, "content": "<p>one</p>\n"})).await;
    assert!(!written.is_error && written.text().contains(&page), "{written:?}");
    let changed = bench.call("edit", json!({"path": page, "oldText": "one", "newText": "two"})).await;
    assert!(!changed.is_error, "{changed:?}");
    assert_eq!(std::fs::read_to_string(&page).expect("page"), "<p>two</p>\n");
    assert!(bench.call("read", json!({ "path": page })).await.text().contains("two"));
    assert!(bench.call("list", json!({ "path": canvas })).await.text().contains("game/"));
    let found = bench.call("search", json!({"path": canvas, "pattern": "two"})).await;
    assert!(found.text().contains(&page), "{found:?}");
    // What has no whole path is the workspace's, as ever.
    bench.call("write", json!({"path": "index.html", "content": "own"})).await;
    assert_eq!(std::fs::read_to_string(bench.root.join("index.html")).expect("own"), "own");
}

#[cfg(unix)]
#[tokio::test]
async fn it_leads_nowhere_else() {
    let (bench, canvas) = shared();
    std::os::unix::fs::symlink("../secret", format!("{canvas}/link")).expect("link");
    let outside = bench.temp.path().canonicalize().expect("temp");
    let secret = outside.join("secret");
    for path in [
        format!("{canvas}/../secret"),
        format!("{canvas}/link"),
        format!("{canvas}2/a"),
        secret.to_str().expect("text").to_owned(),
        "../canvas/a".to_owned(),
        "../secret".to_owned(),
    ] {
        for (tool, args) in [
            ("read", json!({ "path": path })),
            ("write", json!({"path": path, "content": "x"})),
            ("list", json!({ "path": path })),
        ] {
            let outcome = bench.call(tool, args).await;
            assert!(outcome.is_error && !outcome.text().contains("canary"), "{tool} {path}: {outcome:?}");
        }
    }
    assert_eq!(std::fs::read_to_string(&secret).expect("secret"), "canary");
    assert!(bench.cx.workspace.resolve(&canvas).is_err(), "commands stay in the workspace");
}
