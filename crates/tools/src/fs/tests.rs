//! File tools as an agent uses them, and as somebody uses them who wants out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::exec::DenyAll;
use crate::tool::{ExecLimits, Progress, ToolContent, ToolCx};

pub(super) struct Bench {
    pub(super) temp: tempfile::TempDir,
    pub(super) root: PathBuf,
    pub(super) cx: ToolCx,
}

pub(super) fn bench() -> Bench {
    let temp = tempfile::tempdir().expect("temp dir");
    let workspace = Workspace::open(&temp.path().join("ws")).expect("workspace");
    let root = workspace.root().to_path_buf();
    std::fs::write(temp.path().join("secret"), "canary").expect("write");
    let cx = ToolCx {
        workspace: Arc::new(workspace),
        cancel: CancellationToken::new(),
        progress: Progress::none(),
        gate: Arc::new(DenyAll),
        exec: ExecLimits::default(),
        base_env: Arc::new(BTreeMap::new()),
        call_id: "call-1".to_owned(),
    };
    Bench { temp, root, cx }
}

impl Bench {
    pub(super) async fn call(&self, name: &str, args: Value) -> ToolOutcome {
        let tool = tools("").into_iter().find(|tool| tool.spec().name == name).expect("tool");
        let call = tool.call(self.cx.clone(), args);
        tokio::time::timeout(Duration::from_secs(20), call).await.expect("the call ends")
    }

    pub(super) async fn ok(&self, name: &str, args: Value) -> String {
        let outcome = self.call(name, args).await;
        assert!(!outcome.is_error, "{}", outcome.text());
        outcome.text()
    }

    pub(super) async fn refused(&self, name: &str, args: Value) -> String {
        let outcome = self.call(name, args.clone()).await;
        assert!(outcome.is_error, "{name} {args}: {}", outcome.text());
        outcome.text()
    }

    pub(super) fn put(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().expect("parent")).expect("folders");
        std::fs::write(path, content).expect("write");
    }

    pub(super) fn get(&self, path: &str) -> String {
        std::fs::read_to_string(self.root.join(path)).expect("read")
    }
}

#[tokio::test]
async fn a_file_is_written_read_and_edited() {
    let bench = bench();
    assert_eq!(
        bench.ok("write", json!({ "path": "a/b/c.txt", "content": "one\ntwo\n" })).await,
        "Created a/b/c.txt (8 B)"
    );
    assert_eq!(bench.ok("read", json!({ "path": "./a//b/c.txt" })).await, "one\ntwo\n");
    let text = bench.ok("edit", json!({ "path": "a/b/c.txt", "oldText": "two", "newText": "three" })).await;
    assert_eq!(text, "Replaced 1 occurrence in a/b/c.txt (line 2)");
    assert_eq!(bench.ok("write", json!({ "file_path": "a/b/c.txt", "content": "" })).await, "Replaced a/b/c.txt (0 B)");
    let absolute = bench.root.join("a/b/c.txt");
    assert_eq!(bench.ok("read", json!({ "path": absolute })).await, "");
    let names: Vec<_> =
        std::fs::read_dir(bench.root.join("a/b")).expect("list").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(names, ["c.txt"], "nothing temporary is left");
}

#[tokio::test]
async fn reading_goes_on_where_it_stopped() {
    let bench = bench();
    let lines: String = (1..=40_000).map(|line| format!("line {line}\n")).collect();
    bench.put("long", &lines);
    let (mut read, mut offset) = (String::new(), 1);
    loop {
        let outcome = bench.call("read", json!({ "path": "long", "offset": offset })).await;
        let details = outcome.details.clone().expect("details");
        let text = outcome.text();
        let more = details["truncated"] == true;
        read.push_str(if more { text.rsplit_once("\n[lines").expect("note").0 } else { &text });
        if !more {
            break;
        }
        assert!(text.len() <= 256 * 1024 + 200);
        offset = details["endLine"].as_u64().expect("line") + 1;
    }
    assert_eq!(read, lines);
    let text = bench.ok("read", json!({ "path": "long", "offset": 3, "limit": 2 })).await;
    assert_eq!(text, "line 3\nline 4\n\n[lines 3 to 4; there is more: continue with offset 5]");
    assert!(bench.refused("read", json!({ "path": "long", "offset": 50_000 })).await.contains("40000 lines"));
    bench.put("one-line", vec![b'x'; 3_000_000]);
    let text = bench.ok("read", json!({ "path": "one-line" })).await;
    assert!(text.len() < 263_000 && text.contains("is longer than 256 KiB"));
}

#[tokio::test]
async fn pictures_and_binary_files_are_told_apart() {
    let bench = bench();
    bench.put("p.txt", b"\x89PNG\r\n\x1a\nrest");
    let outcome = bench.call("read", json!({ "path": "p.txt" })).await;
    let expected = ToolContent::Image { mime: "image/png".to_owned(), data: "iVBORw0KGgpyZXN0".to_owned() };
    assert_eq!(outcome.content.get(1), Some(&expected));
    let mut large = b"\xff\xd8\xff".to_vec();
    large.resize(5_000_001, 0);
    bench.put("large.jpg", &large);
    assert!(bench.refused("read", json!({ "path": "large.jpg" })).await.contains("make it smaller"));
    bench.put("data", b"abc\0def");
    assert_eq!(
        bench.ok("read", json!({ "path": "data" })).await,
        "data is a binary file (7 B); it is not shown as text"
    );
    assert!(
        bench
            .refused("edit", json!({ "path": "p.txt", "oldText": "rest", "newText": "x" }))
            .await
            .contains("not a text file")
    );
}

#[tokio::test]
async fn an_edit_that_is_not_clear_changes_nothing() {
    let bench = bench();
    bench.put("f", "a = 1\n    b = 2\na = 1\n");
    let text = bench.refused("edit", json!({ "path": "f", "oldText": "a = 1", "newText": "x" })).await;
    assert!(text.contains("occurs 2 times in f (lines 1, 3)"), "{text}");
    let text = bench.refused("edit", json!({ "path": "f", "oldText": "nothing like it", "newText": "x" })).await;
    assert!(text.contains("does not occur"), "{text}");
    let text = bench.refused("edit", json!({ "path": "f", "oldText": "a = 1\nb = 2", "newText": "x" })).await;
    assert!(text.contains("line 1 has it with other spaces"), "{text}");
    for (old, new) in [("", "x"), ("a", "a")] {
        bench.refused("edit", json!({ "path": "f", "oldText": old, "newText": new })).await;
    }
    assert_eq!(bench.get("f"), "a = 1\n    b = 2\na = 1\n");
    bench.ok("edit", json!({ "path": "f", "oldText": "a = 1", "newText": "c", "replaceAll": true })).await;
    assert_eq!(bench.get("f"), "c\n    b = 2\nc\n");
    bench.put("dos", "a\r\nb\r\nc\r\n");
    bench.ok("edit", json!({ "path": "dos", "oldText": "a\nb", "newText": "x\ny" })).await;
    assert_eq!(bench.get("dos"), "x\r\ny\r\nc\r\n");
}

#[tokio::test]
async fn concurrent_edits_do_not_lose_each_other() {
    let bench = bench();
    let all: String = (0..16).map(|index| format!("[old{index}]\n")).collect();
    bench.put("f", all);
    let edits = (0..16).map(|index| {
        bench.ok("edit", json!({ "path": "f", "oldText": format!("[old{index}]"), "newText": format!("[new{index}]") }))
    });
    futures_util::future::join_all(edits).await;
    let expected: String = (0..16).map(|index| format!("[new{index}]\n")).collect();
    assert_eq!(bench.get("f"), expected);
}

#[tokio::test]
async fn folders_are_listed_with_limits() {
    let bench = bench();
    bench.put("b.txt", "12345");
    bench.put("a/x/deep", "");
    bench.put("new\nline", "");
    assert_eq!(bench.ok("list", json!({})).await, "a/\nb.txt  5 B\n\"new\\nline\"  0 B");
    let text = bench.ok("list", json!({ "depth": 3, "limit": 3 })).await;
    assert_eq!(text, "a/\n  x/\n    deep  0 B\n[only the first 3 entries; list a folder below, or raise `limit`]");
    assert!(bench.refused("list", json!({ "path": "b.txt" })).await.contains("not a folder"));
    assert!(bench.refused("read", json!({ "path": "a" })).await.contains("use `list`"));
    assert!(bench.refused("list", json!({ "path": "gone" })).await.contains("does not exist"));
}

#[tokio::test]
async fn searching_finds_lines_and_names() {
    let bench = bench();
    bench.put("src/a.rs", "fn main() {}\nlet x = a.b;\n");
    bench.put("src/b.txt", "main\r\nAXB\n");
    bench.put(".git/c", "main");
    bench.put("node_modules/d/e.rs", "main");
    bench.put("bin", b"main\0");
    assert_eq!(bench.ok("search", json!({ "pattern": "main" })).await, "src/a.rs:1: fn main() {}\nsrc/b.txt:1: main");
    assert_eq!(bench.ok("search", json!({ "pattern": "a.b", "literal": true })).await, "src/a.rs:2: let x = a.b;");
    let text =
        bench.ok("search", json!({ "pattern": "a.b", "ignoreCase": true, "path": "src", "glob": "*.txt" })).await;
    assert_eq!(text, "src/b.txt:2: AXB");
    assert_eq!(bench.ok("search", json!({ "glob": "**/*.rs" })).await, "src/a.rs");
    assert_eq!(
        bench.ok("search", json!({ "pattern": "x", "path": "src/a.rs", "context": 1 })).await,
        "src/a.rs-1- fn main() {}\nsrc/a.rs:2: let x = a.b;"
    );
    assert_eq!(bench.ok("search", json!({ "pattern": "nowhere" })).await, "Nothing found.");
    let text = bench.ok("search", json!({ "pattern": "main", "limit": 1 })).await;
    assert!(text.starts_with("src/a.rs:1:") && text.contains("narrow the search"), "{text}");
    assert!(bench.refused("search", json!({ "pattern": "(" })).await.contains("set `literal`"));
    assert!(bench.refused("search", json!({})).await.contains("needs `pattern`, `glob`"));
    // A pattern that would take for ever elsewhere.
    bench.put("evil", "a".repeat(100_000));
    bench.ok("search", json!({ "pattern": "(a+)+$b", "path": "evil" })).await;
}

#[tokio::test]
async fn limits_of_size_hold() {
    let bench = bench();
    let text = bench.refused("write", json!({ "path": "f", "content": "x".repeat(5_000_001) })).await;
    assert!(text.contains("at most 5 MB"), "{text}");
    assert!(!bench.root.join("f").exists());
    bench.put("large", vec![b'x'; 5_000_001]);
    assert!(
        bench.refused("edit", json!({ "path": "large", "oldText": "x", "newText": "y" })).await.contains("larger than")
    );
    let text = bench.ok("search", json!({ "pattern": "x" })).await;
    assert!(text.contains("1 files larger than 4 MB"), "{text}");
}

#[tokio::test]
async fn a_cancelled_call_does_nothing() {
    let bench = bench();
    bench.cx.cancel.cancel();
    assert_eq!(bench.refused("write", json!({ "path": "f", "content": "x" })).await, "cancelled");
    assert!(!bench.root.join("f").exists());
}

#[test]
fn tools_describe_what_they_take() {
    for tool in crate::core_tools("") {
        let spec = tool.spec();
        assert_eq!(
            (spec.source.as_str(), spec.input_schema["type"].as_str()),
            ("core", Some("object")),
            "{}",
            spec.name
        );
        let properties = spec.input_schema["properties"].as_object().expect("properties");
        assert!(properties.values().all(|property| property["description"].is_string()), "{}", spec.name);
        let required = spec.input_schema["required"].as_array().cloned().unwrap_or_default();
        assert!(
            required.iter().all(|name| properties.contains_key(name.as_str().unwrap_or_default())),
            "{}",
            spec.name
        );
    }
    let names: Vec<_> = crate::core_tools("").iter().map(|tool| tool.spec().name.to_string()).collect();
    assert_eq!(names, ["read", "write", "edit", "list", "search", "exec"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn whatever_a_path_says_it_stays_below(parts in proptest::collection::vec("(\\.\\.|\\.|~|door|sub|up|\\PC{0,5}|/|\0)", 0..8)) {
        let bench = bench();
        std::fs::create_dir(bench.root.join("sub")).expect("folder");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(bench.temp.path(), bench.root.join("door")).expect("symlink");
            std::os::unix::fs::symlink("../..", bench.root.join("sub/up")).expect("symlink");
        }
        let path = parts.join("/");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
        let before = snapshot(bench.temp.path());
        runtime.block_on(async {
            bench.call("write", json!({ "path": path, "content": "owned" })).await;
            for suffix in ["", "/secret", "/../secret"] {
                let outcome = bench.call("read", json!({ "path": format!("{path}{suffix}") })).await;
                assert!(!outcome.text().contains("canary"), "{path}{suffix}");
            }
        });
        prop_assert_eq!(snapshot(bench.temp.path()), before);
    }
}

/// Names and contents beside the workspace.
fn snapshot(folder: &Path) -> Vec<(PathBuf, Option<String>)> {
    let entries = std::fs::read_dir(folder).expect("list").flatten().map(|entry| entry.path());
    let mut all: Vec<_> = entries.map(|path| (path.clone(), std::fs::read_to_string(&path).ok())).collect();
    all.sort();
    all
}
