//! Devices that ask to be let in, and commands that wait for approval. A
//! decision always names what was looked at: the newest of something is never
//! meant, since a stranger can be newer.

use postern_protocol::access::Scope;
use postern_protocol::approvals::ApprovalDecision;
use postern_protocol::pairing::PairingRequest;

use super::execute::CommandCx;
use super::host::{CommandHost, PairingDecision};
use super::wording::{code, duration, fingerprint};

/// Shortest part of a fingerprint that counts, characters.
const MIN_FINGERPRINT: usize = 12;
/// Most requests that are shown.
const MAX_SHOWN: usize = 10;

const HOW_TO: &str = "\
To connect a device:

- **Phone**: run `postern pair` on the gateway's machine and scan the code with the app.
- **Another computer**: connect with the gateway's address and token (`postern token` shows it). The device then asks to \
be let in.
- Requests are decided with `postern devices approve ID` on the gateway's machine, in a client that may pair, or here.
";

pub(super) async fn pair<H: CommandHost>(cx: &CommandCx, host: &mut H, args: &str) -> String {
    let mut words = args.split_whitespace();
    let action = words.next().map(str::to_ascii_lowercase);
    match action.as_deref() {
        None | Some("list" | "pending") => format!("{HOW_TO}\n{}", waiting(cx, host).await),
        Some(verb @ ("approve" | "reject")) => {
            if !cx.may(Scope::Pairing) {
                return "You may not decide about devices: that needs the permission `operator.pairing`.".to_owned();
            }
            let request_id = words.next().unwrap_or_default();
            let seen: String = words.collect::<Vec<_>>().concat();
            decide(host, verb == "approve", (request_id, &seen)).await
        }
        Some(_) => "Use `/pair`, `/pair approve REQUEST FINGERPRINT` or `/pair reject REQUEST FINGERPRINT`.".to_owned(),
    }
}

async fn waiting<H: CommandHost>(cx: &CommandCx, host: &mut H) -> String {
    if !cx.may(Scope::Pairing) {
        return "Who waits is shown to those with the permission `operator.pairing`.".to_owned();
    }
    let pending = host.pending_pairings().await;
    if pending.is_empty() {
        return "No device waits to be let in.".to_owned();
    }
    let mut lines = vec!["These devices wait:".to_owned()];
    lines.extend(pending.iter().take(MAX_SHOWN).map(|request| describe(request, cx.now_ms)));
    if pending.len() > MAX_SHOWN {
        lines.push(format!("- and {} more", pending.len() - MAX_SHOWN));
    }
    lines.push(
        "Compare the fingerprint with the one on the device, then `/pair approve REQUEST FINGERPRINT`.".to_owned(),
    );
    lines.join("\n")
}

fn describe(request: &PairingRequest, now_ms: i64) -> String {
    let name = request.display_name.as_deref().unwrap_or("without a name");
    let wants = request.scopes.map(|scopes| scopes.words().join(", ")).filter(|scopes| !scopes.is_empty());
    let role = request.role.map_or("unknown", |role| role.as_str());
    let age = u64::try_from(now_ms.saturating_sub(request.ts)).unwrap_or(0);
    format!(
        "- {} from {}, {} ago\n  - request {}\n  - fingerprint `{}`\n  - wants: role {role}, {}",
        code(name),
        code(request.remote_ip.as_deref().unwrap_or("unknown")),
        duration(age),
        code(&request.request_id),
        fingerprint(&request.device_id),
        wants.as_deref().unwrap_or("no scopes"),
    )
}

async fn decide<H: CommandHost>(host: &mut H, approve: bool, (request_id, seen): (&str, &str)) -> String {
    if request_id.is_empty() || seen.is_empty() {
        let verb = if approve { "approve" } else { "reject" };
        return format!("Say which one: `/pair {verb} REQUEST FINGERPRINT`; `/pair` shows both.");
    }
    let pending = host.pending_pairings().await;
    let Some(request) = pending.iter().find(|request| request.request_id == request_id) else {
        return "No request with this id waits; `/pair` lists those that do.".to_owned();
    };
    if !is_fingerprint_of(seen, &request.device_id) {
        return format!(
            "Nothing was decided: that is not the fingerprint of the device behind this request. Give at least its \
             first {MIN_FINGERPRINT} characters as `/pair` and the device show them."
        );
    }
    let decision =
        PairingDecision { request_id: request.request_id.clone(), device_id: request.device_id.clone(), approve };
    let name = code(request.display_name.as_deref().unwrap_or("The device"));
    match (host.decide_pairing(decision).await, approve) {
        (Err(problem), _) => format!("Nothing was decided: {problem}"),
        (Ok(()), true) => format!("{name} is let in; it connects on its next try."),
        (Ok(()), false) => format!("{name} is not let in."),
    }
}

fn is_fingerprint_of(seen: &str, device_id: &str) -> bool {
    let seen = seen.to_ascii_lowercase();
    seen.len() >= MIN_FINGERPRINT.min(device_id.len()) && device_id.to_ascii_lowercase().starts_with(&seen)
}

pub(super) async fn approve<H: CommandHost>(cx: &CommandCx, host: &mut H, args: &str) -> String {
    if !cx.may(Scope::Approvals) {
        return "You may not decide about commands: that needs the permission `operator.approvals`.".to_owned();
    }
    let words: Vec<&str> = args.split_whitespace().collect();
    let (id, decision) = match words.as_slice() {
        [id, word] => (*id, ApprovalDecision::parse(&word.to_ascii_lowercase())),
        _ => ("", None),
    };
    let Some(decision) = decision else {
        return "Use `/approve ID allow-once`, `allow-always` or `deny`; the request shows its id.".to_owned();
    };
    match (host.decide_exec(id, decision).await, decision) {
        (Err(problem), _) => format!("Nothing was decided: {problem}"),
        (Ok(()), ApprovalDecision::AllowOnce) => "The command may run this once.".to_owned(),
        (Ok(()), ApprovalDecision::AllowAlways) => "The command may run now and from now on.".to_owned(),
        (Ok(()), ApprovalDecision::Deny) => "The command does not run.".to_owned(),
    }
}
