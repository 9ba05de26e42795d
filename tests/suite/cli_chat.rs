//! `postern chat` through a pipe: answers that stream, end, fail and are stopped, and no word twice or lost.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::json;

use crate::harness::{Cli, DEADLINE, Endpoint, FakeModel, Forwarder, TOKEN, TestGateway, Turn, run_with_input, until};

/// A chat whose other end the test holds.
struct Chat {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Receiver<String>,
    heard: String,
    _home: tempfile::TempDir,
}

impl Chat {
    fn start(gateway: &Endpoint, args: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_postern"));
        command.arg("chat").args(args).env_clear().env("PATH", std::env::var("PATH").unwrap_or_default());
        command.env("HOME", home.path()).env("POSTERN_STATE_DIR", home.path()).env("POSTERN_CREDENTIALS", "file");
        command.env("POSTERN_GATEWAY_URL", gateway.url()).env("POSTERN_GATEWAY_TOKEN", TOKEN);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        let (pieces, stdout) = channel();
        std::thread::spawn(move || {
            let mut piece = [0; 4_096];
            while let Ok(length @ 1..) = out.read(&mut piece) {
                if pieces.send(String::from_utf8_lossy(&piece[..length]).into_owned()).is_err() {
                    break;
                }
            }
        });
        Self { stdin: child.stdin.take(), child, stdout, heard: String::new(), _home: home }
    }

    fn type_line(&mut self, line: &str) {
        writeln!(self.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Waits until it has printed this.
    async fn prints(&mut self, text: &str) {
        let (stdout, heard) = (&self.stdout, &mut self.heard);
        until(&format!("{text:?} in the output"), || {
            heard.extend(stdout.try_iter());
            heard.contains(text).then_some(())
        })
        .await;
    }

    /// Ends its input and waits for its end.
    async fn end(mut self) -> Cli {
        drop(self.stdin.take());
        let child = &mut self.child;
        let status = until("the end of the chat", || child.try_wait().unwrap()).await;
        let mut stderr = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        while let Ok(piece) = self.stdout.recv_timeout(DEADLINE) {
            self.heard.push_str(&piece);
        }
        Cli { code: status.code().unwrap_or(-1), stdout: std::mem::take(&mut self.heard), stderr }
    }
}

fn piped(gateway: &TestGateway, args: &[&str], input: &str) -> Cli {
    let state = gateway.state_dir();
    let url = gateway.url();
    let env = [
        ("POSTERN_STATE_DIR", state.to_str().unwrap()),
        ("POSTERN_GATEWAY_URL", &url),
        ("POSTERN_GATEWAY_TOKEN", TOKEN),
    ];
    run_with_input(&[&["chat"], args].concat(), &env, input)
}

/// Each line is a message; the answers, and nothing else, are the output.
#[test]
fn lines_are_answered_one_after_the_other() {
    let model = FakeModel::start();
    let gateway = TestGateway::builder().config(&model.config()).start();
    let cli = piped(&gateway, &[], "first of all\n\nand\\\nthen\n\"\"\"\nlast\nof all\n\"\"\"\n");
    assert_eq!((cli.code, cli.stderr.as_str()), (0, ""), "{cli:?}");
    assert_eq!(cli.stdout, "first of all\nand\nthen\nlast\nof all\n");
    let texts: Vec<String> = model.requests().iter().map(|request| request.user_text()).collect();
    assert_eq!(texts, ["first of all", "and\nthen", "last\nof all"]);
    // The session has them, and a later chat can show them first.
    let cli = piped(&gateway, &["--message", "again"], "");
    assert_eq!((cli.code, cli.stdout.as_str()), (0, "again\n"), "{cli:?}");
    let document = piped(&gateway, &["--session", "other", "--json"], "a b\nc\n").json();
    assert_eq!(document["sessionKey"], "agent:main:other");
    let turns = document["turns"].as_array().unwrap();
    assert_eq!((turns.len(), &turns[0]["text"], &turns[1]["message"]), (2, &json!("a b"), &json!("c")));
    assert_eq!((&turns[0]["status"], turns[0]["runId"].is_string()), (&json!("ok"), true));
}

/// The beginning of an answer is there while the model still writes it.
#[tokio::test]
async fn answers_appear_while_they_are_written() {
    let model = FakeModel::start();
    let gateway = TestGateway::builder().config(&model.config()).start();
    model.push(Turn::say("Hello there ").hold().text("and goodbye"));
    let mut chat = Chat::start(&gateway, &[]);
    chat.type_line("hi");
    model.held(0).await;
    chat.prints("Hello there").await;
    assert!(!chat.heard.contains("goodbye"), "{}", chat.heard);
    model.release();
    chat.prints("and goodbye\n").await;
    let cli = chat.end().await;
    assert_eq!((cli.code, cli.stdout.as_str()), (0, "Hello there and goodbye\n"), "{cli:?}");
}

/// A connection that breaks in the middle of an answer costs no word and shows none twice.
#[tokio::test]
async fn a_lost_connection_loses_and_doubles_nothing() {
    let model = FakeModel::start();
    let gateway = TestGateway::builder().config(&model.config()).start();
    let forwarder = Forwarder::to(&gateway.endpoint()).await;
    model.push(Turn::say("one two three ").hold().text("four five six"));
    let mut chat = Chat::start(&forwarder.endpoint(Some(TOKEN)), &[]);
    let begun = async {
        chat.type_line("count");
        model.held(0).await;
        chat.prints("three").await;
    };
    forwarder.during(begun).await;
    // Every connection is cut here; the model goes on meanwhile.
    model.release();
    model.complete(0).await;
    let cli = forwarder
        .during(async {
            chat.prints("six").await;
            chat.type_line("and then");
            chat.prints("and then").await;
            chat.end().await
        })
        .await;
    assert_eq!((cli.code, cli.stdout.as_str()), (0, "one two three four five six\nand then\n"), "{cli:?}");
    assert_eq!(model.requests().len(), 2, "nothing ran twice");
}

/// A gateway that is killed in the middle of an answer: the chat says so, and the message is not said again.
#[tokio::test]
async fn a_gateway_that_dies_is_told() {
    let model = FakeModel::start();
    let mut gateway = TestGateway::builder().config(&model.config()).start();
    model.push(Turn::say("half of ").hold());
    let mut chat = Chat::start(&gateway, &[]);
    chat.type_line("hi");
    chat.prints("half of").await;
    gateway.kill9();
    let cli = chat.end().await;
    assert_eq!(cli.code, 3, "{cli:?}");
    assert!(cli.stdout.starts_with("half of"), "{cli:?}");
    assert!(cli.stderr.contains("connection is lost"), "{cli:?}");
    assert_eq!(model.requests().len(), 1);
}

/// What a model writes can neither move the cursor nor set colours, however it is shown.
#[test]
fn answers_cannot_command_the_terminal() {
    let model = FakeModel::start();
    let gateway = TestGateway::builder().config(&model.config()).start();
    let hostile = "ok\u{1b}]0;owned\u{7} \u{1b}[2J \u{9b}31m red\u{202e} \u{7f}end";
    model.always(Turn::say(hostile));
    let shown = piped(&gateway, &[], "hi\n");
    let agent = gateway.cli(&["agent", "--message", "hi"]);
    let document = gateway.cli(&["agent", "--message", "hi", "--json"]);
    let show = gateway.cli(&["sessions", "show", "main"]);
    let export = gateway.cli(&["sessions", "export", "main"]);
    let list = gateway.cli(&["sessions", "list"]);
    let harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    for cli in [&shown, &agent, &document, &show, &export, &list] {
        assert_eq!(cli.code, 0, "{cli:?}");
        assert!(!cli.stdout.contains(harmful) && !cli.stderr.contains(harmful), "{cli:?}");
    }
    assert!(shown.stdout.contains("ok\u{fffd}]0;owned") && shown.stdout.contains("end"), "{shown:?}");
    // Programs get what was said.
    assert_eq!(document.json()["result"]["payloads"][0]["text"], hostile);
}

/// A provider that fails fails the message, with its reason; the next message works.
#[test]
fn a_failure_is_told_and_the_next_message_works() {
    let model = FakeModel::start();
    let gateway = TestGateway::builder().config(&model.config()).start();
    model.push(Turn::error(401));
    let cli = piped(&gateway, &[], "fails\nworks\n");
    assert_eq!((cli.code, cli.stdout.trim()), (1, "works"), "{cli:?}");
    assert!(cli.stderr.contains("1 message without an answer"), "{cli:?}");
    model.push(Turn::error(401));
    let cli = piped(&gateway, &["--json"], "fails\n");
    let turn = cli.json()["turns"][0].clone();
    assert_eq!((cli.code, &turn["status"]), (1, &json!("error")), "{cli:?}");
    assert!(turn["error"].as_str().is_some_and(|error| !error.is_empty()), "{turn}");
}

/// with no model the built-in assistant answers, and says how to connect one.
#[test]
fn without_a_model_the_assistant_answers() {
    let gateway = TestGateway::builder().config("{models: {discovery: {enabled: false}}}").start();
    let help = piped(&gateway, &[], "/help\n");
    assert_eq!((help.code, help.stderr.as_str()), (0, ""), "{help:?}");
    assert!(help.stdout.contains("/status") && help.stdout.contains("/model"), "{help:?}");
    let words = piped(&gateway, &[], "hello\n").stdout;
    assert!(words.contains("postern models auth") || words.contains("model"), "{words}");
    // Nothing is under way, so there is nothing to stop; that is no failure.
    let stop = piped(&gateway, &[], "/stop\n");
    assert_eq!((stop.code, stop.stdout.as_str()), (0, ""), "{stop:?}");
    assert!(stop.stderr.contains("nothing was under way"), "{stop:?}");
    let quit = piped(&gateway, &[], "/quit\nnever said\n");
    assert_eq!((quit.code, quit.stdout.as_str()), (0, ""), "{quit:?}");
    assert!(!gateway.cli(&["sessions", "export", "main"]).stdout.contains("never said"));
}

/// An answer that is stopped from elsewhere ends here as well.
#[tokio::test]
async fn an_answer_can_be_stopped_from_elsewhere() {
    let model = FakeModel::start();
    let gateway = TestGateway::builder().config(&model.config()).start();
    model.push(Turn::say("on and on ").silent());
    let mut chat = Chat::start(&gateway, &[]);
    chat.type_line("hi");
    chat.prints("on and on").await;
    let abort = gateway.cli(&["sessions", "abort", "main"]);
    assert!(abort.code == 0 && abort.stdout.starts_with("stopped: cli-"), "{abort:?}");
    model.dropped(0).await;
    chat.type_line("next");
    chat.prints("next").await;
    let cli = chat.end().await;
    assert_eq!((cli.code, cli.stdout.as_str()), (1, "on and on \nnext\n"), "{cli:?}");
    assert!(cli.stderr.contains("stopped"), "{cli:?}");
    let nothing = gateway.cli(&["sessions", "abort", "main"]);
    assert_eq!((nothing.code, nothing.stdout.trim()), (0, "nothing was under way"), "{nothing:?}");
}

/// Ctrl-C stops the answer, not only this program.
#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_stops_the_answer() {
    let model = FakeModel::start();
    let gateway = TestGateway::builder().config(&model.config()).start();
    model.push(Turn::say("on and on ").silent());
    let mut chat = Chat::start(&gateway, &[]);
    chat.type_line("hi");
    chat.prints("on and on").await;
    assert!(Command::new("kill").args(["-INT", &chat.child.id().to_string()]).status().unwrap().success());
    model.dropped(0).await;
    let cli = chat.end().await;
    assert_eq!(cli.code, 1, "{cli:?}");
}

/// Mistakes are told before anything is said, with the code that scripts know.
#[test]
fn mistakes_have_their_codes() {
    let gateway = TestGateway::builder().config("{models: {discovery: {enabled: false}}}").start();
    let table: &[(&[&str], i32, &str)] = &[
        (&["--thinking", "hard"], 2, "xhigh"),
        (&["--session", ""], 2, "session key"),
        (&["--agent", "nobody"], 1, "nobody"),
        (&["--model", "no-such-thing"], 1, "model"),
        (&["--token", "wrong"], 5, "token"),
        (&["--url", "ws://127.0.0.1:1"], 3, "no gateway answers"),
    ];
    for (args, code, words) in table {
        let cli = piped(&gateway, args, "hi\n");
        assert_eq!((cli.code, cli.stdout.as_str()), (*code, ""), "{args:?}: {cli:?}");
        assert!(cli.stderr.contains(words), "{args:?}: {cli:?}");
    }
}
