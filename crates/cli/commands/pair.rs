//! `postern pair`: a setup code for one new device, as QR code and link.

use std::time::Duration;

use postern_protocol::call::Call as _;
use postern_protocol::pairing::{
    DevicePairSetupCode, DevicePairSetupStatus, SetupAccess, SetupCodeParams, SetupCodeResult, SetupCompleted,
    SetupStatusResult,
};
use serde_json::json;

use super::{Context, read};
use crate::args::PairArgs;
use crate::connection::Connection;
use crate::env::now_ms;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{printable, span};
use crate::qr::{Paint, draw};

/// Between two questions whether the code was used.
const POLL: Duration = Duration::from_secs(1);

pub(crate) async fn run(cx: &Context, args: &PairArgs) -> Outcome {
    if args.wait && cx.output.is_json() {
        return Err(Failure::usage("--wait and --json do not go together: the code must be shown before it is used")
            .hint("ask `postern call device.pair.setupStatus '{\"setupId\":\"…\"}'` whether it was used"));
    }
    let gateway = cx.connect().await?;
    let answer = gateway.call(DevicePairSetupCode::NAME, json!(params(args))).await?;
    let setup: SetupCodeResult = read(&answer)?;
    let paint = if cx.output.colour() { Paint::Colours } else { Paint::Plain };
    cx.output.answer(&answer, || {
        let picture = draw(&link(&setup), paint);
        Ok(text(&setup, picture.as_deref().ok(), now_ms()))
    })?;
    if setup.url_source == "loopback" {
        cx.output.note(&format!(
            "postern: the code leads to {}, which only this machine can reach.\n  \
             For a device elsewhere: postern tailscale serve, or start `postern gateway --bind lan`, or say \
             --public-url wss://…",
            printable(&setup.gateway_url)
        ));
    }
    if args.wait {
        let used = wait(cx, &gateway, &setup).await?;
        let name = used.device_name.as_deref().unwrap_or(&used.device_id);
        cx.output.text(&format!("paired: {}", printable(name)))?;
    }
    gateway.close().await;
    Ok(())
}

fn params(args: &PairArgs) -> SetupCodeParams {
    let profile = match (args.node, args.limited) {
        (true, _) => Some(SetupAccess::Node),
        (false, true) => Some(SetupAccess::Limited),
        (false, false) => None,
    };
    SetupCodeParams {
        public_url: args.public_url.clone(),
        // The code is drawn here, in characters.
        include_qr: Some(false),
        bootstrap_profile: profile,
        join_url: None,
    }
}

fn link(setup: &SetupCodeResult) -> String {
    format!("oc-pair://{}", setup.setup_code)
}

fn text(setup: &SetupCodeResult, picture: Option<&str>, now_ms: i64) -> String {
    let left = u64::try_from(setup.expires_at_ms.saturating_sub(now_ms)).unwrap_or_default();
    let grants = match setup.access {
        SetupAccess::Full => "everything a phone does: read, write, approvals, questions, talk",
        SetupAccess::Limited => "reading and writing",
        SetupAccess::Node => "acting as a node",
    };
    let mut lines: Vec<String> = picture.map(|picture| format!("{picture}\n")).into_iter().collect();
    lines.push("Scan the code with the app on the new device, or paste the link there.".to_owned());
    if setup.access == SetupAccess::Node {
        lines.push("On a computer: postern node run --pair LINK".to_owned());
    }
    lines.push(format!("  link     {}", link(setup)));
    lines.push(format!("  gateway  {}", printable(&setup.gateway_url)));
    lines.extend(
        setup
            .gateway_urls
            .iter()
            .flatten()
            .filter(|url| **url != setup.gateway_url)
            .map(|url| format!("           {}", printable(url))),
    );
    lines.push(format!("  grants   {grants}"));
    lines.push(format!("  expires  in {}, or when it was used once", span(left + 999)));
    lines.join("\n")
}

/// Asks until the code was used; gives up when it can no longer be.
async fn wait(cx: &Context, gateway: &Connection, setup: &SetupCodeResult) -> Outcome<SetupCompleted> {
    cx.output.note("postern: waiting for the device … (Ctrl-C stops waiting; the code stays valid)");
    loop {
        let answer = gateway.call(DevicePairSetupStatus::NAME, json!({"setupId": setup.setup_id})).await?;
        if let Some(used) = read::<SetupStatusResult>(&answer)?.completion {
            return Ok(used);
        }
        if now_ms() > setup.expires_at_ms {
            return Err(Failure::new(Exit::Timeout, "the code has expired unused").hint("make a new one: postern pair"));
        }
        tokio::time::sleep(POLL).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup() -> SetupCodeResult {
        serde_json::from_value(json!({
            "setupId": "s", "setupCode": "abc", "gatewayUrl": "ws://192.0.2.7:18789",
            "gatewayUrls": ["ws://192.0.2.7:18789", "ws://100.64.0.2:18789"],
            "auth": "token", "urlSource": "bind", "access": "limited", "expiresAtMs": 600_000
        }))
        .unwrap()
    }

    #[test]
    fn the_text_says_what_is_granted_and_until_when() {
        assert_eq!(
            text(&setup(), None, 0),
            "Scan the code with the app on the new device, or paste the link there.\n\
             \x20 link     oc-pair://abc\n\
             \x20 gateway  ws://192.0.2.7:18789\n\
             \x20          ws://100.64.0.2:18789\n\
             \x20 grants   reading and writing\n\
             \x20 expires  in 10 min, or when it was used once"
        );
        assert!(text(&setup(), Some("▀▄"), 0).starts_with("▀▄\n\nScan"));
        assert!(!text(&setup(), None, 0).contains("postern node run"));
        let node = SetupCodeResult { access: SetupAccess::Node, ..setup() };
        assert!(text(&node, None, 0).contains("\nOn a computer: postern node run --pair LINK\n"));
    }

    #[test]
    fn flags_choose_what_the_code_grants() {
        let profile = |args: PairArgs| params(&args).bootstrap_profile;
        assert_eq!(profile(PairArgs::default()), None);
        assert_eq!(profile(PairArgs { node: true, ..PairArgs::default() }), Some(SetupAccess::Node));
        assert_eq!(profile(PairArgs { limited: true, ..PairArgs::default() }), Some(SetupAccess::Limited));
    }
}
