//! The files that define the service, as text. Pure.

use std::fmt::Write as _;

use postern_protocol::service::{ServiceManagerKind, ServiceScope};

use super::plan::{Plan, Unit};

/// Seconds that the service manager waits for an end: more than the gateway takes.
const STOP_SECONDS: u32 = 30;

/// The definition for the plan's service manager.
pub(crate) fn definition(plan: &Plan) -> String {
    match plan.manager {
        ServiceManagerKind::Systemd => unit(plan),
        ServiceManagerKind::Launchd => plist(plan),
        ServiceManagerKind::Windows | ServiceManagerKind::None => run_entry(plan),
    }
}

/// The unit for systemd.
fn unit(plan: &Plan) -> String {
    let command: Vec<String> = std::iter::once(plan.program.display().to_string())
        .chain(plan.args.iter().cloned())
        .map(|word| quoted(&word))
        .collect();
    let mut text = format!(
        "# Written by `postern {} install`, which writes it anew each time. Put what you change into a\n\
         # drop-in: systemctl {}edit {}\n\
         [Unit]\n\
         Description={}\n\
         After=network.target\n\
         # It waits by itself after crashes; a latch here would need somebody to open it.\n\
         StartLimitIntervalSec=0\n\
         \n\
         [Service]\n\
         {}\
         ExecStart={}\n",
        if plan.unit == Unit::Gateway { "service" } else { "node" },
        if plan.scope == ServiceScope::User { "--user " } else { "" },
        plan.name(),
        specifier_free(&plan.description()),
        if plan.unit == Unit::Gateway {
            "Type=notify\n# An update is tried by a child before it takes over.\nNotifyAccess=all\n"
        } else {
            "Type=exec\n"
        },
        command.join(" "),
    );
    for (name, value) in &plan.variables {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "Environment={}", quoted(&format!("{name}={value}")));
    }
    if let (ServiceScope::System, Some(user)) = (plan.scope, &plan.user) {
        let _ = writeln!(text, "User={user}");
    }
    let _ = write!(
        text,
        "Restart=always\n\
         {}\n\
         # 2: wrong arguments, 78: refused by the configuration. Nothing that starting again would heal.\n\
         RestartPreventExitStatus=2 78\n\
         TimeoutStartSec=90\n\
         TimeoutStopSec={STOP_SECONDS}\n\
         {}\
         # It ends what it started; whatever is left after it ends too.\n\
         KillMode=mixed\n\
         # A command of an agent that takes all memory must not take the gateway along.\n\
         OOMPolicy=continue\n\
         # Memory holds secrets: none of it goes into a dump.\n\
         LimitCORE=0\n\
         StandardOutput=journal\n\
         StandardError=journal\n\
         SyslogIdentifier={}\n\
         \n\
         [Install]\n\
         WantedBy={}\n",
        if plan.waits_longer { "RestartSec=1\nRestartSteps=6\nRestartMaxDelaySec=60" } else { "RestartSec=3" },
        if plan.unit == Unit::Gateway { "WatchdogSec=60\n" } else { "" },
        plan.short_name(),
        if plan.scope == ServiceScope::User { "default.target" } else { "multi-user.target" },
    );
    text
}

/// The user that a definition names.
pub(crate) fn user(definition: &str) -> Option<String> {
    let in_list = || {
        let (_, rest) = definition.split_once("<key>UserName</key>")?;
        rest.trim_start().strip_prefix("<string>")?.split_once('<').map(|(name, _)| name)
    };
    let in_unit = definition.lines().find_map(|line| line.strip_prefix("User="));
    in_unit.or_else(in_list).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// A word of a unit file: systemd reads `%` and `$`, quotes and backslashes.
fn quoted(word: &str) -> String {
    let escaped = specifier_free(word).replace('\\', "\\\\").replace('"', "\\\"").replace('$', "$$");
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "/-_.=,:+".contains(c));
    if plain { escaped } else { format!("\"{escaped}\"") }
}

fn specifier_free(text: &str) -> String {
    text.replace('%', "%%")
}

/// The property list for launchd.
fn plist(plan: &Plan) -> String {
    let log = plan.state_dir.join("logs").join("service.log").display().to_string();
    let strings = |words: &mut dyn Iterator<Item = String>| {
        words.fold(String::new(), |text, word| text + &format!("\t\t<string>{}</string>\n", escaped(&word)))
    };
    let mut words = std::iter::once(plan.program.display().to_string()).chain(plan.args.iter().cloned());
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <!-- Written by `postern service install`, which writes it anew each time. -->\n\
         <plist version=\"1.0\">\n\
         <dict>\n\
         \t<key>Label</key>\n\t<string>{}</string>\n\
         \t<key>ProgramArguments</key>\n\t<array>\n{}\t</array>\n",
        escaped(&plan.name()),
        strings(&mut words),
    );
    if !plan.variables.is_empty() {
        text.push_str("\t<key>EnvironmentVariables</key>\n\t<dict>\n");
        for (name, value) in &plan.variables {
            let _ = write!(text, "\t\t<key>{}</key>\n\t\t<string>{}</string>\n", escaped(name), escaped(value));
        }
        text.push_str("\t</dict>\n");
    }
    if let (ServiceScope::System, Some(user)) = (plan.scope, &plan.user) {
        let _ = write!(text, "\t<key>UserName</key>\n\t<string>{}</string>\n", escaped(user));
    }
    let _ = write!(
        text,
        "\t<key>RunAtLoad</key>\n\t<true/>\n\
         \t<key>KeepAlive</key>\n\t<dict>\n\t\t<key>SuccessfulExit</key>\n\t\t<false/>\n\t</dict>\n\
         \t<key>ThrottleInterval</key>\n\t<integer>5</integer>\n\
         \t<key>ExitTimeOut</key>\n\t<integer>{STOP_SECONDS}</integer>\n\
         \t<key>Umask</key>\n\t<integer>63</integer>\n\
         \t<key>StandardOutPath</key>\n\t<string>{log}</string>\n\
         \t<key>StandardErrorPath</key>\n\t<string>{log}</string>\n\
         </dict>\n\
         </plist>\n",
        log = escaped(&log),
    );
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Where Windows keeps what starts when a user signs in; no administrator is asked.
pub(crate) const RUN_KEY: &str = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run";

/// The entry below [`RUN_KEY`], as its command line. `conhost --headless` gives a
/// console program no window.
fn run_entry(plan: &Plan) -> String {
    let mut words = vec![plan.program.display().to_string()];
    match plan.unit {
        Unit::Gateway => {
            words.extend(["service".to_owned(), "supervise".to_owned()]);
            if let Some(profile) = &plan.profile {
                words.extend(["--profile".to_owned(), profile.clone()]);
            }
        }
        Unit::Node => words.extend(plan.args.iter().cloned()),
    }
    let words: Vec<String> = words.iter().map(|word| windows_quoted(word)).collect();
    format!("conhost.exe --headless {}", words.join(" "))
}

/// A word of a Windows command line; no path can have a quote in it.
fn windows_quoted(word: &str) -> String {
    if word.contains([' ', '\t']) { format!("\"{word}\"") } else { word.to_owned() }
}

#[cfg(test)]
#[path = "definition/tests.rs"]
mod tests;
