//! `canvas.*`: pages on this computer's screen. With a Chromium they are shown in a window of their own, which can be
//! read and drawn on; without one the user's browser opens them, and that is all that can be done.

use postern_tools::exec::policy::note;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{Host, Invoke};
use crate::browser::Browser;
use crate::media::{Helper, Way};
use crate::refusal::{Outcome, Refusal, read};

/// The page of the gateway that draws what agents push.
const A2UI: &str = "__openclaw__/a2ui/";
const CANVAS: &str = "__openclaw__/canvas/";
/// Finds the page's own object under each name it has had, once it is there.
const A2UI_HOST: &str = "(async () => { const names = ['openclawA2UI', 'clawdbotA2UI', 'moltbotA2UI']; \
    const find = () => names.map((name) => globalThis[name]).find((host) => host); \
    for (let look = 0; look < 100 && !find(); look += 1) await new Promise((next) => setTimeout(next, 50)); \
    const host = find(); if (!host) throw new Error('the page does not draw A2UI');";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CanvasParams {
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    java_script: Option<String>,
    #[serde(default)]
    format: Option<String>,
    #[serde(default)]
    quality: Option<f64>,
    #[serde(default)]
    jsonl: Option<String>,
    #[serde(default)]
    messages: Option<Vec<Value>>,
}

pub(super) async fn perform(host: &Host, call: &Invoke) -> Outcome {
    let params: CanvasParams = read(&call.command, &call.params)?;
    let canvas = &host.canvas;
    match call.command.as_str() {
        "canvas.present" | "canvas.navigate" => {
            let url = address(call, params.url.as_deref()).await?;
            show(host, &url).await
        }
        "canvas.hide" => {
            canvas.stop().await;
            Ok(json!({ "ok": true }))
        }
        "canvas.eval" => {
            let script = params.java_script.as_deref().map(str::trim).filter(|script| !script.is_empty());
            let script = script.ok_or_else(|| Refusal::invalid("javaScript is required"))?;
            let value = canvas.evaluate(script).await?;
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Ok(json!({ "result": text }))
        }
        "canvas.snapshot" => snapshot(canvas, &params).await,
        "canvas.a2ui.reset" => {
            open_a2ui(host, call).await?;
            draw(canvas, "return host.reset();").await
        }
        "canvas.a2ui.push" | "canvas.a2ui.pushJSONL" => {
            let messages = messages(&params)?;
            open_a2ui(host, call).await?;
            draw(canvas, &format!("return host.applyMessages({});", Value::Array(messages))).await
        }
        other => Err(Refusal::unsupported(format!("{other} is not known here"))),
    }
}

/// Which page is meant: an address of the web, or one of the gateway's own pages.
async fn address(call: &Invoke, asked: Option<&str>) -> Outcome<Url> {
    let asked = asked.map(str::trim).filter(|url| !url.is_empty() && *url != "/");
    if let Some(url) = asked.and_then(|url| Url::parse(url).ok()) {
        return web_only(url);
    }
    let base = base(call).await?;
    let path = asked.map_or(CANVAS, |path| path.trim_start_matches('/'));
    web_only(base.join(path).map_err(|error| Refusal::invalid(format!("url: {error}")))?)
}

/// Where the gateway's pages are.
async fn base(call: &Invoke) -> Outcome<Url> {
    let mut base = call.link.canvas_url().await?;
    if !base.ends_with('/') {
        base.push('/');
    }
    Url::parse(&base).map_err(|error| Refusal::failed(format!("the gateway's canvas address: {error}")))
}

fn web_only(url: Url) -> Outcome<Url> {
    let is_web = matches!(url.scheme(), "http" | "https") && url.host().is_some();
    let has_secret = !url.username().is_empty() || url.password().is_some();
    if is_web && !has_secret {
        return Ok(url);
    }
    Err(Refusal::invalid(format!("url must be http:// or https:// without a password, not {:?}", note(url.scheme()))))
}

async fn show(host: &Host, url: &Url) -> Outcome {
    if host.surface.chromium {
        host.canvas.show(url).await?;
        return Ok(json!({ "ok": true, "url": shown(url) }));
    }
    let (program, mut args) = match host.surface.opener {
        Some(Way::XdgOpen) => ("xdg-open", Vec::new()),
        Some(Way::Open) => ("open", Vec::new()),
        Some(Way::Rundll) => ("rundll32", vec!["url.dll,FileProtocolHandler".to_owned()]),
        _ => return Err(Refusal::unsupported("this computer has no screen to show pages on")),
    };
    args.push(url.to_string());
    Helper::new(program, args).open(host).await?;
    Ok(json!({ "ok": true, "url": shown(url), "openedIn": "the user's browser" }))
}

/// Paths of the gateway carry a key that opens them.
fn shown(url: &Url) -> String {
    format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default())
}

async fn snapshot(canvas: &Browser, params: &CanvasParams) -> Outcome {
    let format = match params.format.as_deref() {
        None | Some("png") => "png",
        Some("jpeg" | "jpg") => "jpeg",
        Some(_) => return Err(Refusal::invalid("format must be png or jpeg")),
    };
    let quality = (format == "jpeg").then(|| params.quality.unwrap_or(0.9).clamp(0.0, 1.0));
    let base64 = canvas.picture(format, quality).await?;
    Ok(json!({ "format": format, "base64": base64 }))
}

fn messages(params: &CanvasParams) -> Outcome<Vec<Value>> {
    if let Some(messages) = &params.messages {
        return Ok(messages.clone());
    }
    let text = params.jsonl.as_deref().ok_or_else(|| Refusal::invalid("messages or jsonl is required"))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let message = |(at, line): (usize, &str)| {
        let read = serde_json::from_str::<Value>(line).map_err(|error| error.to_string());
        let object = read.and_then(|value| if value.is_object() { Ok(value) } else { Err("not an object".to_owned()) });
        object.map_err(|why| Refusal::invalid(format!("jsonl line {}: {why}", at + 1)))
    };
    lines.map(message).collect()
}

async fn open_a2ui(host: &Host, call: &Invoke) -> Outcome<()> {
    if host.canvas.shows(A2UI).await {
        return Ok(());
    }
    let url = base(call).await?.join(A2UI).map_err(|error| Refusal::failed(error.to_string()))?;
    host.canvas.show(&url).await
}

async fn draw(canvas: &Browser, act: &str) -> Outcome {
    let said = canvas.evaluate(&format!("{A2UI_HOST} {act} }})()")).await?;
    match said["error"].as_str() {
        Some(error) => Err(Refusal::invalid(format!("the page does not draw it: {error}"))),
        None => Ok(json!({ "ok": true, "surfaces": said["surfaces"] })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_web_are_shown() {
        for good in ["http://127.0.0.1:18789/x", "https://example.org"] {
            assert!(web_only(Url::parse(good).unwrap()).is_ok(), "{good}");
        }
        for bad in
            ["file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "https://a:b@example.org", "ssh://h"]
        {
            assert!(web_only(Url::parse(bad).unwrap()).is_err(), "{bad}");
        }
    }

    #[test]
    fn lines_that_are_no_messages_are_named() {
        let params = |jsonl: &str| CanvasParams {
            url: None,
            java_script: None,
            format: None,
            quality: None,
            jsonl: Some(jsonl.to_owned()),
            messages: None,
        };
        assert_eq!(messages(&params("{\"a\":1}\n\n{\"b\":2}")).unwrap().len(), 2);
        assert!(messages(&params("{\"a\":1}\n7")).unwrap_err().message.contains("line 2"));
    }
}
