//! The files that define the service, read by the platforms' own readers (O-04, O-05; DEMAND P1, P6).

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::harness::run;

const STATE: &str = "/home/ada/state & \"co\" 50% $HOME";

#[track_caller]
fn definition(args: &[&str]) -> String {
    let args = [&["service", "install", "--dry-run", "--json"], args].concat();
    let printed = run(&args, &[("POSTERN_STATE_DIR", STATE)]);
    assert_eq!(printed.code, 0, "{printed:?}");
    printed.json()["definition"].as_str().unwrap().to_owned()
}

/// O-05: systemd itself finds nothing to say about the unit, neither the user's nor the machine's.
#[cfg(target_os = "linux")]
#[test]
fn systemd_reads_the_unit_without_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("postern.service");
    for (args, scope) in [
        (&["--manager", "systemd"][..], "--user"),
        (&["--manager", "systemd", "--system", "--user", "root"], "--system"),
    ] {
        let unit = definition(args);
        fs::write(&file, &unit).unwrap();
        let mut verify = Command::new("systemd-analyze");
        verify.args([scope, "verify", file.to_str().unwrap()]).env("XDG_RUNTIME_DIR", folder.path());
        let said = verify.output().expect("systemd-analyze is needed: scripts/setup.sh systemd");
        let words = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.status.success() && !words.contains("postern.service"), "{scope}: {words}\n{unit}");
        // It would have found a mistake.
        fs::write(&file, unit.replace("KillMode=mixed", "KillMode=kindly")).unwrap();
        let said = Command::new("systemd-analyze")
            .args([scope, "verify", file.to_str().unwrap()])
            .env("XDG_RUNTIME_DIR", folder.path())
            .output()
            .unwrap();
        assert!(String::from_utf8_lossy(&said.stderr).contains("kindly"), "{said:?}");
    }
}

/// O-04: the property list is one, and means what it should.
#[test]
fn the_property_list_can_be_read() {
    let text = definition(&["--manager", "launchd"]);
    let list: plist::Value = plist::from_bytes(text.as_bytes()).unwrap();
    let list = list.as_dictionary().unwrap();
    assert_eq!(list["Label"].as_string(), Some("dev.postern.gateway"));
    let words: Vec<&str> =
        list["ProgramArguments"].as_array().unwrap().iter().filter_map(plist::Value::as_string).collect();
    let program = fs::canonicalize(env!("CARGO_BIN_EXE_postern")).unwrap();
    assert_eq!(words, [program.to_str().unwrap(), "gateway", "--supervised"]);
    let keep_alive = list["KeepAlive"].as_dictionary().unwrap();
    assert_eq!(keep_alive["SuccessfulExit"].as_boolean(), Some(false), "back after a crash, not after a stop");
    assert_eq!(list["RunAtLoad"].as_boolean(), Some(true));
    // P1: what it says last is kept.
    let log = format!("{STATE}/logs/service.log");
    assert_eq!(
        (list["StandardErrorPath"].as_string(), list["StandardOutPath"].as_string()),
        (Some(&*log), Some(&*log))
    );
    let variables = list["EnvironmentVariables"].as_dictionary().unwrap();
    let names: Vec<&String> = variables.keys().collect();
    assert_eq!(names, ["POSTERN_STATE_DIR", "POSTERN_CREDENTIALS"], "no PATH, no secret");
    assert_eq!(variables["POSTERN_STATE_DIR"].as_string(), Some(STATE));
}

/// P6: on Windows nothing needs an administrator, nothing shows a window, nothing ends after three days.
#[test]
fn windows_starts_it_for_its_user_without_a_window() {
    let entry = definition(&["--manager", "windows", "--profile", "work"]);
    let program = fs::canonicalize(env!("CARGO_BIN_EXE_postern")).unwrap();
    let wanted = format!("conhost.exe --headless {} service supervise --profile work", program.display());
    assert_eq!(entry, wanted);
}

/// Nobody answers for systemd on a machine without it: told so, and nothing is written.
#[cfg(target_os = "linux")]
#[test]
fn without_systemd_it_says_so_and_writes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let tools = tempfile::tempdir().unwrap();
    let env = [("HOME", home.path().to_str().unwrap()), ("PATH", tools.path().to_str().unwrap())];
    let refused = run(&["service", "install", "--json"], &env);
    assert_eq!(refused.code, 1, "{refused:?}");
    let error: Value = refused.json();
    assert!(error["error"]["message"].as_str().unwrap().contains("systemd does not answer"), "{error}");
    assert!(error["error"]["hint"].as_str().unwrap().contains("postern service install --dry-run"), "{error}");
    let node: Value = run(&["node", "install", "--json"], &env).json();
    assert!(node["error"]["hint"].as_str().unwrap().contains("`postern node install --dry-run`"), "{node}");
    assert!(!home.path().join(".config").exists());
}

/// A service of the machine lives in the folder of the user it runs as, never in that of root who installs it.
#[cfg(unix)]
#[test]
fn the_machines_service_lives_with_its_user() {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let fields = |line: &str| -> Vec<String> { line.split(':').map(str::to_owned).collect() };
    let user = users.lines().map(fields).find(|user| user.len() == 7 && user[0] == "daemon").unwrap();
    let (name, folder) = (user[0].as_str(), format!("{}/.postern", user[5]));
    let of = |manager: &str, more: &[&str]| {
        let args = ["service", "install", "--dry-run", "--json", "--manager", manager, "--system", "--user", name];
        let printed = run(&[&args[..], more].concat(), &[]);
        assert_eq!(printed.code, 0, "{printed:?}");
        printed.json()["definition"].as_str().unwrap().to_owned()
    };
    let unit = of("systemd", &[]);
    assert!(unit.contains(&format!("Environment=\"POSTERN_STATE_DIR={folder}\"\n").replace('"', "")), "{unit}");
    assert!(unit.contains(&format!("User={name}\n")), "{unit}");
    let work = of("systemd", &["--profile", "work"]);
    assert!(work.contains(&format!("POSTERN_STATE_DIR={folder}-work")), "{work}");
    let list: plist::Value = plist::from_bytes(of("launchd", &[]).as_bytes()).unwrap();
    let log = list.as_dictionary().unwrap()["StandardErrorPath"].as_string().unwrap().to_owned();
    assert_eq!(log, format!("{folder}/logs/service.log"));
    // A folder that was named is meant.
    let named = definition(&["--manager", "systemd", "--system", "--user", name]);
    assert!(named.contains("/home/ada/state"), "{named}");
    let nobody = run(&["service", "install", "--dry-run", "--system", "--user", "no-such-user-here"], &[]);
    assert_eq!(nobody.code, 2, "{nobody:?}");
    assert!(nobody.stderr.contains("no user `no-such-user-here`"), "{nobody:?}");
}
