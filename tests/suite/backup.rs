//! Backups (DEMAND F3): made while others write, without a secret in the clear, checked, fetched and brought, and
//! nothing half left behind.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::disk::room::Disk;
use postern_gateway::secrets::FileSecrets;

use crate::harness::{
    Caller, Cli, Client, Connect, Device, InProcess, TestGateway, files_below, run_with_input, until,
};

pub(super) const PASSPHRASE: &str = "four random words";

/// Runs the command on a state folder, without a word about any gateway.
pub(super) fn owner(state: &Path, args: &[&str], input: &str) -> Cli {
    run_with_input(args, &[("POSTERN_STATE_DIR", state.to_str().unwrap())], input)
}

/// Makes an encrypted backup of a state folder.
pub(super) fn sealed(state: &Path, out: &Path) -> Value {
    let made = owner(state, &["backup", "--out", out.to_str().unwrap(), "--passphrase-stdin", "--json"], PASSPHRASE);
    assert_eq!(made.code, 0, "{made:?}");
    made.json()
}

/// Every byte of an archive, and of everything that is packed in it.
fn unpacked(archive: &Path) -> Vec<u8> {
    let mut all = fs::read(archive).unwrap();
    // The files of one that is not encrypted are packed, so looking at its bytes alone would find nothing.
    let folder = tempfile::tempdir().unwrap();
    let script = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])";
    let python = std::process::Command::new("python3").args(["-c", script]).arg(archive).arg(folder.path()).status();
    assert!(python.unwrap().success(), "python3 unpacks the archive");
    for file in files_below(folder.path()) {
        all.extend(file.to_string_lossy().into_owned().into_bytes());
        fs::File::open(file).unwrap().read_to_end(&mut all).unwrap();
    }
    all
}

fn contains(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}

/// What a killed backup left goes at the start and at the next backup; a backup that runs keeps its folder.
#[tokio::test]
async fn what_killed_backups_left_goes() {
    let gateway = TestGateway::start();
    let shelf = gateway.state_dir().join("backups");
    let leave = |name: &str| {
        let folder = shelf.join(format!(".postern-backup-{name}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("database.sqlite"), "half of it").unwrap();
        (fs::File::create(folder.join("lock")).unwrap(), folder)
    };
    let (lock, running) = leave("runs");
    lock.lock().unwrap();
    let others = shelf.join(".postern-backup-notes");
    fs::write(&others, "a file of somebody else").unwrap();
    let (_, killed) = leave("killed");
    let early = shelf.join(".postern-backup-early");
    fs::create_dir(&early).unwrap();
    let gateway = gateway.restart();
    until("the start has removed it", || (!killed.exists() && !early.exists()).then_some(())).await;
    let (_, killed) = leave("killed");
    let mut client = gateway.op(&Device::new("desk"), &["operator.admin"]).await;
    client.ok("backup.create", json!({})).await;
    assert!(!killed.exists(), "the next backup removes it");
    assert!(running.join("database.sqlite").exists() && others.exists(), "neither is ours to remove");
}

/// Eight clients write while the archive is made: it is whole, and holds what was acknowledged before it began.
#[tokio::test]
async fn a_backup_is_whole_while_eight_clients_write() {
    let gateway = TestGateway::start();
    let mut first = gateway.op(&Device::new("desk"), &["operator.admin"]).await;
    first.ok("sessions.create", json!({"key": "agent:main:before"})).await;
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..8 {
        let endpoint = gateway.endpoint();
        writers.spawn(async move {
            let mut client = endpoint.op(&Device::new(&format!("writer {n}")), &["operator.admin"]).await;
            for round in 0..40 {
                let key = format!("agent:main:w{n}-{round}");
                client.ok("sessions.create", json!({ "key": key })).await;
            }
        });
    }
    let mut made = Vec::new();
    while made.len() < 3 {
        made.push(first.ok("backup.create", json!({"passphrase": PASSPHRASE})).await);
    }
    while let Some(ended) = writers.join_next().await {
        ended.unwrap();
    }
    for made in made {
        assert_eq!((&made["encrypted"], &made["hasSecrets"]), (&json!(true), &json!(true)), "{made}");
        let id = made["id"].as_str().unwrap();
        let verified = first.ok("backup.verify", json!({"id": id, "passphrase": PASSPHRASE})).await;
        assert_eq!(verified["opened"], true);
        assert!(verified["database"]["sessions"].as_u64().unwrap() >= 1, "{verified}");
        assert!(verified["secrets"].as_array().unwrap().contains(&json!("device-token-key")), "{verified}");
    }
    let listed = first.ok("backup.list", json!({})).await;
    assert_eq!(listed["backups"].as_array().unwrap().len(), 3, "{listed}");
    let names: Vec<_> = fs::read_dir(gateway.state_dir().join("backups")).unwrap().map(Result::unwrap).collect();
    assert_eq!(names.len(), 3, "nothing else is left there: {names:?}");
    #[cfg(unix)]
    for file in names {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

/// Without a passphrase nothing secret is in it, whatever holds the secret, and it says so; with one nothing can be read.
#[tokio::test]
async fn no_secret_is_in_the_clear() {
    let config = r#"{
        // canary-in-a-comment
        gateway: {auth: {token: "canary-of-the-configuration"}},
        mcp: {servers: {none: {command: "true", args: ["-p", "canary-of-an-argument"], env: {KEY: "canary-of-a-server"}}}},
        channels: {slack: {webhook: "canary-of-a-setting-from-elsewhere"}},
    }"#;
    let gateway = TestGateway::builder().no_token().config(config).start();
    let state = gateway.state_dir();
    for (file, text) in [
        ("workspace/.env", "canary-of-an-agent"),
        ("gateway/tls/gateway-key.pem", "canary-of-tls"),
        ("config-versions/x.json", r#"{"gateway":{"auth":{"token":"canary-of-a-version"}}}"#),
        ("credentials/model-key-anthropic", "canary-of-a-provider"),
        ("workspace/NOTES.md", "what the agent noted"),
    ] {
        let path = state.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let (open, closed) = (folder.path().join("open.zip"), folder.path().join("closed.zip"));
    let made = owner(&state, &["backup", "--out", open.to_str().unwrap(), "--json"], "").json();
    assert_eq!((&made["encrypted"], &made["hasSecrets"]), (&json!(false), &json!(false)));
    let bytes = unpacked(&open);
    assert!(contains(&bytes, "what the agent noted") && !contains(&bytes, "canary"));
    for name in ["device-token-key", "gateway-identity"] {
        let secret = fs::read_to_string(state.join("credentials").join(name)).unwrap();
        assert!(!contains(&bytes, &secret), "{name} is in it");
    }
    assert_eq!(made["redacted"][0], "gateway.auth.token", "{made}");
    assert!(made["leftOut"].to_string().contains("workspace/.env"), "{made}");
    let told = owner(&state, &["backup", "verify", open.to_str().unwrap()], "");
    assert!(told.stdout.contains("no keys and tokens") && told.stdout.contains("gateway.auth.token"), "{told:?}");

    assert_eq!(sealed(&state, &closed)["hasSecrets"], true);
    let bytes = unpacked(&closed);
    for hidden in ["canary", "what the agent noted", "NOTES.md", "workspace"] {
        assert!(!contains(&bytes, hidden), "{hidden} can be read");
    }
    assert!(!gateway.log().contains(PASSPHRASE));
}

/// Whatever is changed in an archive is found, and a wrong passphrase is told from damage.
#[tokio::test]
async fn a_changed_archive_is_refused() {
    let gateway = TestGateway::start();
    drop(gateway.op(&Device::new("desk"), &["operator.admin"]).await);
    let (state, folder) = (gateway.state_dir(), tempfile::tempdir().unwrap());
    let archive = folder.path().join("a.zip");
    sealed(&state, &archive);
    let check = |path: &Path, passphrase: &str| {
        owner(&state, &["backup", "verify", path.to_str().unwrap(), "--passphrase-stdin", "--json"], passphrase)
    };
    assert_eq!(check(&archive, PASSPHRASE).code, 0);
    let wrong = check(&archive, "four random word");
    assert!(wrong.code != 0 && wrong.stderr.contains("passphrase is wrong"), "{wrong:?}");
    let whole = fs::read(&archive).unwrap();
    let changed = folder.path().join("b.zip");
    for at in (0..whole.len()).step_by(whole.len() / 40) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x20;
        fs::write(&changed, &bytes).unwrap();
        let refused = check(&changed, PASSPHRASE);
        // Bytes that say nothing (times, comments) may change.
        let harmless = refused.code == 0 && refused.json()["entries"] == check(&archive, PASSPHRASE).json()["entries"];
        assert!(harmless || refused.code == 1 || refused.code == 2, "{at}: {refused:?}");
        assert!(!refused.stderr.contains("panicked"), "{at}: {refused:?}");
    }
    for length in [0, 10, whole.len() / 2, whole.len() - 1] {
        fs::write(&changed, &whole[..length]).unwrap();
        let refused = check(&changed, PASSPHRASE);
        assert!(refused.code == 1 && refused.stderr.contains("not a whole backup"), "{length}: {refused:?}");
    }
}

/// Archives that were never made here: names that lead out, links, two files of one name, a newer format, bombs.
#[test]
fn a_hostile_archive_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let maker = r#"
import sys, zipfile, json, hashlib
out, kind = sys.argv[1], sys.argv[2]
name = {"slip": "state/../../evil", "absolute": "/etc/evil", "backslash": "state/..\\evil", "credentials": "state/credentials/gateway-token", "case": "state/Credentials/gateway-token", "config": "config.json5"}.get(kind, "state/a")
data = b"x" * (2 if kind != "bomb" else 600_000_000) if kind != "config" else b"{gateway: {port: 1}} // \xff\xfe"
entries = [{"name": name, "stored": "state/a", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}]
if kind == "twice": entries.append(dict(entries[0]))
contents = json.dumps({"entries": entries, "workspaces": [{"agent": "../x", "folder": "/"}] if kind == "agent" else []}).encode()
manifest = {"format": 9 if kind == "newer" else 1, "product": "postern", "version": "9.9.9", "id": "i", "createdAtMs": 1, "host": "h",
  "secrets": False, "entries": len(entries), "bytes": sum(e["bytes"] for e in entries), "contentsSha256": hashlib.sha256(contents).hexdigest()}
z = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)
info = zipfile.ZipInfo("state/a"); info.compress_type = zipfile.ZIP_DEFLATED
info.external_attr = (0o120777 if kind == "link" else 0o100600) << 16; info.create_system = 3
z.writestr(info, data)
if kind == "twice": z.writestr("b", data)
z.writestr("contents", contents); z.writestr("manifest.json", json.dumps(manifest))
if kind == "more": z.writestr("state/more", b"more")
z.close()
"#;
    for (kind, why) in [
        ("slip", "no name of a file"),
        ("absolute", "no name of a file"),
        ("backslash", "no name of a file"),
        ("credentials", "none of a backup's business"),
        ("case", "none of a backup's business"),
        ("config", "its configuration is no text"),
        ("twice", "twice"),
        ("link", "no plain file"),
        ("agent", "cannot be one"),
        ("more", "more or fewer files"),
        ("bomb", "far more than it can hold"),
        ("newer", "install the newer release"),
    ] {
        let archive = folder.path().join(format!("{kind}.zip"));
        let made =
            std::process::Command::new("python3").args(["-W", "ignore", "-c", maker]).arg(&archive).arg(kind).status();
        assert!(made.unwrap().success());
        let state = folder.path().join(format!("state-{kind}"));
        let refused = owner(&state, &["restore", archive.to_str().unwrap(), "--yes", "--json"], "");
        assert!(refused.code == 1 && refused.stderr.contains(why), "{kind}: {refused:?}");
        let left: Vec<PathBuf> = if state.exists() { files_below(&state) } else { Vec::new() };
        let ours = |path: &PathBuf| path.ends_with("gateway.lock") || path.ends_with("credentials/kept-in");
        assert!(left.iter().all(ours), "{kind}: {left:?}");
        if kind == "config" {
            let told = owner(&state, &["backup", "verify", archive.to_str().unwrap()], "").stdout;
            assert!(told.contains("no database") && !told.contains("whole"), "{told}");
        }
        assert!(!folder.path().join("evil").exists() && !folder.path().parent().unwrap().join("evil").exists());
    }
}

/// An archive goes out and comes back in pieces; what is no archive is not kept; only an admin may.
#[tokio::test]
async fn an_archive_travels_in_pieces() {
    let gateway = TestGateway::start();
    let mut admin = gateway.op(&Device::new("desk"), &["operator.admin"]).await;
    let made = admin.ok("backup.create", json!({})).await;
    let id = made["id"].as_str().unwrap().to_owned();
    let mut bytes = Vec::new();
    loop {
        let piece = admin.ok("backup.read", json!({"id": id, "offset": bytes.len(), "length": 7_000})).await;
        bytes.extend(STANDARD.decode(piece["data"].as_str().unwrap()).unwrap());
        if piece["done"] == true {
            assert_eq!(piece["total"], bytes.len());
            break;
        }
    }
    assert_eq!(bytes, fs::read(gateway.state_dir().join("backups").join(made["name"].as_str().unwrap())).unwrap());
    admin.ok("backup.remove", json!({ "id": id })).await;
    let gone = admin.err("backup.verify", json!({ "id": id })).await;
    assert!(gone["message"].as_str().unwrap().contains("there is no backup"), "{gone}");

    let half = bytes.len() / 2;
    let piece = |offset: usize, bytes: &[u8], done: bool| json!({"name": "from-elsewhere.zip", "offset": offset, "data": STANDARD.encode(bytes), "done": done});
    assert_eq!(admin.ok("backup.upload", piece(0, &bytes[..half], false)).await["received"], half);
    let wrong = admin.err("backup.upload", piece(half + 1, b"x", false)).await;
    assert!(wrong["message"].as_str().unwrap().contains(&half.to_string()), "{wrong}");
    let brought = admin.ok("backup.upload", piece(half, &bytes[half..], true)).await;
    assert_eq!((&brought["backup"]["id"], &brought["received"]), (&json!("from-elsewhere"), &json!(bytes.len())));
    admin.ok("backup.verify", json!({"id": "from-elsewhere"})).await;
    let refused = admin.err("backup.upload", piece(0, b"no archive", true)).await;
    assert!(refused["message"].as_str().unwrap().contains("not a whole backup"), "{refused}");
    for bad in ["../up.zip", "a.txt", ".zip"] {
        let refused = admin.err("backup.upload", json!({"name": bad, "offset": 0, "data": "", "done": false})).await;
        assert!(refused["message"].as_str().unwrap().contains("cannot be the name"), "{bad}: {refused}");
    }
    let short = admin.err("backup.create", json!({"passphrase": "short"})).await;
    assert_eq!(short["code"], "INVALID_REQUEST", "{short}");
    let mut reader = gateway.op(&Device::new("reader"), &["operator.read", "operator.write"]).await;
    for method in ["backup.create", "backup.list"] {
        assert_eq!(reader.err(method, json!({})).await["details"]["missingScope"], "operator.admin", "{method}");
    }
    assert!(admin.events("backup.progress").iter().any(|event| event["done"] == true));
}

/// A disk without room: the backup says so, and neither half an archive nor a working folder stays.
#[tokio::test]
async fn a_full_disk_leaves_nothing_half() {
    let gateway = TestGateway::start();
    drop(gateway.op(&Device::new("desk"), &["operator.admin"]).await);
    let filler = gateway.state_dir().join("workspace/large.bin");
    fs::create_dir_all(filler.parent().unwrap()).unwrap();
    let noise: Vec<u8> = (0..8_000_000).map(|_| rand::random::<u8>()).collect();
    fs::File::create(&filler).unwrap().write_all(&noise).unwrap();
    for disk in Disk::both() {
        let out = disk.folder.path().join("a.zip");
        let mut command = disk.inside();
        if disk.mount.is_none() {
            command.args(["prlimit", "--fsize=1000000:"]);
        }
        command.args([env!("CARGO_BIN_EXE_postern"), "backup", "--json", "--out"]).arg(&out);
        command.env_clear().env("PATH", std::env::var("PATH").unwrap()).env("HOME", disk.folder.path());
        command.env("POSTERN_CREDENTIALS", "file").env("POSTERN_STATE_DIR", gateway.state_dir());
        let ended = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(73), "{stderr}");
        assert!(stderr.contains("no space left"), "{stderr}");
        assert_eq!(files_below(&disk.seen()), Vec::<PathBuf>::new());
    }
}

/// Backups that are made by themselves: at once when none was made, and only as many as are to be kept.
#[tokio::test]
async fn scheduled_backups_are_made_and_pruned() {
    let gateway = crate::harness::InProcess::with(r#"{backup: {every: "24h", keep: 2}}"#, |_| {}).await;
    let services = gateway.running.services();
    for round in 0..4 {
        services.backups.make_due(services.config()).await;
        services.backups.make_due(services.config()).await;
        let listed = services.backups.list(&services.config()).await.unwrap();
        assert_eq!(listed.backups.len(), (round + 1).min(2), "one a day, two are kept");
        gateway.clock.advance_ms(86_400_000);
    }
    let mut desk = gateway.must(&Caller::local(), &Connect::operator(&Device::new("desk"), &["operator.admin"])).await;
    let listed = desk.ok("backup.list", json!({})).await;
    assert_eq!((&listed["backups"][0]["scheduled"], listed["nextAtMs"].is_i64()), (&json!(true), true), "{listed}");
}

/// Backups that are made by themselves carry keys only once a passphrase was set, which no argument and no answer shows;
/// one that was not made is told until one is.
#[tokio::test]
async fn scheduled_backups_have_a_passphrase_of_their_own() {
    let gateway = InProcess::with("{backup: {every: '1h', dir: 'kept'}}", |options| {
        options.secrets = std::sync::Arc::new(FileSecrets::open(&options.paths.state_dir.join("credentials")).unwrap());
    })
    .await;
    let services = gateway.running.services().clone();
    let state = services.paths.state_dir.clone();
    let mut admin = gateway.op(&Device::new("desk"), &["operator.admin"]).await;
    let listed = admin.ok("backup.list", json!({})).await;
    assert_eq!((&listed["scheduledHasSecrets"], &listed["problem"]), (&json!(false), &Value::Null), "{listed}");
    let check = async |admin: &mut Client| {
        admin.ok("doctor.run", json!({"ids": ["backups"]})).await["checks"][0]["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(check(&mut admin).await, "warn");

    // Somebody's file stands where the folder should be.
    fs::write(state.join("kept"), "no folder").unwrap();
    services.backups.make_due(services.config()).await;
    let warnings = admin.ok("status", json!({})).await["warnings"].to_string();
    assert!(warnings.contains("scheduled backup was not made"), "{warnings}");
    assert_eq!(check(&mut admin).await, "fail");

    let env = [("POSTERN_STATE_DIR", state.to_str().unwrap()), ("POSTERN_CREDENTIALS", "file")];
    let passphrase =
        |args: &[&str], input: &str| run_with_input(&[&["backup", "passphrase"], args].concat(), &env, input);
    let short = passphrase(&["--stdin"], "short");
    assert_eq!(short.code, 2, "{short:?}");
    let agent = [&env[..], &[("POSTERN_AGENT", "1")]].concat();
    assert_eq!(run_with_input(&["backup", "passphrase", "--stdin"], &agent, PASSPHRASE).code, 5);
    assert_eq!(passphrase(&[], PASSPHRASE).code, 2, "nobody is there to type it");
    let set = passphrase(&["--stdin", "--json"], PASSPHRASE);
    assert_eq!((set.code, set.json()["set"].clone()), (0, json!(true)), "{set:?}");
    assert!(!set.stdout.contains(PASSPHRASE) && !set.stderr.contains(PASSPHRASE), "{set:?}");

    fs::remove_file(state.join("kept")).unwrap();
    services.backups.make_due(services.config()).await;
    let listed = admin.ok("backup.list", json!({})).await;
    assert_eq!((&listed["scheduledHasSecrets"], &listed["problem"]), (&json!(true), &Value::Null), "{listed}");
    let made = &listed["backups"][0];
    assert_eq!((&made["scheduled"], &made["encrypted"]), (&json!(true), &json!(true)), "{made}");
    let archive = state.join("kept").join(made["name"].as_str().unwrap());
    let archive = archive.to_str().unwrap();
    let verified = run_with_input(&["backup", "verify", archive, "--passphrase-stdin", "--json"], &env, PASSPHRASE);
    assert_eq!(verified.json()["hasSecrets"], true, "{verified:?}");
    assert_eq!(check(&mut admin).await, "ok");
    assert!(!admin.ok("status", json!({})).await["warnings"].to_string().contains("backup"));

    assert_eq!(passphrase(&["--remove"], "").code, 0);
    assert_eq!(admin.ok("backup.list", json!({})).await["scheduledHasSecrets"], false);
}
