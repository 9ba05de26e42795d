//! What a node host does through programs of its computer: pictures of cameras and screens, notifications, pages in the
//! user's browser. Programs of the test stand in for them (FEATURES N-06, N-07).

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postern_node::NodeOptions;
use serde_json::{Value, json};

use crate::harness::{Caller, Client, Device, InProcessNode, TestGateway, TestNode, files_below, until};

/// What a Linux node may only do where its gateway's owner says so.
const ALLOWED: &str = r#"{gateway: {nodes: {commands: {allow: ["camera.list", "camera.snap", "camera.clip",
    "screen.record", "canvas.present", "canvas.navigate", "location.get"]}}}}"#;
/// How ffmpeg is begun, always.
const QUIET: [&str; 5] = ["-hide_banner", "-loglevel", "error", "-nostdin", "-y"];
/// Where the screen and the session are, and nothing of the node's own settings.
const SURROUNDINGS: &str = ":77|unix:path=/no/bus|";

/// A folder of programs that write down how they were called. Nothing else is on the search path.
struct StandIns(tempfile::TempDir);

impl StandIns {
    fn of(programs: &[&str]) -> Self {
        let own = Self(tempfile::tempdir().unwrap());
        // What it is told to record is in the file that it is named last.
        programs.iter().for_each(|program| own.does(program, &format!("printf 'by {program}' > \"$last\"")));
        own
    }

    /// A program that does this after it has written down its words and its surroundings.
    fn does(&self, program: &str, then: &str) {
        let (file, note) = (self.0.path().join(program), self.0.path().join(format!("{program}.called")));
        let script = format!(
            "#!/bin/sh\nprintf '%s\\0' \"$DISPLAY|$DBUS_SESSION_BUS_ADDRESS|$POSTERN_STATE_DIR\" \"$@\" > '{}'\n\
             for last; do :; done\n{then}\n",
            note.display()
        );
        std::fs::write(&file, script).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// What looks at a screen instead of writing a file.
    fn opens(&self, program: &str) {
        self.does(program, "exit 0");
    }

    fn remove(&self, program: &str) {
        std::fs::remove_file(self.0.path().join(program)).unwrap();
    }

    fn path(&self) -> &str {
        self.0.path().to_str().unwrap()
    }

    /// With which words the program was called since the last look, after its surroundings.
    fn called(&self, program: &str) -> Option<Vec<String>> {
        let note = self.0.path().join(format!("{program}.called"));
        let words = std::fs::read_to_string(&note).ok()?;
        std::fs::remove_file(note).unwrap();
        Some(words.split_terminator('\0').map(str::to_owned).collect())
    }

    /// The same, of a program that was called in the usual surroundings; `FILE` stands for what it was to write.
    #[track_caller]
    fn words(&self, program: &str, extension: &str) -> Vec<String> {
        let mut words = self.called(program).unwrap_or_else(|| panic!("{program} was not called"));
        assert_eq!(words.remove(0), SURROUNDINGS);
        let file = words.last_mut().filter(|last| last.ends_with(extension) && last.starts_with('/'));
        "FILE".clone_into(file.unwrap_or_else(|| panic!("it is to write no {extension}")));
        words
    }

    fn desktop(&self) -> BTreeMap<String, String> {
        let variables = [("PATH", self.path()), ("DISPLAY", ":77"), ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/no/bus")];
        variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

async fn admin(gateway: &TestGateway) -> Client {
    gateway.op(&Device::new("op"), &["operator.admin"]).await
}

fn invoke(node_id: &str, command: &str, params: Value) -> Value {
    let key = uuid::Uuid::new_v4().to_string();
    json!({"nodeId": node_id, "command": command, "params": params, "idempotencyKey": key, "timeoutMs": 20_000})
}

async fn done(op: &mut Client, node_id: &str, command: &str, params: Value) -> Value {
    op.ok("node.invoke", invoke(node_id, command, params)).await["payload"].take()
}

/// What the node says when it does not do it: code and words.
async fn declined(op: &mut Client, node_id: &str, command: &str, params: Value) -> (String, String) {
    let error = op.err("node.invoke", invoke(node_id, command, params)).await;
    let said = &error["details"]["nodeError"];
    let text = |field: &str| said[field].as_str().unwrap_or_else(|| panic!("{error}")).to_owned();
    (text("code"), text("message"))
}

/// Why the gateway does not even ask the node.
async fn not_asked(op: &mut Client, node_id: &str, command: &str) -> Value {
    let error = op.err("node.invoke", invoke(node_id, command, json!({}))).await;
    assert_eq!((&error["code"], &error["details"]["command"]), (&json!("INVALID_REQUEST"), &json!(command)));
    error["details"]["reason"].clone()
}

async fn offered(op: &mut Client, node_id: &str) -> Vec<String> {
    let row = op.ok("node.describe", json!({"nodeId": node_id})).await;
    let all = row["commands"].as_array().unwrap().iter().filter_map(Value::as_str);
    let groups = ["camera.", "screen.", "canvas.", "location.", "system.notify", "browser."];
    all.filter(|command| groups.iter().any(|group| command.starts_with(group))).map(str::to_owned).collect()
}

/// Nothing that was recorded stays.
#[track_caller]
fn assert_nothing_kept(folder: &Path) {
    let kept = files_below(folder).into_iter().filter(|file| {
        file.extension().is_some_and(|extension| ["png", "jpg", "mp4"].iter().any(|kind| extension == *kind))
    });
    assert_eq!(kept.collect::<Vec<_>>(), [] as [std::path::PathBuf; 0]);
}

/// The real program on a computer with a screen and without Chromium: a picture and a film of the screen, a
/// notification, a page; each through the program that is there, with the words that it is to get and no others.
#[tokio::test]
async fn a_computer_shows_its_screen_notifies_and_opens_pages() {
    let programs = StandIns::of(&["scrot", "ffmpeg"]);
    ["notify-send", "xdg-open"].into_iter().for_each(|program| programs.opens(program));
    let gateway = TestGateway::builder().config(ALLOWED).start();
    std::fs::create_dir_all(gateway.state_dir().join("canvas")).unwrap();
    std::fs::write(gateway.state_dir().join("canvas/index.html"), "<p>drawn").unwrap();
    let desktop = programs.desktop();
    let env: Vec<(&str, &str)> = desktop.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut node = TestNode::start_in(&gateway, &["--without", "camera"], &env);
    let id = node.connected().await;
    let mut op = admin(&gateway).await;
    let wanted = ["canvas.navigate", "canvas.present", "screen.record", "screen.snapshot", "system.notify"];
    assert_eq!(offered(&mut op, &id).await, wanted);

    let shot = done(&mut op, &id, "screen.snapshot", json!({})).await;
    assert_eq!(shot, json!({"format": "png", "base64": STANDARD.encode("by scrot")}));
    assert_eq!(programs.words("scrot", ".png"), ["--overwrite", "FILE"]);
    let film = done(&mut op, &id, "screen.record", json!({"durationMs": 1500, "fps": 4})).await;
    let facts = json!({"durationMs": 1500.0, "fps": 4.0, "screenIndex": 0, "hasAudio": false});
    assert_eq!((&film["format"], &film["base64"]), (&json!("mp4"), &json!(STANDARD.encode("by ffmpeg"))));
    assert!(facts.as_object().unwrap().iter().all(|(name, fact)| film[name] == *fact), "{film}");
    let grabs = ["-f", "x11grab", "-framerate", "4", "-i", ":77", "-t", "1.5"];
    let even = ["-vf", "crop=trunc(iw/2)*2:trunc(ih/2)*2", "-pix_fmt", "yuv420p", "FILE"];
    assert_eq!(programs.words("ffmpeg", ".mp4"), [&QUIET[..], &grabs, &even].concat());

    let tell = json!({"title": "--help", "body": "$(id) 'x'\u{7}\nnext", "priority": "timeSensitive"});
    assert_eq!(done(&mut op, &id, "system.notify", tell).await, json!({"ok": true}));
    let told = ["--app-name=Postern", "--urgency", "critical", "--", "--help", "$(id) 'x'\nnext"];
    assert_eq!(programs.called("notify-send").unwrap()[1..], told);
    let (code, why) = declined(&mut op, &id, "system.notify", json!({"title": " "})).await;
    assert_eq!((code.as_str(), why.as_str()), ("INVALID_REQUEST", "title or body is required"));

    let page = json!({"url": "https://example.org/page?a=1&b='2'"});
    let shown = done(&mut op, &id, "canvas.present", page).await;
    assert_eq!(shown, json!({"ok": true, "url": "https://example.org", "openedIn": "the user's browser"}));
    assert_eq!(programs.called("xdg-open").unwrap()[1..], ["https://example.org/page?a=1&b=%272%27"]);
    // Without an address it is the gateway's canvas, under an address that the answer does not give away.
    let shown = done(&mut op, &id, "canvas.navigate", json!({})).await;
    assert_eq!(shown["url"], "http://127.0.0.1");
    let address = programs.called("xdg-open").unwrap().pop().unwrap();
    let path = address.strip_prefix(&format!("http://127.0.0.1:{}", gateway.port)).unwrap();
    assert!(path.starts_with("/__openclaw__/cap/"), "{path}");
    let drawn = gateway.http("GET", path, &Caller::local(), "").await;
    assert!(drawn.status == 200 && drawn.body.contains("<p>drawn"), "{drawn:?}");
    for url in ["file:///etc/passwd", "javascript:alert(1)", "https://ada:pw@example.org"] {
        assert_eq!(declined(&mut op, &id, "canvas.present", json!({"url": url})).await.0, "INVALID_REQUEST", "{url}");
    }
    assert_eq!(programs.called("xdg-open"), None);
    assert_nothing_kept(&node.home());
}

/// What there is no program for is not offered, and says so; a program that goes away later, or does not manage, is
/// named.
#[tokio::test]
async fn what_cannot_be_done_is_refused_in_words() {
    let programs = StandIns::of(&["scrot", "notify-send"]);
    let gateway = TestGateway::builder().config(ALLOWED).start();
    let node = InProcessNode::start(&gateway, |options| options.desktop_env = programs.desktop());
    node.connected().await;
    let (mut op, id) = (admin(&gateway).await, node.id.clone());
    assert_eq!(offered(&mut op, &id).await, ["screen.snapshot", "system.notify"]);
    for command in ["camera.list", "camera.snap", "screen.record", "canvas.present", "location.get"] {
        assert_eq!(not_asked(&mut op, &id, command).await, "command not declared by node");
    }
    for command in ["canvas.eval", "browser.proxy.upload"] {
        assert_eq!(not_asked(&mut op, &id, command).await, "command not allowlisted");
    }
    programs.does("notify-send", "echo 'no daemon answers' >&2; exit 3");
    let (code, why) = declined(&mut op, &id, "system.notify", json!({"body": "x"})).await;
    assert_eq!((code.as_str(), why.as_str()), ("UNAVAILABLE", "notify-send failed: no daemon answers"));
    // It ends well and has recorded nothing.
    programs.opens("scrot");
    let (code, why) = declined(&mut op, &id, "screen.snapshot", json!({})).await;
    assert!(code == "UNAVAILABLE" && why.starts_with("nothing was recorded"), "{code}: {why}");
    programs.remove("scrot");
    let (code, why) = declined(&mut op, &id, "screen.snapshot", json!({})).await;
    assert!(code == "UNSUPPORTED" && why.contains("scrot"), "{code}: {why}");
    let (code, why) = declined(&mut op, &id, "screen.snapshot", json!({"fps": "many"})).await;
    assert!(code == "INVALID_REQUEST" && why.contains("screen.snapshot"), "{code}: {why}");
}

/// Each program that can take a picture of a screen is called in its own words, on the screens that it knows.
#[tokio::test]
async fn every_program_for_pictures_is_called_in_its_own_words() {
    let gateway = TestGateway::builder().config(ALLOWED).start();
    let mut op = admin(&gateway).await;
    let grab = [&QUIET[..], &["-f", "x11grab", "-i", ":77", "-frames:v", "1", "FILE"]].concat();
    let cases: [(&str, bool, &[&str], &[&str]); 4] = [
        ("maim", false, &["FILE"], &["screen.snapshot"]),
        ("import", false, &["-silent", "-window", "root", "FILE"], &["screen.snapshot"]),
        ("ffmpeg", false, &grab, &["screen.record", "screen.snapshot"]),
        ("grim", true, &["FILE"], &["screen.snapshot"]),
    ];
    for (program, is_wayland, words, commands) in cases {
        // On Wayland the programs of X11 see nothing.
        let programs = if is_wayland { StandIns::of(&[program, "scrot", "ffmpeg"]) } else { StandIns::of(&[program]) };
        let node = InProcessNode::start(&gateway, |options| {
            options.desktop_env = programs.desktop();
            if is_wayland {
                options.desktop_env.insert("WAYLAND_DISPLAY".to_owned(), "wayland-0".to_owned());
            }
        });
        node.connected().await;
        assert_eq!(offered(&mut op, &node.id).await, commands, "{program}");
        let shot = done(&mut op, &node.id, "screen.snapshot", json!({})).await;
        assert_eq!(shot["base64"], STANDARD.encode(format!("by {program}")));
        assert_eq!(programs.words(program, ".png"), owned(words), "{program}");
    }
    // Programs alone are no screen.
    let programs = StandIns::of(&["scrot", "ffmpeg", "grim", "xdg-open", "notify-send"]);
    let path = BTreeMap::from([("PATH".to_owned(), programs.path().to_owned())]);
    let node = InProcessNode::start(&gateway, |options| options.desktop_env = path);
    node.connected().await;
    assert_eq!(offered(&mut op, &node.id).await, [] as [String; 0]);
}

/// Two cameras, of which one has two files as cameras have; and something else.
fn cameras(options: &NodeOptions) {
    let folders = &options.cameras;
    std::fs::create_dir_all(&folders.devices).unwrap();
    for (name, index, called) in [("video0", 0, "Front"), ("video1", 1, "Front"), ("video2", 0, "Desk")] {
        std::fs::write(folders.devices.join(name), "").unwrap();
        std::fs::create_dir_all(folders.facts.join(name)).unwrap();
        std::fs::write(folders.facts.join(name).join("index"), format!("{index}\n")).unwrap();
        std::fs::write(folders.facts.join(name).join("name"), format!("{called}\n")).unwrap();
    }
    std::fs::write(folders.devices.join("sda"), "").unwrap();
}

/// A computer with two cameras, and what its devices are called.
async fn with_cameras(gateway: &TestGateway, programs: &StandIns) -> (InProcessNode, [String; 2]) {
    let mut devices = [String::new(), String::new()];
    let node = InProcessNode::start(gateway, |options| {
        options.desktop_env = programs.desktop();
        cameras(options);
        devices = ["video0", "video2"].map(|name| options.cameras.devices.join(name).to_str().unwrap().to_owned());
    });
    node.connected().await;
    (node, devices)
}

/// Cameras are listed by name; a picture and a film are of the camera that was meant, and of no other file.
#[tokio::test]
async fn cameras_take_pictures_and_films() {
    let programs = StandIns::of(&["ffmpeg"]);
    let gateway = TestGateway::builder().config(ALLOWED).start();
    let (node, [front, desk]) = with_cameras(&gateway, &programs).await;
    let (mut op, id) = (admin(&gateway).await, node.id.clone());
    let listed = done(&mut op, &id, "camera.list", json!({})).await;
    let row = |id: &str, name: &str| json!({"id": id, "name": name, "position": "unknown"});
    assert_eq!(listed, json!({"devices": [row(&front, "Front"), row(&desk, "Desk")]}));

    let shot = done(&mut op, &id, "camera.snap", json!({})).await;
    assert_eq!(shot, json!({"format": "jpg", "base64": STANDARD.encode("by ffmpeg"), "deviceId": front}));
    let picture = |device: &str, scale: &str, quality: &str| {
        let of = ["-f", "v4l2", "-i", device, "-frames:v", "1", "-vf", scale, "-q:v", quality, "FILE"];
        owned(&[&QUIET[..], &of].concat())
    };
    assert_eq!(programs.words("ffmpeg", ".jpg"), picture(&front, "scale='min(1600,iw)':-2", "5"));
    let of_desk = json!({"deviceId": desk, "maxWidth": 20_000, "quality": 7});
    assert_eq!(done(&mut op, &id, "camera.snap", of_desk).await["deviceId"], desk.as_str());
    assert_eq!(programs.words("ffmpeg", ".jpg"), picture(&desk, "scale='min(7680,iw)':-2", "2"));
    let film = done(&mut op, &id, "camera.clip", json!({"durationMs": 250, "deviceId": desk})).await;
    assert_eq!(
        (&film["format"], &film["durationMs"], &film["hasAudio"]),
        (&json!("mp4"), &json!(250.0), &json!(false))
    );
    assert_eq!(film["base64"], STANDARD.encode("by ffmpeg"));
    let of = ["-f", "v4l2", "-i", desk.as_str(), "-t", "0.25", "-an", "-pix_fmt", "yuv420p", "FILE"];
    assert_eq!(programs.words("ffmpeg", ".mp4"), [&QUIET[..], &of].concat());

    for (command, params, field) in [
        ("camera.snap", json!({"deviceId": "/etc/passwd"}), "deviceId"),
        ("camera.snap", json!({"deviceId": front.replace("video0", "video1")}), "deviceId"),
        ("camera.snap", json!({"maxWidth": -1}), "camera.snap params"),
        ("camera.clip", json!({"durationMs": 0}), "durationMs"),
        ("camera.clip", json!({"durationMs": 60_001}), "durationMs"),
    ] {
        let (code, why) = declined(&mut op, &id, command, params).await;
        assert!(code == "INVALID_REQUEST" && why.contains(field), "{code}: {why}");
    }
    assert_eq!(programs.called("ffmpeg"), None);
    // Unplugged since.
    for device in [&front, &desk] {
        std::fs::remove_file(device).unwrap();
    }
    let (code, why) = declined(&mut op, &id, "camera.snap", json!({})).await;
    assert_eq!((code.as_str(), why.as_str()), ("UNSUPPORTED", "no camera is connected"));
    assert_nothing_kept(&node.scratch());
}

/// What is more than the gateway takes is not sent, and not read into memory either.
#[tokio::test]
async fn a_recording_that_is_too_large_is_refused() {
    let programs = StandIns::of(&[]);
    programs.does("ffmpeg", "/usr/bin/truncate -s 100M \"$last\"");
    let gateway = TestGateway::builder().config(ALLOWED).start();
    let (node, _) = with_cameras(&gateway, &programs).await;
    let mut op = admin(&gateway).await;
    let (code, why) = declined(&mut op, &node.id, "camera.clip", json!({})).await;
    assert!(code == "PAYLOAD_TOO_LARGE" && why.contains("104857600 bytes"), "{code}: {why}");
    assert_nothing_kept(&node.scratch());
}

/// A program that does not end is ended, and what it had recorded is gone.
#[tokio::test]
async fn a_program_that_does_not_end_is_ended() {
    let programs = StandIns::of(&[]);
    let pid_file = programs.0.path().join("pid");
    let stays = format!("echo half > \"$last\"; echo $$ > '{}'; exec /bin/sleep 1000", pid_file.display());
    programs.does("ffmpeg", &stays);
    let gateway = TestGateway::builder().config(ALLOWED).start();
    let (node, _) = with_cameras(&gateway, &programs).await;
    let mut op = admin(&gateway).await;
    let mut call = invoke(&node.id, "camera.snap", json!({}));
    call["timeoutMs"] = json!(4_000);
    let error = op.err("node.invoke", call).await;
    assert_eq!(error["details"]["nodeError"]["code"], "TIMEOUT", "{error}");
    let pid = std::fs::read_to_string(pid_file).expect("it was started");
    let is_alive = || Command::new("kill").args(["-0", pid.trim()]).stderr(Stdio::null()).status().unwrap().success();
    until("the program to be ended", || (!is_alive()).then_some(())).await;
    let recorded = || std::fs::read_dir(node.scratch()).unwrap().count();
    until("what it recorded to be gone", || (recorded() == 0).then_some(())).await;
}
