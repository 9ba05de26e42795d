//! Programs that run what their arguments, their input or a file tells them to.
//! Allowing such a program by its path would allow everything. Pure.

use std::path::Path;

use super::pattern::covers;

/// Shells, interpreters, and programs that start others. Version numbers and
/// `.exe` at the end of a name do not count.
const CARRIERS: [&str; 5] = [
    // shells
    "sh bash dash ash zsh ksh mksh csh tcsh fish rbash pwsh powershell cmd busybox toybox coreutils nu elvish \
     xonsh",
    // interpreters
    "python pypy ipython node nodejs deno bun perl ruby irb php lua luajit tclsh wish expect rscript r julia \
     osascript guile racket sbcl clisp emacs awk gawk mawk nawk original-awk sed gsed ed ex vi vim nvim view \
     nano jshell java groovy scala kotlin elixir erl escript ghci runghc swift dotnet m4 bc dc gdb lldb sqlite \
     psql mysql cscript wscript mshta rundll regsvr",
    // programs that start programs
    "env xargs sudo doas su runuser pkexec nohup nice ionice chrt taskset timeout time stdbuf setsid setarch \
     linux unshare nsenter chroot fakeroot proot bwrap firejail strace ltrace perf valgrind watch parallel entr \
     script flock tmux screen dtach at batch crontab systemd-run systemctl start-stop-daemon daemonize ssh scp \
     sftp rsh mosh socat nc ncat netcat less more most man run-parts dbus-run-session xvfb-run ld-linux ld \
     ld-linux-x86-64.so ld-musl-x86_64.so exec command start forfiles wsl caffeinate open prlimit choom setpriv sg \
     newgrp capsh uclampset coresched numactl ssh-agent ssh-keygen unbuffer rlwrap tini dumb-init setuidgid chpst \
     cgexec cpulimit catchsegv direnv mise asdf xterm busctl",
    // builders and package runners, which run what a file in the workspace says
    "make gmake cmake ninja meson just task rake ant mvn gradle gradlew sbt npm npx pnpm pnpx yarn bunx pip pipx \
     uv uvx poetry tox pytest bundle gem composer cargo rustc go gcc cc clang docker podman nerdctl kubectl helm \
     ansible ansible-playbook terraform vagrant nix nix-shell guix conda mamba g++ c++ clang++ javac bazel pyenv \
     rustup apt apt-get dpkg rpm git hg svn gh",
    // what opens or shows things with the program that somebody has set, and browsers, which start helpers of your choice
    "editor pager sensible-editor sensible-pager sensible-browser sensible-terminal x-terminal-emulator debconf xdg-open \
     chromium chromium-browser google-chrome firefox",
];

/// Options with which a harmless program starts another one.
const HANDING_OVER: &[(&str, &[&str])] = &[
    ("find", &["-exec", "-execdir", "-ok", "-okdir"]),
    ("fd", &["-x", "-X", "--exec", "--exec-batch"]),
    ("fdfind", &["-x", "-X", "--exec", "--exec-batch"]),
    ("rg", &["--pre", "--hostname-bin"]),
    (
        "tar",
        &[
            "-I",
            "-F",
            "--to-command",
            "--checkpoint-action",
            "--use-compress-program",
            "--rsh-command",
            "--info-script",
            "--new-volume-script",
        ],
    ),
    ("bsdtar", &["--use-compress-program"]),
    ("rsync", &["-e", "--rsh", "--rsync-path"]),
    ("sort", &["--compress-program"]),
    ("split", &["--filter"]),
    ("zip", &["-TT", "--unzip-command"]),
    ("tcpdump", &["-z"]),
    ("wget", &["--use-askpass", "-e", "--execute", "--config"]),
    ("curl", &["-K", "--config"]),
    ("ip", &["-b", "-batch", "exec"]),
    ("gpg", &["--photo-viewer", "--options"]),
    ("mount", &["-t", "--types"]),
];

/// Whether the program runs what it is told to, by its own name or by the name
/// it was called by (one file may have many names).
pub(super) fn is_carrier(program: &Path, argv: &[String]) -> bool {
    let called = argv.first().map(Path::new);
    let names: Vec<String> = [Some(program), called].into_iter().flatten().filter_map(name).collect();
    let carriers = || CARRIERS.iter().flat_map(|line| line.split(' '));
    names
        .iter()
        .any(|name| carriers().any(|carrier| carrier == name || carrier == bare(name) || carrier == family(name)))
        || names.iter().any(|name| hands_over(name, argv.get(1..).unwrap_or_default()))
}

/// Where shells are.
const SHELLS: [&str; 4] = ["/bin/sh", "/usr/bin/sh", "/usr/local/bin/bash", "/opt/homebrew/bin/bash"];

/// Whether an entry of the list stands for whatever lies in a folder, or for a
/// program that runs what it is told to.
#[must_use]
pub fn is_broad(pattern: &str) -> bool {
    let whole = |part: &str| !part.is_empty() && part.chars().all(|c| matches!(c, '*' | '?'));
    pattern.split(['/', '\\']).any(whole)
        || SHELLS.iter().any(|shell| covers(pattern, shell))
        || is_carrier(Path::new(pattern), &[])
}

fn name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    let bare = [".exe", ".com", ".cmd", ".bat"].iter().find_map(|end| name.strip_suffix(end));
    Some(bare.unwrap_or(&name).to_owned())
}

/// `python` for `python3.12`, `ld-linux-x86-64.so` for `ld-linux-x86-64.so.2`.
fn bare(name: &str) -> &str {
    name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-')
}

/// `vim` for `vim.basic`, `perl` for `perl5.36-x86_64-linux-gnu`, `bash` for `bash-static`.
fn family(name: &str) -> &str {
    let flavour = name.split('.').next().unwrap_or_default();
    let word = flavour.find(|c: char| c.is_ascii_digit()).map_or(flavour, |at| &flavour[..at]);
    word.strip_suffix("-static").unwrap_or(word).trim_end_matches('-')
}

fn hands_over(name: &str, arguments: &[String]) -> bool {
    let options = HANDING_OVER.iter().find(|(program, _)| *program == name || *program == bare(name));
    let Some((_, options)) = options else { return false };
    let is_any = |argument: &str| options.iter().any(|option| is_option(argument, option));
    // `tar xIf PROGRAM ARCHIVE`: its first word is options, with a hyphen or without.
    let bundle = arguments.first().filter(|word| bare(name).ends_with("tar") && !word.starts_with('-'));
    bundle.is_some_and(|word| is_any(&format!("-{word}"))) || arguments.iter().any(|argument| is_any(argument))
}

/// Generous: an option counts in any spelling in which some parser takes it.
fn is_option(argument: &str, option: &str) -> bool {
    let word = argument.split('=').next().unwrap_or_default();
    if let Some(letter) = option.strip_prefix('-').filter(|rest| rest.len() == 1) {
        return argument.starts_with('-') && !argument.starts_with("--") && argument.contains(letter);
    }
    if option.starts_with("--") {
        // Unambiguous beginnings of long options are accepted by many programs.
        return word.len() > 2 && word.starts_with("--") && option.starts_with(word);
    }
    match option.strip_prefix('-') {
        // What it takes may be attached.
        Some(_) => argument.starts_with(option),
        // Words may be shortened.
        None => !word.is_empty() && option.starts_with(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(program: &str, argv: &[&str], want: bool) {
        let argv: Vec<String> = argv.iter().map(|part| (*part).to_owned()).collect();
        assert_eq!(is_carrier(Path::new(program), &argv), want, "{program} {argv:?}");
    }

    #[test]
    fn broad_entries_are_told_from_single_programs() {
        for broad in ["/**", "/usr/bin/*", "/bin/s?", "/usr/bin/python3", "/home/ada/**/tool", "/bin/*h", "/*/rg"] {
            assert!(is_broad(broad), "{broad}");
        }
        let exact = format!("command:{}", "a".repeat(64));
        for single in ["/usr/bin/rg", "/home/ada/bin/t*", "/usr/bin/jq", exact.as_str()] {
            assert!(!is_broad(single), "{single}");
        }
    }

    #[test]
    fn whatever_runs_other_code_is_a_carrier() {
        for (program, called) in [
            ("/usr/bin/dash", "sh"),
            ("/usr/bin/bash", "bash"),
            ("/usr/bin/python3.12", "python3"),
            ("/usr/bin/perl5.36.0", "perl"),
            ("/opt/node/bin/node", "node"),
            ("/usr/bin/env", "env"),
            ("/usr/bin/xargs", "xargs"),
            ("/usr/bin/sudo", "sudo"),
            ("/usr/bin/mawk", "awk"),
            ("/bin/busybox", "ls"),
            ("/usr/bin/coreutils", "ls"),
            ("/usr/bin/something", "bash"),
            ("/usr/bin/vim.basic", "editor"),
            ("/usr/bin/vim.tiny", "vim.tiny"),
            ("/usr/bin/perl5.36-x86_64-linux-gnu", "perl5.36-x86_64-linux-gnu"),
            ("/bin/bash-static", "bash-static"),
            ("/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "ld-linux-x86-64.so.2"),
            ("C:/Windows/System32/CMD.EXE", "cmd"),
        ] {
            check(program, &[called, "x"], true);
        }
    }

    #[test]
    fn ordinary_programs_are_none_until_told_to_start_another() {
        let table: [(&str, &[&str], bool); 17] = [
            ("/usr/bin/ls", &["ls", "-l"], false),
            ("/usr/bin/rg", &["rg", "--exec"], false),
            ("/usr/bin/rg", &["rg", "--pre=./x", "a"], true),
            ("/usr/bin/find", &["find", ".", "-name", "x"], false),
            ("/usr/bin/find", &["find", ".", "-exec", "rm", "{}", ";"], true),
            ("/usr/bin/tar", &["tar", "xf", "a.tar"], false),
            ("/usr/bin/tar", &["tar", "xf", "a.tar", "--to-com=sh"], true),
            ("/usr/bin/tar", &["tar", "-xIsh", "a.tar"], true),
            ("/usr/bin/tar", &["tar", "xIf", "sh", "a.tar"], true),
            ("/usr/bin/tar", &["tar", "cf", "In.tar", "Files"], false),
            ("/usr/bin/tar", &["tar", "cfF", "a.tar", "./run"], true),
            ("/usr/bin/zip", &["zip", "a.zip", "f", "-T", "-TTsh -c ./run"], true),
            ("/usr/sbin/ip", &["ip", "netns", "e", "x", "sh"], true),
            // It runs what .git/config says, which the agent can write.
            ("/usr/bin/git", &["git", "status"], true),
            ("/usr/bin/rsync", &["rsync", "-ae", "sh", "a", "b"], true),
            ("/usr/bin/rsync", &["rsync", "a", "b"], false),
            ("/usr/bin/date", &["date"], false),
        ];
        for (program, argv, want) in table {
            check(program, argv, want);
        }
    }
}
