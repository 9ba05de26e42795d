//! `system.notify`: a notification on this computer's screen. Its words are arguments or variables of a program, never
//! part of a script.

use serde::Deserialize;
use serde_json::json;

use crate::commands::{Host, Invoke};
use crate::media::{Helper, Way};
use crate::refusal::{Outcome, Refusal, read};

/// Longer texts are cut, characters.
const MAX_TITLE: usize = 200;
const MAX_BODY: usize = 2_000;

#[derive(Deserialize)]
struct NotifyParams {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    priority: Option<String>,
}

/// Reads both words from its arguments.
const OSASCRIPT: [&str; 6] =
    ["-e", "on run argv", "-e", "display notification (item 2 of argv) with title (item 1 of argv)", "-e", "end run"];
/// Reads both words from variables.
const POWERSHELL: &str = "Add-Type -AssemblyName System.Windows.Forms; $n = New-Object System.Windows.Forms.NotifyIcon; \
    $n.Icon = [System.Drawing.SystemIcons]::Information; $n.Visible = $true; \
    $n.ShowBalloonTip(8000, $env:POSTERN_TITLE, $env:POSTERN_BODY, 'Info'); Start-Sleep -Seconds 8; $n.Dispose()";

pub(crate) async fn notify(host: &Host, call: &Invoke) -> Outcome {
    let params: NotifyParams = read(&call.command, &call.params)?;
    let text = |text: Option<&String>, most: usize| -> String {
        text.map_or("", String::as_str).trim().chars().filter(|c| !c.is_control() || *c == '\n').take(most).collect()
    };
    let (title, body) = (text(params.title.as_ref(), MAX_TITLE), text(params.body.as_ref(), MAX_BODY));
    if title.is_empty() && body.is_empty() {
        return Err(Refusal::invalid("title or body is required"));
    }
    let title = if title.is_empty() { "Postern".to_owned() } else { title };
    let words = |fixed: &[&str]| fixed.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let urgency = match params.priority.as_deref() {
        Some("passive") => "low",
        Some("timeSensitive") => "critical",
        _ => "normal",
    };
    let helper = match host.surface.notify {
        Some(Way::NotifySend) => {
            let mut args = words(&["--app-name=Postern", "--urgency", urgency, "--"]);
            args.extend([title, body]);
            Helper::new("notify-send", args)
        }
        Some(Way::Osascript) => {
            let mut args = words(&OSASCRIPT);
            args.extend([title, body]);
            Helper::new("osascript", args)
        }
        Some(Way::PowerShell) => {
            let args = words(&["-NoProfile", "-NonInteractive", "-Command", POWERSHELL]);
            Helper::new("powershell", args).with_env("POSTERN_TITLE", title).with_env("POSTERN_BODY", body)
        }
        _ => return Err(Refusal::unsupported("this computer has no program that shows notifications")),
    };
    helper.run(host, call).await?;
    Ok(json!({ "ok": true }))
}
