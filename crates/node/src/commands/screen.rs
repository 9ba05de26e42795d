//! `screen.*`: what is on the screen of this computer.

use serde::Deserialize;
use serde_json::json;

use super::camera::quiet;
use super::{Host, Invoke};
use crate::media::{Helper, Shot, Way, seconds};
use crate::refusal::{Outcome, Refusal, read};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScreenParams {
    #[serde(default)]
    duration_ms: Option<u64>,
    #[serde(default)]
    fps: Option<f64>,
}

pub(super) async fn snapshot(host: &Host, call: &Invoke) -> Outcome {
    // Nothing in it changes what is taken; what is wrong in it is told all the same.
    let _: ScreenParams = read(&call.command, &call.params)?;
    let shot = Shot::new(host, call, "png");
    let args = |before: &[&str]| before.iter().map(|word| (*word).to_owned()).chain([shot.path()]).collect();
    let helper = match host.surface.screen {
        Some(Way::Grim) => Helper::new("grim", args(&[])),
        Some(Way::Scrot) => Helper::new("scrot", args(&["--overwrite"])),
        Some(Way::Maim) => Helper::new("maim", args(&[])),
        Some(Way::Import) => Helper::new("import", args(&["-silent", "-window", "root"])),
        Some(Way::Screencapture) => Helper::new("screencapture", args(&["-x", "-t", "png"])),
        Some(Way::Ffmpeg) => {
            let mut words = quiet();
            words.extend(["-f".into(), "x11grab".into(), "-i".into(), display(host), "-frames:v".into(), "1".into()]);
            words.push(shot.path());
            Helper::new("ffmpeg", words)
        }
        _ => return Err(Refusal::unsupported("this computer has no screen, or no program that takes pictures of it")),
    };
    shot.take(helper, json!({})).await
}

pub(super) async fn record(host: &Host, call: &Invoke) -> Outcome {
    let params: ScreenParams = read(&call.command, &call.params)?;
    let length = seconds(params.duration_ms)?;
    let fps = params.fps.unwrap_or(10.0).clamp(1.0, 60.0);
    let shot = Shot::new(host, call, if host.surface.recorder == Some(Way::Screencapture) { "mov" } else { "mp4" });
    let helper = match host.surface.recorder {
        Some(Way::Screencapture) => {
            let whole = length.ceil().to_string();
            Helper::new("screencapture", vec!["-x".into(), "-v".into(), "-V".into(), whole, shot.path()])
        }
        Some(Way::Ffmpeg) => {
            let mut words = quiet();
            words.extend(["-f".into(), "x11grab".into(), "-framerate".into(), fps.to_string()]);
            words.extend(["-i".into(), display(host), "-t".into(), length.to_string()]);
            words.extend(["-vf", "crop=trunc(iw/2)*2:trunc(ih/2)*2", "-pix_fmt", "yuv420p"].map(str::to_owned));
            words.push(shot.path());
            Helper::new("ffmpeg", words)
        }
        _ => return Err(Refusal::unsupported("this computer has no program that records its screen")),
    };
    let facts = json!({ "durationMs": length * 1000.0, "fps": fps, "screenIndex": 0, "hasAudio": false });
    shot.take(helper, facts).await
}

fn display(host: &Host) -> String {
    host.options.desktop_env.get("DISPLAY").cloned().unwrap_or_default()
}
