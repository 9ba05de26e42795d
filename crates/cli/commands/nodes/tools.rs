//! Commands of nodes that have words of their own.

use std::io::Read as _;

use serde_json::{Map, Value, json};

use super::invoke::{Asked, invoke};
use crate::args::{
    CameraClipArgs, CameraCommand, CameraSnapArgs, CanvasCommand, CanvasPresentArgs, CanvasSnapshotArgs,
    LocationCommand, LocationGetArgs, NodeMedia, NodeNotifyArgs, NodeReach, ScreenCommand, ScreenRecordArgs,
};
use crate::commands::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{escaped, harmless, printable};
use crate::table::Table;

pub(super) async fn notify(cx: &Context, args: &NodeNotifyArgs) -> Outcome {
    let params = given([
        ("title", json!(args.title)),
        ("body", json!(args.body)),
        ("priority", json!(args.priority)),
        ("sound", json!(args.sound)),
    ]);
    plain(cx, &args.reach, ("system.notify", params), |_| Ok("shown".to_owned())).await
}

pub(super) async fn canvas(cx: &Context, command: &CanvasCommand) -> Outcome {
    match command {
        CanvasCommand::Present(args) => {
            plain(cx, &args.reach, ("canvas.present", placed(args)), |_| Ok("shown".to_owned())).await
        }
        CanvasCommand::Hide(reach) => plain(cx, reach, ("canvas.hide", json!({})), |_| Ok("hidden".to_owned())).await,
        CanvasCommand::Navigate(args) => {
            let params = json!({"url": args.url});
            plain(cx, &args.reach, ("canvas.navigate", params), |_| Ok("shown".to_owned())).await
        }
        CanvasCommand::Eval(args) => {
            let script = match args.script.as_str() {
                "-" => standard_input()?,
                text => text.to_owned(),
            };
            let params = json!({"javaScript": script});
            plain(cx, &args.reach, ("canvas.eval", params), |payload| Ok(returned(payload))).await
        }
        CanvasCommand::Snapshot(args) => media(cx, &args.media, ("canvas.snapshot", pictured(args))).await,
    }
}

fn placed(args: &CanvasPresentArgs) -> Value {
    given([
        ("url", json!(args.url)),
        ("x", json!(args.x)),
        ("y", json!(args.y)),
        ("width", json!(args.width)),
        ("height", json!(args.height)),
    ])
}

fn pictured(args: &CanvasSnapshotArgs) -> Value {
    given([("format", json!(args.format)), ("maxWidth", json!(args.max_width)), ("quality", json!(args.quality))])
}

/// What a script returned; text without its quotes.
fn returned(payload: &Value) -> String {
    match payload.get("result").unwrap_or(payload) {
        Value::String(text) => harmless(text),
        other => escaped(format!("{other:#}")),
    }
}

pub(super) async fn camera(cx: &Context, command: &CameraCommand) -> Outcome {
    match command {
        CameraCommand::List(reach) => {
            plain(cx, reach, ("camera.list", json!({})), |payload| Ok(cameras(payload))).await
        }
        CameraCommand::Snap(args) => media(cx, &args.media, ("camera.snap", snapped(args))).await,
        CameraCommand::Clip(args) => {
            media(cx, &longer(&args.media, args.duration), ("camera.clip", clipped(args))).await
        }
    }
}

fn cameras(payload: &Value) -> String {
    let devices = payload["devices"].as_array().map(Vec::as_slice).unwrap_or_default();
    if devices.is_empty() {
        return "No camera.".to_owned();
    }
    let mut table = Table::new(["ID", "NAME", "POSITION"]);
    let text = |device: &Value, key: &str| device[key].as_str().unwrap_or_default().to_owned();
    for device in devices {
        table.row([text(device, "id"), text(device, "name"), text(device, "position")]);
    }
    table.render()
}

fn snapped(args: &CameraSnapArgs) -> Value {
    given([
        ("deviceId", json!(args.device_id)),
        ("facing", json!(args.facing)),
        ("maxWidth", json!(args.max_width)),
        ("quality", json!(args.quality)),
    ])
}

fn clipped(args: &CameraClipArgs) -> Value {
    given([
        ("deviceId", json!(args.device_id)),
        ("facing", json!(args.facing)),
        ("durationMs", json!(args.duration)),
        ("includeAudio", json!(!args.no_audio)),
    ])
}

pub(super) async fn screen(cx: &Context, command: &ScreenCommand) -> Outcome {
    let ScreenCommand::Record(args) = command;
    media(cx, &longer(&args.media, args.duration), ("screen.record", recorded(args))).await
}

fn recorded(args: &ScreenRecordArgs) -> Value {
    given([
        ("durationMs", json!(args.duration)),
        ("fps", json!(args.fps)),
        ("screenIndex", json!(args.screen)),
        ("includeAudio", json!(!args.no_audio)),
    ])
}

pub(super) async fn location(cx: &Context, command: &LocationCommand) -> Outcome {
    let LocationCommand::Get(args) = command;
    plain(cx, &args.reach, ("location.get", located(args)), |payload| Ok(place(payload))).await
}

fn located(args: &LocationGetArgs) -> Value {
    given([
        ("desiredAccuracy", json!(args.accuracy)),
        ("maxAgeMs", json!(args.max_age)),
        ("timeoutMs", json!(args.reach.invoke_timeout)),
    ])
}

fn place(payload: &Value) -> String {
    let number = |names: [&str; 2]| names.iter().find_map(|name| payload[*name].as_f64());
    let (Some(latitude), Some(longitude)) = (number(["lat", "latitude"]), number(["lon", "longitude"])) else {
        return escaped(format!("{payload:#}"));
    };
    let accuracy = number(["accuracyMeters", "accuracy"]).map(|meters| format!("  (within {meters:.0} m)"));
    let when = payload["timestamp"].as_str().map(|when| format!("  {}", printable(when)));
    format!("{latitude}, {longitude}{}{}", accuracy.unwrap_or_default(), when.unwrap_or_default())
}

/// Params without those that nobody gave.
fn given<const N: usize>(params: [(&str, Value); N]) -> Value {
    let given = params.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(given.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

/// Whoever records for longer waits for longer.
fn longer(args: &NodeMedia, duration_ms: u64) -> NodeMedia {
    let mut longer = args.clone();
    longer.reach.invoke_timeout = longer.reach.invoke_timeout.max(duration_ms.saturating_add(15_000));
    longer
}

fn standard_input() -> Outcome<String> {
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    read.map(|_| text).map_err(|error| Failure::new(Exit::Failed, format!("standard input: {error}")))
}

async fn plain(
    cx: &Context,
    reach: &NodeReach,
    (command, params): (&str, Value),
    text: impl FnOnce(&Value) -> Outcome<String>,
) -> Outcome {
    invoke(cx, reach, Asked { command, params: Some(params), out: None }, text).await
}

async fn media(cx: &Context, args: &NodeMedia, (command, params): (&str, Value)) -> Outcome {
    let asked = Asked { command, params: Some(params), out: args.out.as_deref() };
    let none = || Failure::new(Exit::Failed, format!("the node sent no picture or video for {command}"));
    invoke(cx, &args.reach, asked, |_| Err(none())).await
}
