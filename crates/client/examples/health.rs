//! Connects to a gateway, calls `health`, prints `ok`.
//!
//! `cargo run -p postern-client --example health -- [--url ws://127.0.0.1:18789] [--token TOKEN]
//! [--password PASSWORD] [--fingerprint SHA256] [--seed DEVICE_SEED]`
//!
//! The seed is what `DeviceKey::seed_base64url` wrote; without it the example
//! connects without device identity, as which `health` is still answered.

use std::process::ExitCode;

use postern_client::{ClientOptions, ConnectError, GatewayClient, ReconnectPolicy};
use postern_protocol::connect::ClientMode;
use postern_protocol::identity::DeviceKey;
use postern_protocol::system::{Health, HealthParams};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line program")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => {
            println!("ok");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let client = GatewayClient::start(options(std::env::args().skip(1))?)?;
    let result = client.call::<Health>(HealthParams::default()).await;
    let state = client.connected().await;
    client.close().await;
    let health = match (result, state) {
        (Ok(health), _) => health.read()?,
        (Err(_), Err(ConnectError::Unreachable { url, cause })) => {
            return Err(format!("no gateway answers at {url} ({cause}); start one with `postern gateway`").into());
        }
        (Err(problem), _) => return Err(problem.into()),
    };
    if health.ok { Ok(()) } else { Err("the gateway says that it is not well".into()) }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<ClientOptions, Box<dyn std::error::Error>> {
    let mut options = ClientOptions::new()
        .client("cli", ClientMode::Cli)
        .scopes(["operator.read"])
        .without_device()
        .reconnect(ReconnectPolicy::never());
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        options = match name.as_str() {
            "--url" => options.url(value),
            "--token" => options.token(value),
            "--password" => options.password(value),
            "--fingerprint" => options.tls_fingerprint(value),
            "--seed" => {
                options.device(DeviceKey::from_seed_base64url(&value).ok_or("--seed is not 32 bytes in base64url")?)
            }
            _ => {
                return Err(format!(
                    "unknown option {name}; there are --url, --token, --password, --fingerprint, --seed"
                )
                .into());
            }
        };
    }
    Ok(options)
}
