//! `camera.*`: cameras of this computer.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Host, Invoke, blocking};
use crate::media::{Helper, Shot, Way, seconds};
use crate::options::CameraFolders;
use crate::refusal::{Outcome, Refusal, read};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CameraParams {
    #[serde(default)]
    device_id: Option<String>,
    #[serde(default)]
    max_width: Option<u32>,
    #[serde(default)]
    quality: Option<f64>,
    #[serde(default)]
    duration_ms: Option<u64>,
}

/// A camera.
struct Camera {
    id: String,
    name: String,
}

/// The cameras there are.
async fn cameras(host: &Host) -> Outcome<Vec<Camera>> {
    match host.surface.camera {
        Some(Way::Ffmpeg) => {
            let folders = host.options.cameras.clone();
            blocking(move || Ok(linux_cameras(&folders))).await
        }
        Some(Way::Imagesnap) => Ok(vec![Camera { id: "default".to_owned(), name: "default camera".to_owned() }]),
        _ => Err(Refusal::unsupported("this computer has no camera, or no program that reads it (ffmpeg, imagesnap)")),
    }
}

fn linux_cameras(CameraFolders { devices, facts }: &CameraFolders) -> Vec<Camera> {
    let entries = std::fs::read_dir(devices).into_iter().flatten().filter_map(Result::ok);
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.strip_prefix("video").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit())))
        .collect();
    names.sort();
    let fact = |name: &str, fact: &str| std::fs::read_to_string(facts.join(name).join(fact)).ok();
    names
        .into_iter()
        // One camera has several files; the first of them is the picture.
        .filter(|name| fact(name, "index").is_none_or(|index| index.trim() == "0"))
        .map(|name| Camera {
            id: devices.join(&name).to_string_lossy().into_owned(),
            name: fact(&name, "name").map_or_else(|| name.clone(), |text| text.trim().to_owned()),
        })
        .collect()
}

/// Whether there is a camera at all; looked at once, when the host starts.
pub(crate) fn is_there(folders: &CameraFolders) -> bool {
    !linux_cameras(folders).is_empty()
}

pub(super) async fn list(host: &Host) -> Outcome {
    let devices = cameras(host).await?;
    let device = |camera: &Camera| json!({ "id": camera.id, "name": camera.name, "position": "unknown" });
    Ok(json!({ "devices": devices.iter().map(device).collect::<Vec<Value>>() }))
}

/// The camera that is meant: one of those there are, never a path of the caller's.
async fn chosen(host: &Host, asked: Option<&str>) -> Outcome<Camera> {
    let mut cameras = cameras(host).await?.into_iter();
    match asked {
        None => cameras.next().ok_or_else(|| Refusal::unsupported("no camera is connected")),
        Some(id) => cameras
            .find(|camera| camera.id == id)
            .ok_or_else(|| Refusal::invalid("deviceId is not one that camera.list tells of")),
    }
}

pub(super) async fn snap(host: &Host, call: &Invoke) -> Outcome {
    let params: CameraParams = read(&call.command, &call.params)?;
    let camera = chosen(host, params.device_id.as_deref()).await?;
    let shot = Shot::new(host, call, "jpg");
    let helper = if host.surface.camera == Some(Way::Imagesnap) {
        Helper::new("imagesnap", vec!["-q".into(), "-w".into(), "1".into(), shot.path()])
    } else {
        let width = params.max_width.unwrap_or(1600).clamp(64, 7680);
        // 2 is best, 31 is worst.
        let quality = (31.0 - params.quality.unwrap_or(0.9).clamp(0.0, 1.0) * 29.0).round();
        let mut args = quiet();
        args.extend(["-f", "v4l2", "-i", &camera.id, "-frames:v", "1", "-vf"].map(str::to_owned));
        args.extend([format!("scale='min({width},iw)':-2"), "-q:v".into(), quality.to_string(), shot.path()]);
        Helper::new("ffmpeg", args)
    };
    shot.take(helper, json!({ "deviceId": camera.id })).await
}

pub(super) async fn clip(host: &Host, call: &Invoke) -> Outcome {
    let params: CameraParams = read(&call.command, &call.params)?;
    let length = seconds(params.duration_ms)?;
    let camera = chosen(host, params.device_id.as_deref()).await?;
    let shot = Shot::new(host, call, "mp4");
    let mut args = quiet();
    args.extend(["-f", "v4l2", "-i", &camera.id, "-t"].map(str::to_owned));
    args.extend([length.to_string(), "-an".into(), "-pix_fmt".into(), "yuv420p".into(), shot.path()]);
    shot.take(Helper::new("ffmpeg", args), json!({ "durationMs": length * 1000.0, "hasAudio": false })).await
}

/// Errors only, nothing read from standard input, files replaced.
pub(super) fn quiet() -> Vec<String> {
    ["-hide_banner", "-loglevel", "error", "-nostdin", "-y"].map(str::to_owned).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_is_listed_once_by_its_name() {
        let place = tempfile::tempdir().unwrap();
        let (devices, facts) = (place.path().join("dev"), place.path().join("sys"));
        std::fs::create_dir_all(&devices).unwrap();
        for (name, index) in [("video0", "0"), ("video1", "1"), ("video2", "0")] {
            std::fs::write(devices.join(name), "").unwrap();
            std::fs::create_dir_all(facts.join(name)).unwrap();
            std::fs::write(facts.join(name).join("index"), index).unwrap();
            std::fs::write(facts.join(name).join("name"), format!("Camera {name}\n")).unwrap();
        }
        std::fs::write(devices.join("videocodec"), "").unwrap();
        let found = linux_cameras(&CameraFolders { devices, facts });
        let names: Vec<&str> = found.iter().map(|camera| camera.name.as_str()).collect();
        assert_eq!(names, ["Camera video0", "Camera video2"]);
    }
}
