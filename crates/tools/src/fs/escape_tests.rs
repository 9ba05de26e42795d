//! Ways out of the workspace that somebody may try, and none of which there may be.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::tests::bench;
use serde_json::json;

use super::*;

/// Every tool that takes a path.
fn calls(path: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("read", json!({ "path": path })),
        ("write", json!({ "path": path, "content": "owned" })),
        ("edit", json!({ "path": path, "oldText": "canary", "newText": "owned" })),
        ("list", json!({ "path": path })),
        ("search", json!({ "pattern": "canary", "path": path })),
    ]
}

#[tokio::test]
async fn no_tool_leaves_the_workspace() {
    let bench = bench();
    let outside = bench.temp.path().canonicalize().expect("canonical");
    symlink(outside.join("secret"), bench.root.join("abs")).expect("symlink");
    symlink("../secret", bench.root.join("rel")).expect("symlink");
    symlink("..", bench.root.join("up")).expect("symlink");
    symlink(&outside, bench.root.join("door")).expect("symlink");
    symlink("/etc", bench.root.join("etc")).expect("symlink");
    let secret = outside.join("secret").display().to_string();
    let paths = [
        "../secret",
        "a/../../secret",
        &secret,
        "abs",
        "rel",
        "up/secret",
        "door/secret",
        "etc/passwd",
        "/etc/passwd",
        "~/secret",
        "up",
        "door/new",
        "../new",
        "etc/../secret/../../secret",
        "a\0b",
        "/proc/self/environ",
    ];
    for path in paths {
        for (tool, args) in calls(path) {
            let text = bench.refused(tool, args).await;
            assert!(!text.contains("canary"), "{tool} {path}: {text}");
        }
    }
    assert_eq!(std::fs::read_to_string(outside.join("secret")).expect("read"), "canary");
    let mut names: Vec<_> =
        std::fs::read_dir(&outside).expect("list").flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    assert_eq!(names, ["secret", "ws"], "nothing was written outside");
    let all = bench.ok("search", json!({ "pattern": "canary|root:" })).await;
    assert_eq!(all, "Nothing found.", "links are not followed by searching");
    let all = bench.ok("list", json!({ "depth": 8 })).await;
    assert!(!all.contains("passwd") && all.contains("etc -> /etc"), "{all}");
}

#[tokio::test]
async fn a_folder_swapped_for_a_link_during_writes_leads_nowhere() {
    let bench = bench();
    let outside = bench.temp.path().join("outside");
    std::fs::create_dir(&outside).expect("folder");
    let (root, done) = (bench.root.clone(), Arc::new(AtomicBool::new(false)));
    let stop = done.clone();
    let swapping = std::thread::spawn(move || {
        std::fs::create_dir(root.join("real")).expect("folder");
        while !stop.load(Ordering::Relaxed) {
            // `door` is a folder, then nothing, then a link out, then nothing, …
            drop(std::fs::rename(root.join("real"), root.join("door")));
            drop(std::fs::rename(root.join("door"), root.join("real")));
            drop(symlink("../outside", root.join("door")));
            drop(std::fs::remove_file(root.join("door")));
            // A call may have created `door` itself meanwhile.
            drop(std::fs::remove_dir_all(root.join("door")));
        }
    });
    let mut written = 0;
    // As long as it takes for the moments of both to fall together once, and no less than this.
    for round in 0..100_000 {
        if round >= 300 && written > 0 {
            break;
        }
        let outcome = bench.call("write", json!({ "path": format!("door/f{round}"), "content": "x" })).await;
        written += usize::from(!outcome.is_error);
        bench.call("read", json!({ "path": "door/../../secret" })).await;
    }
    done.store(true, Ordering::Relaxed);
    swapping.join().expect("thread");
    assert_eq!(std::fs::read_dir(&outside).expect("list").count(), 0, "a write left the workspace");
    assert!(written > 0, "no write succeeded");
}

#[tokio::test]
async fn pipes_sockets_and_devices_are_refused_at_once() {
    let bench = bench();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        bench.root.join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .expect("fifo");
    let _socket = std::os::unix::net::UnixListener::bind(bench.root.join("socket")).expect("socket");
    for path in ["pipe", "socket"] {
        for (tool, args) in calls(path).into_iter().take(3) {
            let text = bench.refused(tool, args).await;
            assert!(text.contains("not a regular file"), "{tool} {path}: {text}");
        }
    }
    assert_eq!(bench.ok("search", json!({ "pattern": "x" })).await, "Nothing found.");
    let text = bench.ok("list", json!({})).await;
    assert_eq!(text, "pipe  (device, pipe or socket)\nsocket  (device, pipe or socket)");
}

#[tokio::test]
async fn links_within_are_read_and_not_replaced() {
    let bench = bench();
    bench.put("real/f", "text");
    symlink("real", bench.root.join("link")).expect("symlink");
    symlink("real/f", bench.root.join("file")).expect("symlink");
    assert_eq!(bench.ok("read", json!({ "path": "link/f" })).await, "text");
    assert_eq!(bench.ok("read", json!({ "path": "file" })).await, "text");
    bench.ok("edit", json!({ "path": "link/f", "oldText": "text", "newText": "new" })).await;
    assert_eq!(bench.get("real/f"), "new");
    assert!(bench.refused("write", json!({ "path": "file", "content": "x" })).await.contains("symbolic link"));
    assert!(bench.root.join("file").is_symlink());
}

#[tokio::test]
async fn permissions_are_kept_and_never_widened() {
    let bench = bench();
    assert_eq!(std::fs::metadata(&bench.root).expect("root").mode() & 0o777, 0o700);
    bench.ok("write", json!({ "path": "f", "content": "x" })).await;
    assert_eq!(std::fs::metadata(bench.root.join("f")).expect("file").mode() & 0o7777, 0o644);
    let mode =
        |mode| std::fs::set_permissions(bench.root.join("f"), std::fs::Permissions::from_mode(mode)).expect("chmod");
    mode(0o4750);
    bench.ok("edit", json!({ "path": "f", "oldText": "x", "newText": "y" })).await;
    assert_eq!(std::fs::metadata(bench.root.join("f")).expect("file").mode() & 0o7777, 0o750);
    mode(0o444);
    assert!(bench.refused("write", json!({ "path": "f", "content": "z" })).await.contains("read-only"));
    assert_eq!(bench.get("f"), "y");
}

#[test]
fn resolving_tells_where_a_path_leads() {
    let bench = bench();
    bench.put("real/f", "");
    symlink("real", bench.root.join("link")).expect("symlink");
    symlink("/etc", bench.root.join("etc")).expect("symlink");
    symlink("gone", bench.root.join("dangling")).expect("symlink");
    let workspace = &bench.cx.workspace;
    assert_eq!(workspace.resolve("link/f").expect("inside"), bench.root.join("real/f"));
    assert_eq!(workspace.resolve("link/new/x").expect("inside"), bench.root.join("real/new/x"));
    assert_eq!(workspace.resolve(".").expect("root"), bench.root);
    for path in ["etc", "etc/passwd", "etc/new", "..", "/etc", "dangling", "dangling/x", "real/f/x"] {
        assert!(workspace.resolve(path).is_err(), "{path}");
    }
    assert!(workspace.resolve_folder("link").is_ok());
    assert!(matches!(workspace.resolve_folder("real/f"), Err(WorkspaceError::NotFolder(_))));
}
