use super::*;
use std::path::PathBuf;

fn plan(manager: ServiceManagerKind, program: &str) -> Plan {
    Plan {
        unit: Unit::Gateway,
        manager,
        scope: ServiceScope::User,
        user: None,
        profile: Some("work".into()),
        program: PathBuf::from(program),
        args: vec!["gateway".into(), "--supervised".into(), "--profile".into(), "work".into()],
        variables: vec![("POSTERN_STATE_DIR".into(), "/home/a b/50% $x \"q\" \\".into())],
        state_dir: PathBuf::from("/home/a b/<state> & co"),
        waits_longer: true,
    }
}

#[test]
fn words_of_a_unit_mean_themselves() {
    let text = definition(&plan(ServiceManagerKind::Systemd, "/opt/my tools/postern"));
    assert!(text.contains("ExecStart=\"/opt/my tools/postern\" gateway --supervised --profile work\n"), "{text}");
    assert!(text.contains("Environment=\"POSTERN_STATE_DIR=/home/a b/50%% $$x \\\"q\\\" \\\\\"\n"), "{text}");
    assert!(text.contains("Type=notify\n") && text.contains("Restart=always\n"), "{text}");
    assert!(text.contains("StartLimitIntervalSec=0\n") && text.contains("WantedBy=default.target\n"), "{text}");
    assert!(text.contains("RestartSteps=6\n"), "{text}");
    let older = definition(&Plan { waits_longer: false, ..plan(ServiceManagerKind::Systemd, "/p") });
    assert!(older.contains("RestartSec=3\n") && !older.contains("RestartSteps"), "{older}");
    assert!(!text.contains("User=") && !text.contains("PATH="), "{text}");
    let machine =
        Plan { scope: ServiceScope::System, user: Some("ada".into()), ..plan(ServiceManagerKind::Systemd, "/p") };
    let text = definition(&machine);
    assert!(text.contains("User=ada\n") && text.contains("WantedBy=multi-user.target\n"), "{text}");
    assert_eq!(user(&text).as_deref(), Some("ada"));
    let list = definition(&Plan { manager: ServiceManagerKind::Launchd, ..machine });
    assert_eq!(user(&list).as_deref(), Some("ada"));
    assert_eq!(user(&definition(&plan(ServiceManagerKind::Systemd, "/p"))), None);
}

#[test]
fn a_property_list_says_where_it_logs_and_when_it_comes_back() {
    let text = definition(&plan(ServiceManagerKind::Launchd, "/opt/postern"));
    assert!(text.contains("<string>dev.postern.gateway-work</string>"), "{text}");
    assert!(text.contains("<string>/home/a b/&lt;state&gt; &amp; co/logs/service.log</string>"), "{text}");
    assert!(text.contains("<key>SuccessfulExit</key>\n\t\t<false/>") && !text.contains("/dev/null"), "{text}");
}

#[test]
fn windows_starts_it_at_sign_in_without_a_window_and_without_an_administrator() {
    let text = definition(&plan(ServiceManagerKind::Windows, r"C:\Program Files\Postern\postern.exe"));
    assert_eq!(
        text,
        "conhost.exe --headless \"C:\\Program Files\\Postern\\postern.exe\" service supervise --profile work"
    );
    assert!(RUN_KEY.starts_with("HKCU\\"));
}
