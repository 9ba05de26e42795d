//! Flags, environment and start failures of `postern gateway`.

use std::io;
use std::path::PathBuf;

use postern_gateway::secrets::{Secret, SecretError};

use super::*;
use crate::args::GlobalArgs;
use crate::env::Environment;

fn settings(profile: Option<&str>) -> Settings {
    let flags = GlobalArgs { profile: profile.map(str::to_owned), timeout: Some(1), ..GlobalArgs::default() };
    Settings::resolve(&Environment::made_up(&[]), &flags).unwrap()
}

fn paths(folder: &std::path::Path) -> Paths {
    Paths { state_dir: folder.to_owned(), config_path: folder.join("postern.json") }
}

#[test]
fn flags_win_over_the_environment_and_profiles_have_their_own_port() {
    let root = tempfile::tempdir().unwrap();
    let paths = paths(root.path());
    let port = |settings: &Settings, port: Option<u16>| {
        let overrides = overrides(settings, &GatewayArgs { port, ..GatewayArgs::default() }).unwrap();
        (load(&paths, &overrides).config.port, overrides.given_by.get("gateway.port").cloned())
    };
    let by = |name: &str| Some(name.to_owned());
    let (default, work) = (settings(None), settings(Some("work")));
    assert_eq!((port(&default, None), port(&default, Some(0))), ((18789, None), (0, by("--port"))));
    assert_eq!((port(&work, None), port(&work, Some(7))), ((work.default_port, None), (7, by("--port"))));
    let told = Settings { port: Some(9), ..settings(Some("work")) };
    assert_eq!((port(&told, None), port(&told, Some(7))), ((9, by("POSTERN_GATEWAY_PORT")), (7, by("--port"))));
    std::fs::write(&paths.config_path, "{gateway:{port:5}}").unwrap();
    assert_eq!((port(&default, None), port(&work, None)), ((5, None), (5, None)), "what is written is not hidden");
}

#[test]
fn places_to_listen_are_words_or_addresses() {
    let told = |value: &str| bind(Some(&Given { value: value.to_owned(), by: "--bind".to_owned() }));
    assert_eq!(bind(None).unwrap(), (None, None));
    assert_eq!(told("lan").unwrap(), (Some(BindMode::Lan), None));
    assert_eq!(told("192.168.1.4").unwrap(), (Some(BindMode::Custom), Some(Ipv4Addr::new(192, 168, 1, 4))));
    let wrong = told("everywhere").unwrap_err();
    assert_eq!((wrong.exit, wrong.message.as_str()), (Exit::Usage, "--bind: `everywhere` is no place to listen"));
}

#[test]
fn secrets_and_mode_reach_the_gateway() {
    let token = Some(Given { value: Secret::new("t"), by: "--token".to_owned() });
    let args = GatewayArgs { auth: Some(AuthArg::None), ..GatewayArgs::default() };
    let overrides = overrides(&Settings { token, ..settings(None) }, &args).unwrap();
    assert_eq!((overrides.token, overrides.password), (Some(Secret::new("t")), None));
    assert_eq!(overrides.auth_mode, Some(AuthMode::None));
}

#[test]
fn flags_that_cannot_work_are_refused_and_a_wrong_file_is_not() {
    let root = tempfile::tempdir().unwrap();
    let paths = paths(root.path());
    let password = Overrides { auth_mode: Some(AuthMode::Password), ..Overrides::default() };
    let refused = refuse_mistakes(&paths, &password).unwrap_err();
    assert!(refused.exit == Exit::Usage && refused.message.contains("POSTERN_GATEWAY_PASSWORD"), "{refused}");
    let complete = Overrides { password: Some(Secret::new("p")), ..password };
    assert_eq!(refuse_mistakes(&paths, &complete).map_err(|failure| failure.message), Ok(()));
    std::fs::write(&paths.config_path, "{gateway:{bind:'nowhere'}}").unwrap();
    assert_eq!(refuse_mistakes(&paths, &Overrides::default()).map_err(|failure| failure.message), Ok(()));
}

#[test]
fn limits_keep_their_defaults_unless_set() {
    let told = LimitSettings { preauth_per_ip: Some(3), ..LimitSettings::default() };
    let limits = limits(&told);
    assert_eq!((limits.preauth_per_ip, limits.tick_interval), (3, Limits::default().tick_interval));
}

#[test]
fn every_reason_not_to_start_has_its_exit_code() {
    let settings = settings(None);
    let path = || PathBuf::from("/s/postern.sqlite");
    let keychain = SecretError::Unavailable { kind: "keychain", detail: "locked".into() };
    let table = [
        (StartError::Store(StoreError::NotWritable(path())), Exit::StateUnwritable),
        (StartError::Store(StoreError::DiskFull(path())), Exit::StateUnwritable),
        (StartError::Store(StoreError::Busy), Exit::Failed),
        (StartError::Internal("x".into()), Exit::Internal),
        (StartError::PortInUse { addr: "127.0.0.1:1".parse().unwrap(), holder: "another program".into() }, Exit::InUse),
        (StartError::Folder(FolderError::InUse { path: path(), holder: "another Postern".into() }), Exit::InUse),
        (
            StartError::Folder(FolderError::NotWritable {
                path: path(),
                source: io::ErrorKind::PermissionDenied.into(),
            }),
            Exit::StateUnwritable,
        ),
        (StartError::Secrets(keychain), Exit::KeychainMissing),
        (
            StartError::Bind {
                addr: "192.0.2.1:1".parse().unwrap(),
                source: io::Error::from(io::ErrorKind::AddrNotAvailable),
            },
            Exit::Failed,
        ),
    ];
    for (error, want) in table {
        assert_eq!(failure(&error, &settings).exit, want, "{error}");
    }
}
