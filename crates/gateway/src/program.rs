//! How this program is called, in everything that tells somebody what to type.

/// What makes `postern` the program in a text, and not the name of the product.
pub const COMMANDS: [&str; 35] = [
    "agent",
    "agents",
    "approvals",
    "backup",
    "bundle",
    "call",
    "chat",
    "completions",
    "config",
    "dashboard",
    "devices",
    "discover",
    "doctor",
    "gateway",
    "health",
    "import",
    "logs",
    "models",
    "node",
    "nodes",
    "pair",
    "presence",
    "protocol",
    "release-manifest",
    "remote",
    "restore",
    "service",
    "sessions",
    "setup",
    "status",
    "tailscale",
    "token",
    "tunnel",
    "update",
    "usage",
];

/// How this program is called without a profile.
const PLAIN: &str = "postern ";

/// A text with every `postern COMMAND` in it as it has to be typed: `command` is for
/// example `postern --profile work`.
#[must_use]
pub fn as_typed(text: &str, command: &str) -> String {
    let mut typed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(PLAIN) {
        let (before, found) = rest.split_at(at);
        let after = &found[PLAIN.len()..];
        let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        let word = &after[..after.find(|letter| !is_word(letter)).unwrap_or(after.len())];
        let stands_alone = !before.ends_with(|letter: char| is_word(letter) || "_./\\".contains(letter));
        typed.push_str(before);
        if stands_alone && COMMANDS.contains(&word) {
            typed.push_str(command);
            typed.push(' ');
        } else {
            typed.push_str(PLAIN);
        }
        rest = after;
    }
    typed.push_str(rest);
    typed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_with_the_profile_and_everything_else_stays() {
        let table = [
            ("`postern token` prints it", "`postern --profile work token` prints it"),
            (
                "postern config set x,\npostern doctor --fix",
                "postern --profile work config set x,\npostern --profile work doctor --fix",
            ),
            ("run: postern pair", "run: postern --profile work pair"),
            ("postern --profile work token", "postern --profile work token"),
            (
                "postern stopped; target/postern token; postern configs",
                "postern stopped; target/postern token; postern configs",
            ),
            ("ask postern ", "ask postern "),
        ];
        for (text, wanted) in table {
            assert_eq!(as_typed(text, "postern --profile work"), wanted);
            assert_eq!(as_typed(text, "postern"), text);
        }
    }
}
