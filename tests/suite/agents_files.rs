//! The files that shape an agent, and the commands of a chat (`methods.md §2, §4`).

use serde_json::{Value, json};

use crate::harness::{Client, Device, TestGateway, assert_keys, files_below};

const ADMIN: &[&str] = &["operator.admin"];
const NAMES: [&str; 8] =
    ["AGENTS.md", "SOUL.md", "TOOLS.md", "IDENTITY.md", "USER.md", "HEARTBEAT.md", "BOOTSTRAP.md", "MEMORY.md"];

async fn set(admin: &mut Client, name: &str, content: &str) -> Result<Value, Value> {
    admin.call("agents.files.set", json!({"agentId": "main", "name": name, "content": content})).await
}

async fn get(admin: &mut Client, name: &str) -> Value {
    admin.ok("agents.files.get", json!({"agentId": "main", "name": name})).await
}

/// what is set comes back byte for byte; the list says what is there.
#[tokio::test]
async fn files_are_listed_read_and_written() {
    let gateway = TestGateway::start();
    let mut admin = gateway.op(&Device::new("admin"), ADMIN).await;
    let folder = gateway.state_dir().join("workspace");
    let list = admin.ok("agents.files.list", json!({"agentId": "main"})).await;
    assert_keys(&list, &["agentId", "workspace", "files"]);
    assert_eq!((&list["agentId"], &list["workspace"]), (&json!("main"), &json!(folder.display().to_string())));
    let files = list["files"].as_array().unwrap();
    assert_eq!(files.iter().map(|file| file["name"].as_str().unwrap()).collect::<Vec<_>>(), NAMES);
    for file in files {
        let missing = file["name"] == "BOOTSTRAP.md";
        assert_eq!(file["missing"], json!(missing), "{file}");
        let keys: &[_] =
            if missing { &["name", "path", "missing"] } else { &["name", "path", "missing", "size", "updatedAtMs"] };
        assert_keys(file, keys);
    }
    let text = "# Soul\r\n🦊 \u{0}\n\nno newline at the end";
    let written = set(&mut admin, "SOUL.md", text).await.unwrap();
    assert_keys(&written, &["ok", "agentId", "workspace", "file"]);
    let read = get(&mut admin, "SOUL.md").await;
    assert_keys(&read, &["agentId", "workspace", "file"]);
    assert_eq!((&read["file"], &read["file"]["content"]), (&written["file"], &json!(text)));
    assert_eq!(std::fs::read_to_string(folder.join("SOUL.md")).unwrap(), text);
    let bootstrap = get(&mut admin, "BOOTSTRAP.md").await["file"].clone();
    assert_keys(&bootstrap, &["name", "path", "missing"]);
    set(&mut admin, "BOOTSTRAP.md", "hello").await.unwrap();
    assert_eq!(get(&mut admin, "BOOTSTRAP.md").await["file"]["content"], "hello");
    let gateway = gateway.restart();
    let mut admin = gateway.op(&Device::new("admin"), ADMIN).await;
    assert_eq!(get(&mut admin, "SOUL.md").await["file"]["content"], text);
}

/// no other name is a file, however it is written.
#[tokio::test]
async fn only_the_fixed_names_are_files() {
    let gateway = TestGateway::start();
    let mut admin = gateway.op(&Device::new("admin"), ADMIN).await;
    admin.ok("agents.files.list", json!({"agentId": "main"})).await;
    let before = files_below(&gateway.state_dir().join("workspace"));
    let long = "a".repeat(5_000);
    for name in [
        "",
        "soul.md",
        "SOUL.md/",
        "./SOUL.md",
        "../SOUL.md",
        "../postern.sqlite",
        "/etc/passwd",
        "SOUL.md\u{0}",
        "SOUL.md ",
        "..\\SOUL.md",
        "a/SOUL.md",
        "ＳＯＵＬ.md",
        "SOUL.md:stream",
        &long,
    ] {
        let error = set(&mut admin, name, "mine").await.unwrap_err();
        assert_eq!(error["code"], "INVALID_REQUEST", "{name:?}: {error}");
        let error = admin.err("agents.files.get", json!({"agentId": "main", "name": name})).await;
        assert_eq!(error["code"], "INVALID_REQUEST", "{name:?}: {error}");
    }
    let error = set(&mut admin, "notes.txt", "x").await.unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("AGENTS.md"), "{error}");
    let error = set(&mut admin, "MEMORY.md", &"x".repeat(256 * 1024 + 1)).await.unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("262144"), "{error}");
    assert_eq!(files_below(&gateway.state_dir().join("workspace")), before);
}

/// a link in the place of a file is neither read nor written through.
#[cfg(unix)]
#[tokio::test]
async fn links_lead_nowhere() {
    let gateway = TestGateway::start();
    let mut admin = gateway.op(&Device::new("admin"), ADMIN).await;
    admin.ok("agents.files.list", json!({"agentId": "main"})).await;
    let folder = gateway.state_dir().join("workspace");
    let secret = gateway.state_dir().join("secret.txt");
    std::fs::write(&secret, "the secret").unwrap();
    for (name, target) in [("SOUL.md", secret.as_path()), ("USER.md", "/etc/passwd".as_ref())] {
        std::fs::remove_file(folder.join(name)).unwrap();
        std::os::unix::fs::symlink(target, folder.join(name)).unwrap();
        let read = admin.err("agents.files.get", json!({"agentId": "main", "name": name})).await;
        assert!(read["message"].as_str().unwrap().contains("not a regular file"), "{read}");
        assert!(!read.to_string().contains("the secret"));
        set(&mut admin, name, "mine").await.unwrap_err();
    }
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), "the secret");
}

/// A workspace is its owner's alone.
#[cfg(unix)]
#[tokio::test]
async fn workspaces_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let gateway = TestGateway::start();
    let mut admin = gateway.op(&Device::new("admin"), ADMIN).await;
    admin.ok("agents.create", json!({"name": "Nova"})).await;
    set(&mut admin, "SOUL.md", "x").await.unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for name in ["workspace", "workspace-nova"] {
        let folder = gateway.state_dir().join(name);
        assert_eq!(mode(&folder), 0o700, "{name}");
        for file in files_below(&folder) {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
    }
}

/// commands.list: every command with what can be typed.
#[tokio::test]
async fn commands_are_listed() {
    let gateway = TestGateway::start();
    let mut op = gateway.op(&Device::new("op"), &["operator.read"]).await;
    let commands = op.ok("commands.list", json!({})).await["commands"].as_array().unwrap().clone();
    let names: Vec<_> = commands.iter().map(|command| command["name"].as_str().unwrap()).collect();
    for name in ["help", "status", "model", "new", "stop", "usage", "think", "pair", "approve", "resume"] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    let think = commands.iter().find(|command| command["name"] == "think").unwrap();
    let choice = |word: &str| json!({"value": word, "label": word});
    let choices: Vec<_> = ["off", "minimal", "low", "medium", "high", "xhigh", "default"].map(choice).into();
    let want = json!({
        "name": "think", "nativeName": "think", "textAliases": ["/think", "/thinking", "/t"],
        "description": "Shows or sets how long the model may think", "category": "options", "source": "native",
        "scope": "both", "acceptsArgs": true,
        "args": [{"name": "level", "description": "How long the model may think", "type": "string", "choices": choices}],
    });
    assert_eq!(think, &want);
    let params = json!({"includeArgs": false, "scope": "text", "agentId": "main", "provider": null});
    let short = op.ok("commands.list", params).await["commands"].as_array().unwrap().clone();
    assert_eq!(short.len(), commands.len());
    assert!(short.iter().all(|command| command.get("args").is_none()));
    assert_eq!(op.err("commands.list", json!({"agentId": "nobody"})).await["code"], "INVALID_REQUEST");
}
