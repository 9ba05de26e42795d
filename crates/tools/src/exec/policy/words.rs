//! Whether the words for a command are those of its arguments: what people are
//! shown is what runs.

use super::super::quote::join as command_line;

/// Programs whose last argument is what people know as the command.
const SHELLS: [&str; 9] = ["sh", "bash", "zsh", "dash", "ksh", "fish", "cmd", "powershell", "pwsh"];
/// What may stand between the two: nothing that could bring other code.
const FLAGS: [&str; 9] = ["-c", "-lc", "-l", "/c", "/d", "/s", "-command", "-noprofile", "-noninteractive"];

/// What approvers are shown of a command; `None` when the client calls it
/// something that its arguments are not.
#[must_use]
pub fn shown_as(command: &str, argv: Option<&[String]>) -> Option<String> {
    let Some(argv) = argv.filter(|argv| !argv.is_empty()) else { return Some(command.to_owned()) };
    if is_line_of_a_shell(command, argv) {
        return Some(command.to_owned());
    }
    let own = command_line(argv);
    // In our own quotes, which hide nothing, whichever the client uses.
    (command == own || command == in_double_quotes(argv)).then_some(own)
}

fn is_line_of_a_shell(command: &str, argv: &[String]) -> bool {
    let [shell, flags @ .., line] = argv else { return false };
    let name = shell.rsplit(['/', '\\']).next().unwrap_or(shell).to_ascii_lowercase();
    let is_shell = SHELLS.contains(&name.strip_suffix(".exe").unwrap_or(&name));
    let are_plain = flags.iter().all(|flag| FLAGS.contains(&flag.to_ascii_lowercase().as_str()));
    is_shell && !flags.is_empty() && are_plain && line == command
}

/// As other clients write it.
fn in_double_quotes(argv: &[String]) -> String {
    let quoted = |argument: &String| {
        let needs = argument.is_empty() || argument.contains(|c: char| c.is_whitespace() || c == '"');
        if needs { format!("\"{}\"", argument.replace('"', "\\\"")) } else { argument.clone() }
    };
    argv.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(command: &str, argv: &[&str], want: Option<&str>) {
        let argv: Vec<String> = argv.iter().map(|argument| (*argument).to_owned()).collect();
        assert_eq!(shown_as(command, Some(&argv)).as_deref(), want, "{command} {argv:?}");
    }

    #[test]
    fn words_are_those_of_the_arguments() {
        check("ls -l", &["ls", "-l"], Some("ls -l"));
        check("rm 'a b'", &["rm", "a b"], Some("rm 'a b'"));
        check("rm \"a b\"", &["rm", "a b"], Some("rm 'a b'"));
        check("C:\\x.exe", &["C:\\x.exe"], Some("'C:\\x.exe'"));
        check("ls | wc", &["/bin/sh", "-c", "ls | wc"], Some("ls | wc"));
        check("dir", &["C:\\Windows\\cmd.exe", "/d", "/s", "/c", "dir"], Some("dir"));
        check("anything", &[], Some("anything"));
        assert_eq!(shown_as("ls", None).as_deref(), Some("ls"));
    }

    #[test]
    fn other_words_are_refused() {
        check("ls", &["rm", "-rf", "/"], None);
        check("ls", &["ls", "-l"], None);
        check("rm a b", &["rm", "a b"], None);
        check("ls", &["sh", "-c", "ls; rm -rf ~"], None);
        check("ls", &["bash", "--rcfile=/tmp/x", "-c", "ls"], None);
        check("ls", &["sh", "ls"], None);
        check("ls", &["python3", "-c", "ls"], None);
        check("", &["rm"], None);
    }
}
