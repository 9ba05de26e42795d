use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::super::page::Page;
use super::*;

/// What a browser with one tab answers; it counts sessions, and forgets them when it is told to.
struct Fake {
    attached: AtomicUsize,
    dialogs: Mutex<Vec<Value>>,
}

impl Fake {
    fn answer(&self, frame: &Value) -> Value {
        let newest = format!("s{}", self.attached.load(Ordering::SeqCst));
        match frame["method"].as_str().unwrap_or_default() {
            "Target.getTargets" => json!({ "result": { "targetInfos": [{ "targetId": "t", "type": "page" }] } }),
            "Target.attachToTarget" => {
                let number = self.attached.fetch_add(1, Ordering::SeqCst) + 1;
                json!({ "result": { "sessionId": format!("s{number}") } })
            }
            _ if frame["sessionId"].is_string() && frame["sessionId"] != newest => {
                json!({ "error": { "message": "Session with given id not found." } })
            }
            _ => json!({ "result": {} }),
        }
    }

    async fn serve(self: Arc<Self>, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let mut read = Vec::new();
        loop {
            while let Some(end) = read.iter().position(|byte| *byte == 0) {
                let frame: Vec<u8> = read.drain(..=end).collect();
                let said = self.take(&serde_json::from_slice(&frame[..end]).unwrap());
                stream.write_all(said.as_bytes()).await.unwrap();
            }
            if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
                return;
            }
        }
    }

    /// What it says to a message: dialogs that the message opens, then its answer.
    fn take(&self, frame: &Value) -> String {
        if frame["method"] == "Page.handleJavaScriptDialog" {
            self.dialogs.lock().unwrap().push(frame["params"]["accept"].clone());
            return String::new();
        }
        let opening = |kind: &Value| json!({ "method": "Page.javascriptDialogOpening", "params": { "type": kind } });
        let dialogs = frame["params"]["opens"].as_array().into_iter().flatten().map(opening);
        let mut answer = self.answer(frame);
        answer["id"] = frame["id"].clone();
        dialogs.chain([answer]).map(|message| format!("{message}\0")).collect()
    }
}

fn running() -> (Arc<Running>, Arc<Fake>) {
    let (own, browser) = tokio::io::duplex(4_096);
    let (reader, writer) = tokio::io::split(own);
    let fake = Arc::new(Fake { attached: AtomicUsize::new(0), dialogs: Mutex::default() });
    let (cdp, serving) = cdp::open(Wire::between(reader, writer));
    let mut tasks = JoinSet::new();
    tasks.spawn(serving);
    tasks.spawn(Arc::clone(&fake).serve(browser));
    let profile = Profile(PathBuf::from("/nowhere/profile"));
    (Arc::new(Running::new((cdp, true), (profile, None), tasks)), fake)
}

#[tokio::test]
async fn a_tab_is_steered_through_one_session() {
    let (running, fake) = running();
    for _ in 0..3 {
        Page::of(&running, None).await.unwrap().focus().await.unwrap();
    }
    assert_eq!(fake.attached.load(Ordering::SeqCst), 1);
    // Another tab took its place: the session is gone.
    fake.attached.store(7, Ordering::SeqCst);
    Page::of(&running, Some("t")).await.unwrap();
    assert_eq!(fake.attached.load(Ordering::SeqCst), 8);
}

#[tokio::test]
async fn dialogs_hold_nothing_up_and_a_page_can_be_left() {
    let (running, fake) = running();
    let opens = json!({ "opens": ["alert", "beforeunload", "confirm"] });
    running.cdp.call(None, "Test.open", opens).await.unwrap();
    // Whoever answers has been told of what was asked before.
    running.cdp.call(None, "Test.after", json!({})).await.unwrap();
    assert_eq!(*fake.dialogs.lock().unwrap(), [json!(false), json!(true), json!(false)]);
}
