//! One tab: opened, read, pictured, acted on.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use url::Url;

use super::keys;
use super::launch::Running;
use crate::refusal::{Outcome, Refusal};

/// How long a page may take to be there.
const LOAD: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Reads the page and marks what can be acted on; see there.
const SNAPSHOT: &str = include_str!("snapshot.js");

/// A tab.
pub(super) struct Page {
    running: Arc<Running>,
    pub(super) target: String,
    session: String,
}

/// What is acted on: a mark of the last snapshot, or a selector.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) mark: Option<&'a str>,
    pub(super) selector: Option<&'a str>,
}

impl Element<'_> {
    fn selector(self) -> Outcome<String> {
        if let Some(mark) = self.mark.map(str::trim).filter(|mark| !mark.is_empty()) {
            let is_mark = mark.bytes().all(|byte| byte.is_ascii_alphanumeric());
            return if is_mark {
                Ok(format!("[data-postern-ref=\"{mark}\"]"))
            } else {
                Err(Refusal::invalid("ref must be one of the last snapshot, such as e3"))
            };
        }
        let selector = self.selector.map(str::trim).filter(|selector| !selector.is_empty());
        selector.map(str::to_owned).ok_or_else(|| Refusal::invalid("ref or selector is required"))
    }
}

impl Page {
    /// The tab with this id, else the one that was used last, else the first, else a new one.
    pub(super) async fn of(running: &Arc<Running>, asked: Option<&str>) -> Outcome<Self> {
        let tabs = running.tabs().await?;
        let has = |id: &str| tabs.iter().any(|tab| tab["targetId"] == id);
        let target = match asked {
            Some(id) if has(id) => id.to_owned(),
            Some(_) => return Err(Refusal::invalid("targetId is no open tab: GET /tabs lists them")),
            None => match running.last().filter(|id| has(id)) {
                Some(last) => last,
                None => match tabs.first().and_then(|tab| tab["targetId"].as_str()) {
                    Some(first) => first.to_owned(),
                    None => Self::blank(running).await?,
                },
            },
        };
        running.use_tab(&target);
        let mut page = Self { running: Arc::clone(running), target, session: String::new() };
        if let Some(session) = running.session(&page.target, has) {
            page.session = session;
            // A tab that was begun anew knows it no more.
            if page.call("Page.enable", json!({})).await.is_ok() {
                return Ok(page);
            }
        }
        let how = json!({ "targetId": page.target, "flatten": true });
        let attached = running.cdp.call(None, "Target.attachToTarget", how).await?;
        attached["sessionId"].as_str().unwrap_or_default().clone_into(&mut page.session);
        page.call("Page.enable", json!({})).await?;
        running.keep_session(&page.target, &page.session);
        Ok(page)
    }

    /// A new tab.
    pub(super) async fn blank(running: &Running) -> Outcome<String> {
        let made = running.cdp.call(None, "Target.createTarget", json!({ "url": "about:blank" })).await?;
        made["targetId"].as_str().map(str::to_owned).ok_or_else(|| Refusal::failed("the browser opened no tab"))
    }

    async fn call(&self, method: &str, params: Value) -> Outcome {
        self.running.cdp.call(Some(&self.session), method, params).await
    }

    /// Opens an address that was checked, and waits until the page is there.
    pub(super) async fn navigate(&self, url: &Url) -> Outcome<String> {
        let gone = self.call("Page.navigate", json!({ "url": url.as_str() })).await?;
        if let Some(error) = gone["errorText"].as_str().filter(|error| !error.is_empty()) {
            return Err(Refusal::new(
                "NAVIGATION_FAILED",
                format!("{} could not be opened: {error}", url.host_str().unwrap_or_default()),
            ));
        }
        let deadline = Instant::now() + LOAD;
        loop {
            let state = self.evaluate("document.readyState").await;
            if state.is_ok_and(|state| state == "complete") || Instant::now() >= deadline {
                return self.url().await;
            }
            sleep(LOOK_EVERY).await;
        }
    }

    pub(super) async fn url(&self) -> Outcome<String> {
        Ok(self.evaluate("location.href").await?.as_str().unwrap_or_default().to_owned())
    }

    /// What an expression is in the page.
    pub(super) async fn evaluate(&self, expression: &str) -> Outcome {
        let how = json!({
            "expression": expression,
            "returnByValue": true,
            "awaitPromise": true,
            "userGesture": true,
            "timeout": 20_000,
        });
        let mut said = self.call("Runtime.evaluate", how).await?;
        let thrown = &said["exceptionDetails"];
        if thrown.is_object() {
            let words = thrown["exception"]["description"].as_str().or(thrown["text"].as_str()).unwrap_or("it threw");
            return Err(Refusal::new("SCRIPT_FAILED", words.lines().next().unwrap_or_default().to_owned()));
        }
        Ok(said["result"]["value"].take())
    }

    /// What is on the page, as text with marks, and the marks.
    pub(super) async fn snapshot(&self, most: usize) -> Outcome {
        self.evaluate(&format!("({SNAPSHOT})({most})")).await
    }

    /// A picture in base64; `how` is of `Page.captureScreenshot`.
    pub(super) async fn picture(&self, how: Value) -> Outcome<String> {
        let taken = self.call("Page.captureScreenshot", how).await?;
        taken["data"].as_str().map(str::to_owned).ok_or_else(|| Refusal::failed("the browser took no picture"))
    }

    /// Runs a function on an element; `arguments` are JSON.
    pub(super) async fn on(&self, element: Element<'_>, function: &str, arguments: &Value) -> Outcome {
        let selector = Value::String(element.selector()?);
        let script = format!(
            "(() => {{ const element = document.querySelector({selector}); \
             if (!element) throw new Error('no such element: take a new snapshot'); \
             element.scrollIntoView({{ block: 'center', inline: 'center' }}); \
             return ({function})(element, {arguments}); }})()"
        );
        self.evaluate(&script).await
    }

    /// Moves the mouse to the middle of an element, and presses it `clicks` times.
    pub(super) async fn mouse(&self, element: Element<'_>, clicks: u32) -> Outcome<()> {
        let middle = "(element) => { const box = element.getBoundingClientRect(); \
                      return { x: box.x + box.width / 2, y: box.y + box.height / 2, seen: box.width > 0 && box.height > 0 }; }";
        let at = self.on(element, middle, &Value::Null).await?;
        if at["seen"] != true {
            return Err(Refusal::failed("the element is not visible"));
        }
        let event = |kind: &str, count: u32| {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            json!({ "type": kind, "x": at["x"], "y": at["y"], "button": button, "clickCount": count })
        };
        self.call("Input.dispatchMouseEvent", event("mouseMoved", 0)).await?;
        for count in 1..=clicks {
            self.call("Input.dispatchMouseEvent", event("mousePressed", count)).await?;
            self.call("Input.dispatchMouseEvent", event("mouseReleased", count)).await?;
        }
        Ok(())
    }

    /// Puts text where the focus is.
    pub(super) async fn insert(&self, text: &str) -> Outcome<()> {
        self.call("Input.insertText", json!({ "text": text })).await.map(drop)
    }

    /// Presses a key.
    pub(super) async fn press(&self, key: &str) -> Outcome<()> {
        let events = keys::press(key).ok_or_else(|| Refusal::invalid(format!("key {key:?} is not known")))?;
        for event in events {
            self.call("Input.dispatchKeyEvent", event).await?;
        }
        Ok(())
    }

    pub(super) async fn resize(&self, width: u32, height: u32) -> Outcome<()> {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", size).await.map(drop)
    }

    pub(super) async fn close(&self) -> Outcome<()> {
        let target = json!({ "targetId": self.target });
        self.running.cdp.call(None, "Target.closeTarget", target).await.map(drop)
    }

    pub(super) async fn focus(&self) -> Outcome<()> {
        let target = json!({ "targetId": self.target });
        self.running.cdp.call(None, "Target.activateTarget", target).await.map(drop)
    }
}
