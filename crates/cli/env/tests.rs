//! Resolution of environment and flags, over made-up values only.

use super::*;
use crate::exit::Exit;

fn flags() -> GlobalArgs {
    GlobalArgs { timeout: Some(10_000), ..GlobalArgs::default() }
}

#[track_caller]
fn resolve(variables: &[(&str, &str)]) -> Settings {
    Settings::resolve(&Environment::made_up(variables), &flags()).unwrap()
}

#[track_caller]
fn refused(variables: &[(&str, &str)], flags: &GlobalArgs) -> String {
    let failure = Settings::resolve(&Environment::made_up(variables), flags).unwrap_err();
    assert_eq!(failure.exit, Exit::Usage);
    failure.message
}

#[test]
fn nothing_set_means_the_defaults() {
    let settings = resolve(&[]);
    assert_eq!(settings.state_dir, Path::new("/home/ada/.postern"));
    assert_eq!((settings.default_port, settings.port), (18789, None));
    assert_eq!((settings.profile, settings.config_path, settings.url), (None, None, None));
    assert!(settings.token.is_none() && settings.password.is_none());
    assert_eq!(settings.credentials, CredentialsChoice::Auto);
    assert_eq!(settings.limits, LimitSettings::default());
    assert!(settings.colour);
}

#[test]
fn own_names_win_over_aliases_and_blank_is_unset() {
    let settings = resolve(&[
        ("CLAWDBOT_STATE_DIR", "/c"),
        ("OPENCLAW_STATE_DIR", "/o"),
        ("POSTERN_STATE_DIR", " "),
        ("POSTERN_GATEWAY_PORT", "1"),
        ("OPENCLAW_GATEWAY_PORT", "2"),
        ("CLAWDBOT_GATEWAY_TOKEN", "t"),
        ("CLAWDBOT_CONFIG_PATH", "~/c.json"),
        ("OPENCLAW_MAX_PREAUTH_CONNECTIONS_PER_IP", "3"),
    ]);
    assert_eq!(settings.state_dir, Path::new("/o"));
    assert_eq!((settings.port, settings.limits.preauth_per_ip), (Some(1), Some(3)));
    assert_eq!(settings.token.unwrap().by, "CLAWDBOT_GATEWAY_TOKEN");
    assert_eq!(settings.config_path.unwrap(), Path::new("/home/ada/c.json"));
}

#[test]
fn the_old_prefix_counts_only_where_the_contract_marks_it() {
    let settings = resolve(&[
        ("CLAWDBOT_GATEWAY_URL", "ws://a"),
        ("CLAWDBOT_PROFILE", "x"),
        ("OPENCLAW_TICK_INTERVAL_MS", "5"),
        ("OPENCLAW_CREDENTIALS", "nonsense"),
    ]);
    assert_eq!((settings.url, settings.profile, settings.limits.tick_interval), (None, None, None));
}

#[test]
fn flags_win_over_the_environment_and_are_remembered_as_the_source() {
    let variables =
        [("POSTERN_GATEWAY_TOKEN", "env"), ("OPENCLAW_GATEWAY_URL", "ws://env"), ("POSTERN_PROFILE", "env")];
    let flags = GlobalArgs {
        token: Some("flag".into()),
        url: Some("flag:7".into()),
        profile: Some("flag".into()),
        timeout: Some(250),
        ..GlobalArgs::default()
    };
    let settings = Settings::resolve(&Environment::made_up(&variables), &flags).unwrap();
    let token = settings.token.unwrap();
    assert_eq!((token.value.expose(), token.by.as_str()), ("flag", "--token"));
    assert_eq!(settings.url.unwrap(), Given { value: "ws://flag:7".into(), by: "--url".into() });
    assert_eq!(settings.state_dir, Path::new("/home/ada/.postern-flag"));
    assert_eq!(settings.timeout, Duration::from_millis(250));
}

#[test]
fn addresses_are_read_in_the_forms_people_paste() {
    for (text, want) in [
        ("ws://h:1/p", "ws://h:1/p"),
        ("wss://h", "wss://h"),
        ("http://h:1", "ws://h:1"),
        ("https://h", "wss://h"),
        ("h:1", "ws://h:1"),
    ] {
        assert_eq!(resolve(&[("POSTERN_GATEWAY_URL", text)]).url.unwrap().value, want);
    }
    assert!(refused(&[("POSTERN_GATEWAY_URL", "ftp://h")], &flags()).contains("POSTERN_GATEWAY_URL: `ftp://h`"));
    assert!(refused(&[("OPENCLAW_GATEWAY_URL", "ws://")], &flags()).contains("OPENCLAW_GATEWAY_URL"));
}

#[test]
fn profiles_have_their_own_state_and_port() {
    let work = resolve(&[("OPENCLAW_PROFILE", "work")]);
    let play = resolve(&[("POSTERN_PROFILE", "play-2")]);
    assert_eq!(work.state_dir, Path::new("/home/ada/.postern-work"));
    assert_ne!(work.default_port, play.default_port);
    assert_eq!(resolve(&[("POSTERN_PROFILE", "default")]).state_dir, Path::new("/home/ada/.postern"));
    let both = resolve(&[("POSTERN_PROFILE", "work"), ("POSTERN_STATE_DIR", "/srv/p")]);
    assert_eq!((both.state_dir.as_path(), both.default_port), (Path::new("/srv/p"), work.default_port));
    for wrong in ["Work", "a b", "../x", "ü", "x".repeat(33).as_str()] {
        let flags = GlobalArgs { profile: Some(wrong.into()), ..flags() };
        assert!(refused(&[], &flags).contains("--profile"), "{wrong}");
    }
}

#[test]
fn profile_ports_never_change() {
    // Written down, because people put them into firewalls and bookmarks.
    assert_eq!(profile_port(None), 18789);
    assert_eq!(profile_port(Some("work")), 22009);
    assert_eq!(profile_port(Some("dev")), 23209);
    for number in 0..5000 {
        let port = profile_port(Some(&format!("p{number}")));
        assert!((18809..=26789).contains(&port) && (port - 18789).is_multiple_of(20), "{port}");
    }
}

#[test]
fn mistakes_name_the_variable() {
    for (name, value) in [
        ("POSTERN_GATEWAY_PORT", "seven"),
        ("CLAWDBOT_GATEWAY_PORT", "70000"),
        ("POSTERN_CREDENTIALS", "vault"),
        ("POSTERN_HANDSHAKE_TIMEOUT_MS", "0"),
        ("POSTERN_TICK_INTERVAL_MS", "-1"),
        ("OPENCLAW_MAX_PREAUTH_CONNECTIONS_PER_IP", "many"),
    ] {
        let message = refused(&[(name, value)], &flags());
        assert!(message.contains(name) && message.contains(value), "{message}");
    }
}

#[test]
fn without_a_home_the_state_folder_must_be_named() {
    let homeless = Environment { home: None, ..Environment::made_up(&[]) };
    assert!(Settings::resolve(&homeless, &flags()).unwrap_err().hint.unwrap().contains("POSTERN_STATE_DIR"));
    let named = Environment { home: None, ..Environment::made_up(&[("POSTERN_STATE_DIR", "/s")]) };
    assert_eq!(Settings::resolve(&named, &flags()).unwrap().state_dir, Path::new("/s"));
    let moved = Environment { home: None, ..Environment::made_up(&[("OPENCLAW_HOME", "/elsewhere")]) };
    assert_eq!(Settings::resolve(&moved, &flags()).unwrap().state_dir, Path::new("/elsewhere/.postern"));
}

#[test]
fn no_color_and_dumb_terminals_are_respected() {
    assert!(!Environment::made_up(&[("NO_COLOR", "1")]).colour());
    assert!(Environment::made_up(&[("NO_COLOR", "")]).colour());
    assert!(!Environment::made_up(&[("TERM", "dumb")]).colour());
    assert!(Environment::made_up(&[("TERM", "xterm")]).colour());
}

#[test]
fn secrets_do_not_show_in_debug_output() {
    let settings = resolve(&[("POSTERN_GATEWAY_TOKEN", "canary-1"), ("POSTERN_GATEWAY_PASSWORD", "canary-2")]);
    assert!(!format!("{settings:?}").contains("canary"));
}

#[test]
#[cfg(not(windows))]
fn commands_of_agents_get_no_setting_and_no_secret_of_this_program() {
    let settings = resolve(&[
        ("PATH", "/bin"),
        ("LC_TIME", "de_DE.UTF-8"),
        ("TERM", "xterm"),
        ("POSTERN_GATEWAY_TOKEN", "t"),
        ("OPENCLAW_PROFILE", "work"),
        ("OPENAI_API_KEY", "sk"),
        ("SSH_AUTH_SOCK", "/s"),
        ("LD_PRELOAD", "/x.so"),
    ]);
    let names: Vec<&str> = settings.command_env.keys().map(String::as_str).collect();
    assert_eq!(names, ["HOME", "LC_TIME", "PATH", "TERM"]);
    assert_eq!(settings.command_env["HOME"], "/home/ada");
}
