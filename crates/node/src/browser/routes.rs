//! What `browser.proxy` understands: a small service for steering the browser, as requests with method and path.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::Browser;
use super::page::{Element, Page};
use crate::refusal::{Outcome, Refusal, read};

/// How long a request may take unless it says otherwise, and at most.
const USUAL: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(300);
/// Characters of a snapshot, unless fewer are asked for.
const SNAPSHOT: usize = 60_000;
/// The name of the only profile.
const PROFILE: &str = "postern";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    #[serde(default)]
    method: Option<String>,
    path: String,
    #[serde(default)]
    query: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    body: Option<Value>,
    #[serde(default)]
    timeout_ms: Option<u64>,
    #[serde(default)]
    profile: Option<String>,
}

/// Fields of bodies and queries, whichever brings them.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    url: Option<String>,
    target_id: Option<String>,
    format: Option<String>,
    limit: Option<Value>,
    max_chars: Option<Value>,
    full_page: Option<bool>,
    #[serde(rename = "type")]
    picture: Option<String>,
    kind: Option<String>,
    #[serde(rename = "ref")]
    mark: Option<String>,
    selector: Option<String>,
    element: Option<String>,
    text: Option<String>,
    submit: Option<bool>,
    key: Option<String>,
    values: Option<Vec<String>>,
    double_click: Option<bool>,
    #[serde(rename = "fn")]
    function: Option<String>,
    expression: Option<String>,
    time_ms: Option<u64>,
    fields: Option<Vec<Field>>,
    width: Option<u32>,
    height: Option<u32>,
}

/// One field of a form that is filled.
#[derive(Debug, Deserialize)]
struct Field {
    #[serde(rename = "ref")]
    mark: String,
    #[serde(default)]
    value: Value,
}

impl Fields {
    fn target(&self) -> Option<&str> {
        self.target_id.as_deref().map(str::trim).filter(|id| !id.is_empty())
    }

    fn on(&self) -> Element<'_> {
        Element { mark: self.mark.as_deref(), selector: self.selector.as_deref().or(self.element.as_deref()) }
    }
}

pub(super) async fn serve(browser: &Browser, params: &Value) -> Outcome {
    let request: Request = read("browser.proxy", params)?;
    if request.profile.as_deref().is_some_and(|profile| !["", PROFILE, "openclaw", "default"].contains(&profile)) {
        return Err(Refusal::invalid(format!("profile: this computer has one, {PROFILE}")));
    }
    let limit = request.timeout_ms.filter(|ms| *ms > 0).map_or(USUAL, Duration::from_millis).min(LONGEST);
    let method = request.method.as_deref().unwrap_or("GET").to_ascii_uppercase();
    let path = format!("/{}", request.path.trim().trim_matches('/'));
    let fields = fields(&request)?;
    let answered = timeout(limit, Box::pin(route(browser, &method, &path, &fields))).await;
    answered.unwrap_or_else(|_| Err(Refusal::new("TIMEOUT", format!("{method} {path} took too long"))))
}

fn fields(request: &Request) -> Outcome<Fields> {
    let mut all = serde_json::Map::new();
    all.extend(request.query.clone().unwrap_or_default());
    match &request.body {
        None | Some(Value::Null) => {}
        Some(Value::Object(body)) => all.extend(body.clone()),
        Some(_) => return Err(Refusal::invalid("body must be an object")),
    }
    all.retain(|_, value| !value.is_null());
    read("browser.proxy", &Value::Object(all))
}

async fn route(browser: &Browser, method: &str, path: &str, fields: &Fields) -> Outcome {
    let result = match (method, path) {
        ("GET", "/") => status(browser).await,
        ("GET", "/profiles") => Ok(json!({ "profiles": [{ "name": PROFILE, "running": browser.now().is_some() }] })),
        ("POST", "/start") => {
            browser.running().await?;
            status(browser).await
        }
        ("POST", "/stop") => {
            browser.stop().await;
            Ok(json!({ "ok": true, "running": false, "profile": PROFILE }))
        }
        ("GET", "/tabs") => tabs(browser).await,
        ("POST", "/tabs/open") => open(browser, fields).await,
        ("POST", "/tabs/focus") => {
            let page = browser.page(fields.target()).await?;
            page.focus().await?;
            Ok(json!({ "ok": true, "targetId": page.target }))
        }
        ("POST", "/navigate") => {
            let url = browser.checked(required(fields.url.as_deref(), "url")?).await?;
            let page = browser.page(fields.target()).await?;
            let url = page.navigate(&url).await?;
            Ok(json!({ "ok": true, "targetId": page.target, "url": url }))
        }
        ("GET", "/snapshot") => snapshot(browser, fields).await,
        ("POST", "/screenshot") => return screenshot(browser, fields).await,
        ("POST", "/act") => act(browser, fields).await,
        ("DELETE", path) => match path.strip_prefix("/tabs/") {
            Some(target) => {
                browser.page(Some(target)).await?.close().await?;
                Ok(json!({ "ok": true }))
            }
            None => Err(unknown(method, path)),
        },
        _ => Err(unknown(method, path)),
    }?;
    Ok(json!({ "result": result }))
}

fn unknown(method: &str, path: &str) -> Refusal {
    Refusal::new(
        "UNSUPPORTED",
        format!(
            "{method} {path} is not known here; known are GET /, /profiles, /tabs, /snapshot, POST /start, /stop, \
             /tabs/open, /tabs/focus, /navigate, /screenshot, /act, DELETE /tabs/ID"
        ),
    )
}

fn required<'a>(text: Option<&'a str>, name: &str) -> Outcome<&'a str> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    text.ok_or_else(|| Refusal::invalid(format!("{name} is required")))
}

async fn status(browser: &Browser) -> Outcome {
    let running = browser.now();
    let tabs = match &running {
        Some(running) => running.tabs().await?.len(),
        None => 0,
    };
    Ok(json!({
        "enabled": browser.program.is_some(),
        "profile": PROFILE,
        "running": running.is_some(),
        "cdpReady": running.is_some(),
        "pid": running.as_ref().and_then(|running| running.pid),
        "headless": running.as_ref().map_or(browser.headless, |running| running.headless),
        "tabs": tabs,
    }))
}

async fn tabs(browser: &Browser) -> Outcome {
    let Some(running) = browser.now() else { return Ok(json!({ "running": false, "tabs": [] })) };
    let tab = |tab: &Value| json!({ "targetId": tab["targetId"], "title": tab["title"], "url": tab["url"], "type": tab["type"] });
    let tabs: Vec<Value> = running.tabs().await?.iter().map(tab).collect();
    Ok(json!({ "running": true, "tabs": tabs }))
}

async fn open(browser: &Browser, fields: &Fields) -> Outcome {
    let url = browser.checked(required(fields.url.as_deref(), "url")?).await?;
    let running = browser.running().await?;
    let target = Page::blank(&running).await?;
    let page = Page::of(&running, Some(&target)).await?;
    let url = page.navigate(&url).await?;
    let title = page.evaluate("document.title").await?;
    Ok(json!({ "targetId": target, "title": title, "url": url, "type": "page" }))
}

async fn snapshot(browser: &Browser, fields: &Fields) -> Outcome {
    let format = fields.format.as_deref().unwrap_or("ai");
    let number = |value: &Option<Value>| match value {
        Some(Value::String(text)) => text.parse().ok(),
        Some(value) => value.as_u64().and_then(|number| usize::try_from(number).ok()),
        None => None,
    };
    let most = number(&fields.max_chars).unwrap_or(SNAPSHOT).clamp(200, 4 * SNAPSHOT);
    let page = browser.page(fields.target()).await?;
    let mut seen = page.snapshot(most).await?;
    let mut answer =
        json!({ "ok": true, "format": format, "targetId": page.target, "url": seen["url"], "title": seen["title"] });
    match format {
        "ai" | "text" => {
            answer["snapshot"] = seen["snapshot"].take();
            answer["refs"] = seen["refs"].take();
            answer["truncated"] = seen["truncated"].take();
        }
        "aria" => {
            let nodes = seen["nodes"].as_array_mut().map(std::mem::take).unwrap_or_default();
            answer["nodes"] = nodes.into_iter().take(number(&fields.limit).unwrap_or(500)).collect();
        }
        _ => return Err(Refusal::invalid("format must be ai, text or aria")),
    }
    Ok(answer)
}

async fn screenshot(browser: &Browser, fields: &Fields) -> Outcome {
    let format = match fields.picture.as_deref() {
        None | Some("png") => "png",
        Some("jpeg" | "jpg") => "jpeg",
        Some(_) => return Err(Refusal::invalid("type must be png or jpeg")),
    };
    let page = browser.page(fields.target()).await?;
    let base64 =
        page.picture(json!({ "format": format, "captureBeyondViewport": fields.full_page == Some(true) })).await?;
    let path = format!("screenshot-{}.{format}", uuid::Uuid::new_v4());
    let url = page.url().await?;
    Ok(json!({
        "result": { "ok": true, "path": path, "targetId": page.target, "url": url },
        "files": [{ "path": path, "base64": base64, "mimeType": format!("image/{format}") }],
    }))
}

async fn act(browser: &Browser, fields: &Fields) -> Outcome {
    let kind = required(fields.kind.as_deref(), "kind")?;
    let page = browser.page(fields.target()).await?;
    let mut answer = json!({ "ok": true, "targetId": page.target });
    match kind {
        "click" => page.mouse(fields.on(), if fields.double_click == Some(true) { 2 } else { 1 }).await?,
        "hover" => page.mouse(fields.on(), 0).await?,
        "type" => {
            fill(&page, fields.on(), fields.text.as_deref().unwrap_or_default(), fields.submit == Some(true)).await?
        }
        "fill" => {
            for field in fields.fields.iter().flatten() {
                let text = field.value.as_str().map_or_else(|| field.value.to_string(), str::to_owned);
                fill(&page, Element { mark: Some(&field.mark), selector: None }, &text, false).await?;
            }
        }
        "press" => page.press(required(fields.key.as_deref(), "key")?).await?,
        "select" => {
            let choose = "(element, values) => { for (const option of element.options) \
                          option.selected = values.includes(option.value) || values.includes(option.label); \
                          for (const kind of ['input', 'change']) element.dispatchEvent(new Event(kind, { bubbles: true })); }";
            page.on(fields.on(), choose, &json!(fields.values.clone().unwrap_or_default())).await?;
        }
        "scrollIntoView" => page.on(fields.on(), "() => null", &Value::Null).await.map(drop)?,
        "evaluate" | "eval" => answer["result"] = evaluate(&page, fields).await?,
        "wait" => wait(&page, fields).await?,
        "resize" => match (fields.width, fields.height) {
            (Some(width @ 100..=7680), Some(height @ 100..=7680)) => page.resize(width, height).await?,
            _ => return Err(Refusal::invalid("width and height must be from 100 to 7680")),
        },
        "close" => page.close().await?,
        _ => {
            return Err(Refusal::invalid(
                "kind must be click, hover, type, fill, press, select, scrollIntoView, evaluate, wait, resize or close",
            ));
        }
    }
    if kind != "close" {
        answer["url"] = page.url().await.unwrap_or_default().into();
    }
    Ok(answer)
}

/// Puts text in the place of what is in a field.
async fn fill(page: &Page, element: Element<'_>, text: &str, submit: bool) -> Outcome<()> {
    let clear = "(element) => { element.focus(); if (element.select) element.select(); \
                 else document.getSelection().selectAllChildren(element); }";
    page.on(element, clear, &Value::Null).await?;
    if text.is_empty() {
        page.press("Delete").await?;
    } else {
        page.insert(text).await?;
    }
    if submit { page.press("Enter").await } else { Ok(()) }
}

async fn evaluate(page: &Page, fields: &Fields) -> Outcome {
    let script = required(fields.function.as_deref().or(fields.expression.as_deref()), "fn")?;
    let is_function = script.starts_with("function") || script.starts_with("async") || script.contains("=>");
    match (is_function, fields.mark.is_some() || fields.selector.is_some()) {
        (true, true) => page.on(fields.on(), script, &Value::Null).await,
        (true, false) => page.evaluate(&format!("({script})()")).await,
        (false, _) => page.evaluate(script).await,
    }
}

/// Until some text or an element is there, or for a while.
async fn wait(page: &Page, fields: &Fields) -> Outcome<()> {
    let condition = match (&fields.text, &fields.selector) {
        (Some(text), _) => format!("document.body.innerText.includes({})", json!(text)),
        (None, Some(selector)) => format!("!!document.querySelector({})", json!(selector)),
        (None, None) => {
            sleep(Duration::from_millis(fields.time_ms.unwrap_or(500)).min(USUAL)).await;
            return Ok(());
        }
    };
    let deadline = Instant::now() + fields.time_ms.map_or(USUAL, Duration::from_millis).min(LONGEST);
    while page.evaluate(&condition).await.ok() != Some(Value::Bool(true)) {
        if Instant::now() >= deadline {
            return Err(Refusal::new("TIMEOUT", "what was waited for did not come"));
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
