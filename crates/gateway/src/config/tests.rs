//! The configuration end to end: texts in, meaning, problems and warnings out.

mod mutations;
mod random;

use std::fs;
use std::net::Ipv4Addr;
use std::time::Duration;

use super::*;
use crate::options::Paths;
use crate::secrets::Secret;
use postern_protocol::chat::QueueMode;

struct Folder {
    _root: tempfile::TempDir,
    paths: Paths,
}

impl Folder {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let paths = Paths { state_dir: root.path().to_owned(), config_path: root.path().join("postern.json") };
        Self { _root: root, paths }
    }

    fn with(text: &str) -> Self {
        let folder = Self::new();
        folder.write(text);
        folder
    }

    fn write(&self, text: &str) {
        fs::write(&self.paths.config_path, text).unwrap();
    }

    fn load(&self) -> Loaded {
        load(&self.paths, &Overrides::default())
    }
}

#[track_caller]
fn config(text: &str) -> Config {
    let loaded = Folder::with(text).load();
    assert_eq!((loaded.problems, loaded.safe_mode), (vec![], false), "{text}");
    (*loaded.config).clone()
}

#[track_caller]
fn check_problem(text: &str, expect: &str) {
    let loaded = Folder::with(text).load();
    let problems: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
    assert!(loaded.safe_mode, "{text}");
    assert_eq!(problems, [expect], "{text}");
}

#[test]
fn everything_has_a_default() {
    let folder = Folder::new();
    let loaded = folder.load();
    assert_eq!((loaded.exists, loaded.safe_mode), (false, false));
    assert_eq!((&loaded.problems, &loaded.warnings), (&vec![], &vec![]));
    assert_eq!(loaded.hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let config = &*loaded.config;
    assert_eq!(*config, Config::default());
    assert_eq!((config.mode, config.port, config.bind), (GatewayMode::Local, 18789, Bind::Loopback));
    assert_eq!((config.auth.mode, &config.auth.token), (AuthMode::Token, &None));
    let rate = RateLimit {
        max_attempts: 10,
        window: Duration::from_secs(60),
        lockout: Duration::from_secs(300),
        exempt_loopback: true,
    };
    assert_eq!(config.auth.rate_limit, rate);
    assert_eq!(config.pairing, Pairing { auto_approve_local: true, trust_own_tailnet: false });
    assert!(config.control_ui.enabled && !config.control_ui.dangerously_disable_device_auth);
    assert_eq!((config.session.scope, config.session.main_key.as_str()), (SessionScope::PerSender, "main"));
    let [agent] = config.agents.as_slice() else { panic!("{:?}", config.agents) };
    assert_eq!((agent.id.as_str(), agent.is_default), ("main", true));
    let heartbeat = &agent.heartbeat;
    assert_eq!((heartbeat.enabled, heartbeat.every.as_str(), heartbeat.every_ms), (true, "30m", Some(1_800_000)));
    assert!(!folder.paths.last_good_config().exists());
}

#[test]
fn every_key_is_read() {
    let config = config(
        r#"{
          // JSON5 throughout
          gateway: {
            mode: 'remote', port: 0x4965, bind: "custom", customBindHost: "192.168.1.4",
            auth: { mode: "password", token: "tttt", password: "pppp",
              rateLimit: { maxAttempts: 3, windowMs: 1e3, lockoutMs: 0, exemptLoopback: false } },
            trustedProxies: ["10.0.0.2", "192.168.0.7/16", "::1"], allowRealIpFallback: true,
            controlUi: { enabled: false, basePath: "/postern/", root: "/srv/ui", allowedOrigins: ["https://Host:8443/"],
              allowInsecureAuth: true, dangerouslyDisableDeviceAuth: true,
              dangerouslyAllowHostHeaderOriginFallback: true },
            http: { securityHeaders: { strictTransportSecurity: " max-age=60; preload" } },
            nodes: { pairing: { autoApproveLocal: false } }, pairing: { trustOwnTailnet: true },
          },
          session: { scope: "global", mainKey: "Home" },
          agents: {
            defaults: { heartbeat: { every: "1h30m", target: "none", prompt: "Anything?" } },
            list: [{ id: "Work", name: "Worker" }, { id: "home", default: true }],
          },
        }"#,
    );
    assert_eq!((config.mode, config.port), (GatewayMode::Remote, 18789));
    assert_eq!(config.bind, Bind::Custom(Ipv4Addr::new(192, 168, 1, 4)));
    assert_eq!(config.auth.mode, AuthMode::Password);
    assert_eq!(config.auth.token, Some(Secret::new("tttt")));
    assert_eq!(config.auth.password, Some(Secret::new("pppp")));
    let rate = config.auth.rate_limit;
    assert_eq!((rate.max_attempts, rate.window, rate.lockout), (3, Duration::from_secs(1), Duration::ZERO));
    assert!(!rate.exempt_loopback && config.allow_real_ip_fallback);
    let proxies: Vec<String> = config.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(proxies, ["10.0.0.2/32", "192.168.0.0/16", "::1/128"]);
    let ui = ControlUi {
        enabled: false,
        base_path: "/postern".to_owned(),
        root: Some("/srv/ui".into()),
        allowed_origins: vec!["https://host:8443".to_owned()],
        allow_insecure_auth: true,
        dangerously_disable_device_auth: true,
        dangerously_allow_host_header_origin_fallback: true,
        embed_sandbox: EmbedSandbox::Strict,
        environment: None,
    };
    assert_eq!(config.control_ui, ui);
    assert_eq!(config.strict_transport_security.as_deref(), Some("max-age=60; preload"));
    assert_eq!(config.pairing, Pairing { auto_approve_local: false, trust_own_tailnet: true });
    assert_eq!(
        config.session,
        Session { scope: SessionScope::Global, main_key: "home".to_owned(), queue_mode: QueueMode::Followup }
    );
    let agents: Vec<_> = config.agents.iter().map(|a| (a.id.as_str(), a.name.as_deref(), a.is_default)).collect();
    assert_eq!(agents, [("work", Some("Worker"), false), ("home", None, true)]);
    assert_eq!(config.default_agent().unwrap().heartbeat.every_ms, Some(5_400_000));
    assert_eq!(config.default_agent().unwrap().heartbeat.prompt, "Anything?");
    assert!(!config.agents[0].heartbeat.enabled);
}

#[test]
fn null_is_absent_and_an_empty_file_is_empty() {
    for text in ["", " \n", "// nothing", "null", "{}", "\u{feff}{}", "{gateway: null, agents: {list: null}}"] {
        assert_eq!(config(text), Config::default(), "{text:?}");
    }
    assert_eq!(config(r#"{gateway: {port: null, bind: null, auth: {token: null, password: ""}}}"#), Config::default());
}

#[test]
fn unknown_keys_and_repeated_keys_warn_with_line_and_path() {
    let text = "{\n gateway: {\n  port: 1,\n  colour: 'red',\n  port: 2,\n },\n channels: { x: 1 },\n}";
    let loaded = Folder::with(text).load();
    assert_eq!(loaded.config.port, 2);
    let expect = [
        "line 5: gateway.port: written twice; the last one counts",
        "line 4: gateway.colour: not a setting of this version; ignored",
        "line 7: channels: not a setting of this version; ignored",
    ];
    assert_eq!(loaded.warnings, expect);
}

#[test]
fn all_problems_are_told_at_once_with_their_lines() {
    let text = "{\n gateway: {\n  port: '18789',\n  bind: 'wan',\n  auth: { token: 12345 },\n  nodes: [],\n },\n}";
    let problems: Vec<String> = parse(text).unwrap_err().iter().map(ToString::to_string).collect();
    let expect = [
        "line 3: gateway.port: must be a whole number from 0 to 65535, without quotes",
        r#"line 4: gateway.bind: must be one of "loopback", "lan", "tailnet", "auto", "custom""#,
        "line 5: gateway.auth.token: must be text in quotes",
        "line 6: gateway.nodes: must be a section: { … }",
    ];
    assert_eq!(problems, expect);
}

#[test]
fn wrong_shapes_are_told() {
    let auth = |inside: &str| format!("{{gateway: {{auth: {{{inside}}}}}}}");
    let whole = "must be a whole number, 1 or more, without quotes";
    let expect = [
        ("[]".to_owned(), "must be a section: { … }".to_owned()),
        (
            "{gateway: {port: 65536}}".to_owned(),
            "gateway.port: must be a whole number from 0 to 65535, without quotes".to_owned(),
        ),
        (
            "{gateway: {port: 1.5}}".to_owned(),
            "gateway.port: must be a whole number from 0 to 65535, without quotes".to_owned(),
        ),
        (
            "{gateway: {port: Infinity}}".to_owned(),
            "gateway.port: must be a whole number from 0 to 65535, without quotes".to_owned(),
        ),
        (
            "{gateway: {controlUi: {enabled: 'yes'}}}".to_owned(),
            "gateway.controlUi.enabled: must be true or false, without quotes".to_owned(),
        ),
        (
            "{gateway: {trustedProxies: '10.0.0.1'}}".to_owned(),
            "gateway.trustedProxies: must be a list: [ … ]".to_owned(),
        ),
        (
            "{gateway: {trustedProxies: [null]}}".to_owned(),
            "gateway.trustedProxies[0]: must be text in quotes".to_owned(),
        ),
        ("{agents: {list: [{id: 1}]}}".to_owned(), "agents.list[0].id: must be text in quotes".to_owned()),
        (
            auth("rateLimit: {maxAttempts: 0}"),
            format!("gateway.auth.rateLimit.maxAttempts: {}", whole.replace(", 1 or more", " from 1 to 4294967295")),
        ),
        (
            auth("rateLimit: {windowMs: 0}"),
            format!("gateway.auth.rateLimit.windowMs: {}", whole.replace(", 1 or more", " from 1 to 86400000")),
        ),
    ];
    for (text, message) in expect {
        check_problem(&text, &format!("line 1: {message}"));
    }
}

#[test]
fn wrong_meanings_are_told() {
    let expect = [
        ("{gateway: {customBindHost: 'here'}}", "gateway.customBindHost: must be an IPv4 address such as 192.168.1.4"),
        ("{gateway: {bind: 'custom'}}", "gateway.bind: is custom, which needs gateway.customBindHost, an IPv4 address"),
        (
            "{gateway: {trustedProxies: ['10.0.0.1', 'proxy']}}",
            "gateway.trustedProxies[1]: must be an address or a network such as 10.0.0.2 or 10.0.0.0/8",
        ),
        (
            "{gateway: {auth: {mode: 'trusted-proxy'}}}",
            "gateway.auth.trustedProxy.userHeader: must be set for gateway.auth.mode trusted-proxy: the header in which \
             your proxy names the signed-in user, such as X-Forwarded-User",
        ),
        (
            "{gateway: {auth: {mode: 'password'}}}",
            "gateway.auth.mode: is password, but no password is set; set gateway.auth.password or POSTERN_GATEWAY_PASSWORD",
        ),
        (
            "{gateway: {auth: {token: '${TOKEN}'}}}",
            "gateway.auth.token: refers to ${TOKEN}, which is not set; set it in the environment, in .env in the state \
             folder or under env.vars, or write $${TOKEN} for the characters themselves",
        ),
        ("{gateway: {controlUi: {basePath: 'ui'}}}", "gateway.controlUi.basePath: must be a path such as /postern"),
        (
            "{gateway: {controlUi: {root: 'ui/dist'}}}",
            "gateway.controlUi.root: must be the whole path of a folder, such as /srv/postern-ui",
        ),
        (
            "{gateway: {http: {securityHeaders: {strictTransportSecurity: 'on\\r\\nset-cookie: a'}}}}",
            "gateway.http.securityHeaders.strictTransportSecurity: must be text such as max-age=31536000; includeSubDomains",
        ),
        (
            "{gateway: {controlUi: {allowedOrigins: ['host']}}}",
            "gateway.controlUi.allowedOrigins[0]: must be an origin such as https://host:8443, without a path",
        ),
        ("{session: {mainKey: 'a:b'}}", "session.mainKey: must be 1 to 64 of a-z, 0-9, - and _"),
        ("{agents: {list: [{name: 'x'}]}}", "agents.list[0]: needs an id"),
        (
            "{agents: {list: [{id: 'a'}, {id: 'A'}]}}",
            "agents.list[1].id: is used by an agent above; ids are compared without case",
        ),
        (
            "{agents: {defaults: {heartbeat: {every: 'often'}}}}",
            "agents.defaults.heartbeat.every: must be a duration such as 30m, 1h30m or 90s; 0m is off",
        ),
    ];
    for (text, message) in expect {
        check_problem(text, &format!("line 1: {message}"));
    }
}

#[test]
fn broken_json5_names_the_line() {
    for (text, line) in [("{\n gateway: {\n", 2), ("{ a: 1\n b: 2 }", 1), ("{}\n{}", 2), ("{a: 'x}", 1), ("\n\n}", 3)] {
        let problems = parse(text).unwrap_err();
        let [problem] = problems.as_slice() else { panic!("{problems:?}") };
        assert!(problem.message.starts_with("is not JSON5: "), "{problem}");
        assert_eq!(problem.line, Some(line), "{text:?}: {problem}");
    }
}

#[test]
fn the_mode_follows_the_secret_that_is_set() {
    let expect = [
        ("", AuthMode::Token),
        ("password: 'p'", AuthMode::Password),
        ("token: 't', password: 'p'", AuthMode::Token),
        ("mode: 'password', token: 't', password: 'p'", AuthMode::Password),
        ("mode: 'none', token: 't'", AuthMode::None),
        ("token: '  ', password: 'p'", AuthMode::Password),
    ];
    for (auth, mode) in expect {
        assert_eq!(config(&format!("{{gateway: {{auth: {{{auth}}}}}}}")).auth.mode, mode, "{auth}");
    }
}

#[test]
fn overrides_win_over_the_file() {
    let folder = Folder::with("{gateway: {port: 1, bind: 'lan', auth: {token: 'file'}}}");
    let overrides = Overrides {
        port: Some(2),
        bind: Some(BindMode::Custom),
        custom_bind_host: Some(Ipv4Addr::LOCALHOST),
        password: Some(Secret::new("flag")),
        ..Overrides::default()
    };
    let loaded = load(&folder.paths, &overrides);
    let config = &loaded.config;
    assert_eq!((config.port, config.bind), (2, Bind::Custom(Ipv4Addr::LOCALHOST)));
    assert_eq!((config.auth.mode, &config.auth.password), (AuthMode::Password, &Some(Secret::new("flag"))));
    let mode = Overrides { auth_mode: Some(AuthMode::None), ..Overrides::default() };
    assert_eq!(load(&folder.paths, &mode).config.auth.mode, AuthMode::None);
}

#[test]
fn a_broken_file_starts_with_the_last_good_one() {
    let folder = Folder::with("{gateway: {port: 4242}}");
    assert_eq!(folder.load().config.port, 4242);
    let good = fs::read_to_string(folder.paths.last_good_config()).unwrap();
    assert_eq!(good, "{gateway: {port: 4242}}");

    folder.write("{gateway: {port: }");
    let loaded = folder.load();
    assert_eq!((loaded.safe_mode, loaded.exists, loaded.config.port), (true, true, 4242));
    assert!(loaded.warnings[0].ends_with("the last one that was valid is in force"), "{:?}", loaded.warnings);
    assert_eq!(fs::read_to_string(folder.paths.last_good_config()).unwrap(), good, "only valid files are kept");

    fs::remove_file(folder.paths.last_good_config()).unwrap();
    let loaded = folder.load();
    assert_eq!((loaded.safe_mode, &*loaded.config), (true, &Config::default()));
}

#[test]
fn an_unreadable_file_is_safe_mode_too() {
    let folder = Folder::new();
    fs::create_dir(&folder.paths.config_path).unwrap();
    let loaded = folder.load();
    assert!(loaded.safe_mode && loaded.problems[0].message.contains("cannot be read"), "{:?}", loaded.problems);

    let folder = Folder::new();
    fs::write(&folder.paths.config_path, [0xff, 0xfe, 0x7b]).unwrap();
    assert!(folder.load().safe_mode);

    let folder = Folder::with(&" ".repeat(5 * 1024 * 1024));
    assert_eq!(folder.load().problems[0].to_string(), "is larger than 4 MiB");
}

#[cfg(unix)]
#[test]
fn the_copy_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::with("{gateway: {auth: {token: 't'}}}");
    folder.load();
    let mode = fs::metadata(folder.paths.last_good_config()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn no_secret_is_printed() {
    let text = "{gateway: {auth: {token: 'hunter2', password: 'hunter3'}, bind: 'hunter4', hunter5: 1}}";
    let problems = format!("{:?}", parse(text).unwrap_err());
    assert!(!problems.contains("hunter4"), "{problems}");
    let text = "{gateway: {auth: {token: 'hunter2', password: 'hunter3'}}}";
    let printed = format!("{:?} {:?}", parse(text).unwrap(), config(text));
    assert!(!printed.contains("hunter"), "{printed}");
}

#[test]
fn durations() {
    let every = |every: &str| config(&format!("{{agents: {{defaults: {{heartbeat: {{every: '{every}'}}}}}}}}"));
    let expect =
        [("90s", Some(90_000)), ("15", Some(900_000)), ("1d 2h", Some(93_600_000)), ("500ms", Some(500)), ("0m", None)];
    for (text, millis) in expect {
        let heartbeat = every(text).agents[0].heartbeat.clone();
        assert_eq!((heartbeat.every_ms, heartbeat.enabled), (millis, millis.is_some()), "{text}");
    }
}

#[test]
fn deep_nesting_is_refused() {
    for text in ["[".repeat(100_000), "{a:".repeat(100_000), "{gateway:".repeat(100_000)] {
        assert_eq!(parse(&text).unwrap_err().len(), 1);
    }
}

#[test]
fn the_own_file_wins_over_one_that_was_there_before() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(find_config(root.path()), root.path().join("postern.json"));
    std::fs::write(root.path().join("clawdbot.json"), "{}").unwrap();
    assert_eq!(find_config(root.path()), root.path().join("clawdbot.json"));
    std::fs::write(root.path().join("openclaw.json"), "{}").unwrap();
    assert_eq!(find_config(root.path()), root.path().join("openclaw.json"));
    std::fs::write(root.path().join("postern.json"), "{}").unwrap();
    assert_eq!(find_config(root.path()), root.path().join("postern.json"));
}

#[test]
fn a_problem_reads_as_one_line() {
    let problem = ConfigProblem { line: Some(3), ..ConfigProblem::new("gateway.port", "must be a number") };
    assert_eq!(problem.to_string(), "line 3: gateway.port: must be a number");
    assert_eq!(ConfigProblem::new("", "unreadable").to_string(), "unreadable");
}
