//! Commands as an agent runs them.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::*;
use crate::exec::{DenyAll, ExecGate};
use crate::fs::Workspace;
use crate::tool::{ExecLimits, Progress};

/// How long a test waits for something that should happen at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// Allows everything, after doing something.
struct Allow<F: Fn(&ExecPlan) + Send + Sync>(F);

impl<F: Fn(&ExecPlan) + Send + Sync> ExecGate for Allow<F> {
    fn decide(&self, plan: Arc<ExecPlan>) -> BoxFuture<'static, ExecDecision> {
        (self.0)(&plan);
        std::future::ready(ExecDecision::Allowed).boxed()
    }
}

struct Bench {
    _temp: tempfile::TempDir,
    root: PathBuf,
    cx: ToolCx,
}

fn bench() -> Bench {
    let temp = tempfile::tempdir().expect("temp dir");
    let workspace = Workspace::open(&temp.path().join("ws")).expect("workspace");
    let root = workspace.root().to_path_buf();
    let base = [("PATH", "/usr/bin:/bin"), ("HOME", "/tmp"), ("LANG", "C.UTF-8")];
    let cx = ToolCx {
        workspace: Arc::new(workspace),
        cancel: CancellationToken::new(),
        progress: Progress::none(),
        gate: Arc::new(Allow(|_| {})),
        exec: ExecLimits {
            timeout: Duration::from_secs(60),
            max_output_bytes: 200_000,
            kill_grace: Duration::from_millis(200),
        },
        base_env: Arc::new(base.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()),
        call_id: "call-1".to_owned(),
    };
    Bench { _temp: temp, root, cx }
}

impl Bench {
    async fn run(&self, args: Value) -> ToolOutcome {
        let call = ExecTool::new().call(self.cx.clone(), args);
        tokio::time::timeout(PATIENCE, call).await.expect("the call ends")
    }

    async fn line(&self, line: &str) -> ToolOutcome {
        self.run(json!({ "command": line })).await
    }
}

async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < until, "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn pid_in(file: &Path) -> Option<i32> {
    std::fs::read_to_string(file).ok()?.lines().next()?.trim().parse().ok()
}

fn is_alive(pid: i32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    !stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with(['Z', 'X']))
}

fn status(outcome: &ToolOutcome) -> &str {
    outcome.details.as_ref().and_then(|details| details["status"].as_str()).unwrap_or_default()
}

#[tokio::test]
async fn output_and_exit_code_come_back() {
    let bench = bench();
    let outcome = bench.line("echo one; echo two >&2; echo three").await;
    assert_eq!((outcome.text().as_str(), outcome.is_error), ("one\ntwo\nthree", false));
    let outcome = bench.line("echo bad; exit 7").await;
    assert_eq!((outcome.text().as_str(), outcome.is_error), ("bad\n[exit code 7]", true));
    assert_eq!(outcome.details.expect("details")["exitCode"], 7);
    let outcome = bench.line("kill -9 $$").await;
    assert_eq!(outcome.text(), "(no output)\n[ended by signal 9]");
    for pty in [false, true] {
        let outcome = bench.run(json!({ "command": "echo $$ > pid", "pty": pty })).await;
        assert_eq!(outcome.text(), "(no output)");
        let leader = pid_in(&bench.root.join("pid")).expect("pid");
        eventually("it is reaped", || !Path::new(&format!("/proc/{leader}")).exists()).await;
    }
}

#[tokio::test]
async fn the_child_gets_the_planned_environment_folder_and_input() {
    let bench = bench();
    std::fs::create_dir(bench.root.join("sub")).expect("folder");
    let outcome = bench.run(json!({ "argv": ["env"], "env": { "X": "a b" } })).await;
    let mut lines: Vec<_> = outcome.text().lines().map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines, ["HOME=/tmp", "LANG=C.UTF-8", "PATH=/usr/bin:/bin", "X=a b"]);
    let outcome = bench.run(json!({ "command": "pwd", "cwd": "sub" })).await;
    assert_eq!(outcome.text(), bench.root.join("sub").display().to_string());
    let outcome = bench.run(json!({ "argv": ["cat"], "stdin": "hello" })).await;
    assert_eq!(outcome.text(), "hello");
    let outcome = bench.run(json!({ "argv": ["cat"] })).await;
    assert_eq!(outcome.text(), "(no output)");
    // More than a pipe holds, to a command that does not read it.
    let outcome = bench.run(json!({ "argv": ["true"], "stdin": "x".repeat(900_000) })).await;
    assert_eq!(status(&outcome), "completed");
}

#[tokio::test]
async fn wrong_arguments_are_named() {
    let bench = bench();
    for (args, expected) in [
        (json!({}), "either `command` or `argv`"),
        (json!({ "command": "a", "argv": ["b"] }), "either `command` or `argv`"),
        (json!({ "command": " " }), "`command` is empty"),
        (json!({ "argv": [] }), "`argv` is empty"),
        (json!({ "command": "a", "timeoutSeconds": 0 }), "timeoutSeconds"),
        (json!({ "command": "a", "timeoutSeconds": -1e300 }), "timeoutSeconds"),
        (json!({ "command": 5 }), "arguments of `exec`"),
        (json!({ "argv": ["no-such-program-anywhere"] }), "was not found in PATH"),
        (json!({ "command": "a", "env": { "LD_PRELOAD": "x" } }), "env.LD_PRELOAD"),
        (json!({ "command": "a", "env": { "PATH": "." } }), "env.PATH"),
        (json!({ "command": "a", "cwd": "../.." }), "outside the workspace"),
    ] {
        let outcome = bench.run(args.clone()).await;
        assert!(outcome.is_error && outcome.text().contains(expected), "{args}: {}", outcome.text());
    }
}

#[tokio::test]
async fn a_denied_command_leaves_no_trace() {
    let mut bench = bench();
    bench.cx.gate = Arc::new(DenyAll);
    let outcome = bench.line("touch ran").await;
    assert!(outcome.is_error && outcome.text().contains("not run"), "{}", outcome.text());
    assert_eq!(status(&outcome), "denied");
    assert!(!bench.root.join("ran").exists());
}

#[tokio::test]
async fn the_gate_decides_on_the_very_plan_that_runs() {
    let mut bench = bench();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let record = seen.clone();
    bench.cx.gate = Arc::new(Allow(move |plan| record.lock().expect("lock").push((plan.command_text(), plan.hash()))));
    let outcome = bench.line("echo 'a b'").await;
    let seen = seen.lock().expect("lock").clone();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].0, r"/bin/sh -c 'echo '\''a b'\'''");
    assert_eq!(outcome.details.expect("details")["command"], seen[0].0);
}

#[tokio::test]
async fn a_program_swapped_while_the_gate_decides_does_not_run() {
    use std::os::unix::fs::PermissionsExt;
    let mut bench = bench();
    let program = bench.root.join("tool");
    let write = |path: &Path, text: &str| {
        std::fs::write(path, text).expect("write");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("chmod");
    };
    write(&program, "#!/bin/sh\ntouch good\n");
    let next = bench.root.join("next");
    write(&next, "#!/bin/sh\ntouch evil\n");
    bench.cx.gate = Arc::new(Allow(move |_| std::fs::rename(&next, &program).expect("rename")));
    for pty in [false, true] {
        let outcome = bench.run(json!({ "argv": ["./tool"], "pty": pty })).await;
        assert!(outcome.is_error && outcome.text().contains("was replaced"), "{}", outcome.text());
        assert!(!bench.root.join("evil").exists() && !bench.root.join("good").exists());
        // The second round finds the other file, and replaces it again.
        write(&bench.root.join("next"), "#!/bin/sh\ntouch evil\n");
    }
}

#[tokio::test]
async fn a_folder_swapped_while_the_gate_decides_is_not_entered() {
    let mut bench = bench();
    std::fs::create_dir(bench.root.join("sub")).expect("folder");
    let root = bench.root.clone();
    bench.cx.gate = Arc::new(Allow(move |_| {
        std::fs::rename(root.join("sub"), root.join("old")).expect("rename");
        std::fs::create_dir(root.join("sub")).expect("folder");
    }));
    let outcome = bench.run(json!({ "command": "touch ran", "cwd": "sub" })).await;
    assert!(outcome.text().contains("was replaced"), "{}", outcome.text());
    assert!(!bench.root.join("sub/ran").exists() && !bench.root.join("old/ran").exists());
}

#[tokio::test]
async fn a_timeout_ends_children_of_children() {
    let bench = bench();
    let line =
        "sh -c 'echo $$ > inner; trap \"\" TERM; while :; do sleep 1; done' & setsid sleep 1000 & echo $! > away; wait";
    let outcome = bench.run(json!({ "command": line, "timeoutSeconds": 3 })).await;
    assert_eq!(status(&outcome), "timeout", "{}", outcome.text());
    assert!(outcome.is_error && outcome.text().contains("more than 3 s"));
    for file in ["inner", "away"] {
        let pid = pid_in(&bench.root.join(file)).expect("pid");
        eventually("it is gone", || !is_alive(pid)).await;
    }
}

#[tokio::test]
async fn cancelling_ends_it_at_once_and_with_all_it_started() {
    for pty in [false, true] {
        let bench = bench();
        let args = json!({ "command": "sleep 1000 & echo $! > pid; wait", "pty": pty });
        let call = ExecTool::new().call(bench.cx.clone(), args);
        let cancel = async {
            eventually("it runs", || pid_in(&bench.root.join("pid")).is_some()).await;
            bench.cx.cancel.cancel();
        };
        let (outcome, ()) =
            tokio::time::timeout(PATIENCE, futures_util::future::join(call, cancel)).await.expect("ends");
        assert_eq!(status(&outcome), "cancelled");
        let pid = pid_in(&bench.root.join("pid")).expect("pid");
        eventually("it is gone", || !is_alive(pid)).await;
        assert_eq!(bench.line("true").await.text(), "cancelled");
    }
}

#[tokio::test]
async fn a_dropped_call_leaves_nothing_running() {
    for pty in [false, true] {
        let bench = bench();
        let args = json!({ "command": "echo $$ > leader; sleep 1000 & echo $! > pid; wait", "pty": pty });
        let call = ExecTool::new().call(bench.cx.clone(), args);
        let file = bench.root.join("pid");
        tokio::select! {
            _ = call => panic!("it cannot end"),
            () = eventually("it runs", || pid_in(&file).is_some()) => {}
        }
        let (pid, leader) = (pid_in(&file).expect("pid"), pid_in(&bench.root.join("leader")).expect("pid"));
        eventually("both are gone", || !is_alive(pid) && !is_alive(leader)).await;
        eventually("the leader is reaped", || !Path::new(&format!("/proc/{leader}")).exists()).await;
    }
}

#[tokio::test]
async fn what_holds_the_output_open_does_not_hold_the_call() {
    let bench = bench();
    let outcome = bench.line("sleep 1000 & echo $! > pid; echo done").await;
    assert_eq!(status(&outcome), "completed");
    assert_eq!(outcome.text(), "done\n[processes it left in the background were ended]");
    let pid = pid_in(&bench.root.join("pid")).expect("pid");
    eventually("it is gone", || !is_alive(pid)).await;
}

#[tokio::test]
async fn what_leaves_the_session_does_not_hold_the_call_either() {
    for pty in [false, true] {
        let bench = bench();
        let line = "setsid sh -c 'echo $$ > pid; exec sleep 1000' & while [ ! -s pid ]; do :; done; echo done";
        let outcome = bench.run(json!({ "command": line, "pty": pty })).await;
        assert!(outcome.text().contains("done"), "{}", outcome.text());
        // The thread that reads a terminal does not wait for the daemon.
        eventually("no thread reads", || !thread_names().iter().any(|name| name == "read-terminal")).await;
        let pid = pid_in(&bench.root.join("pid")).expect("pid");
        assert!(is_alive(pid));
        // A daemon that means to stay is the user's; the test cleans up after itself.
        let pid = rustix::process::Pid::from_raw(pid).expect("pid");
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    }
}

fn thread_names() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").expect("tasks").flatten();
    tasks.filter_map(|task| Some(std::fs::read_to_string(task.path().join("comm")).ok()?.trim().to_owned())).collect()
}

#[tokio::test]
async fn a_gigabyte_of_output_costs_bounded_memory() {
    let bench = bench();
    let outcome = bench.line("echo first; head -c 1073741824 /dev/zero | tr '\\0' 'x'; echo last").await;
    assert_eq!(status(&outcome), "too-much-output", "{:?}", outcome.details);
    assert!(outcome.text().len() < 210_000);
    assert!(outcome.text().starts_with("first\nxxx"));
    let outcome = bench.line("echo first; head -c 104857600 /dev/zero | tr '\\0' 'x'; echo; echo last").await;
    assert_eq!(status(&outcome), "completed");
    assert!(outcome.text().len() < 210_000 && outcome.text().ends_with("xxx\nlast"));
    assert_eq!(outcome.details.expect("details")["outputBytes"], 104_857_600 + 12);
    assert!(peak_memory_kib() < 300_000, "{} KiB", peak_memory_kib());
}

fn peak_memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("peak");
    line.trim().trim_end_matches(" kB").parse().expect("number")
}

#[tokio::test]
async fn progress_comes_while_it_runs() {
    let mut bench = bench();
    let (progress, mut reports) = Progress::bounded(16);
    bench.cx.progress = progress;
    let root = bench.root.clone();
    let first = async {
        let report = reports.recv().await.expect("a report");
        std::fs::write(root.join("go"), "").expect("write");
        report
    };
    let run = bench.line("echo early; while [ ! -e go ]; do sleep 0.01; done; echo late");
    let (outcome, report) = futures_util::future::join(run, first).await;
    assert_eq!(report, "early\n");
    assert_eq!(outcome.text(), "early\nlate");
}

#[tokio::test]
async fn a_terminal_is_one_and_gets_input_and_its_end() {
    let bench = bench();
    let line = "test -t 0 && test -t 1 && test -t 2 && echo terminal; stty size; cat; echo end; exit 3";
    let outcome = bench.run(json!({ "command": line, "pty": true, "stdin": "typed" })).await;
    let text = outcome.text().replace('\r', "");
    // The terminal echoes what is typed in between, at any time.
    assert!(["terminal\n", "40 120\n", "typed"].iter().all(|part| text.contains(part)), "{text:?}");
    assert!(text.ends_with("end\n[exit code 3]"), "{text:?}");
    let outcome = bench.run(json!({ "command": "cat; tty; env", "pty": true })).await;
    let text = outcome.text().replace('\r', "");
    let mut lines: Vec<_> = text.lines().filter(|line| line.contains('=')).collect();
    lines.sort_unstable();
    let pwd = format!("PWD={}", bench.root.display());
    assert_eq!(
        lines,
        ["HOME=/tmp", "LANG=C.UTF-8", "PATH=/usr/bin:/bin", &pwd, "SHELL=/bin/sh", "TERM=xterm-256color"]
    );
    assert!(text.contains("/dev/pts/"), "{text:?}");
    let outcome = bench.line("test -t 0 || test -t 1 || : < /dev/tty && echo terminal").await;
    assert!(!outcome.text().lines().any(|line| line == "terminal"), "{}", outcome.text());
}

#[tokio::test]
async fn a_terminal_that_floods_is_ended_too() {
    let bench = bench();
    let outcome = bench.run(json!({ "command": "yes", "pty": true, "timeoutSeconds": 0.5 })).await;
    assert!(matches!(status(&outcome), "timeout" | "too-much-output"));
    assert!(outcome.text().len() < 210_000);
}
