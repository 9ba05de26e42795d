//! What the `postern` program links: no window toolkit, one TLS stack, and no more packages than were agreed to.

use std::collections::BTreeSet;
use std::process::Command;

use super::source_tree::root;

/// Packages that must not be in the tree, each with the reason.
const BANNED: &[(&str, &str)] = &[
    ("tauri", "desktop shell only"),
    ("wry", "desktop shell only"),
    ("tao", "desktop shell only"),
    ("gtk", "needs a display's libraries"),
    ("webkit2gtk", "needs a display's libraries"),
    ("tray-icon", "desktop shell only"),
    ("openssl-sys", "TLS is rustls with ring"),
    ("native-tls", "TLS is rustls with ring"),
    ("aws-lc-sys", "TLS is rustls with ring; this one needs cmake"),
];

/// Raise it together with a line in docs/adr that says what the new packages are worth.
const MOST_PACKAGES: usize = 406;

/// `name vX.Y.Z` of everything the program links on Linux, so that the count is the same on every machine.
fn packages() -> BTreeSet<String> {
    let tree = ["tree", "-p", "postern", "-e", "normal", "--prefix", "none", "--locked"];
    let target = ["--target", "x86_64-unknown-linux-gnu"];
    let output = Command::new(env!("CARGO")).args(tree).args(target).current_dir(root()).output().expect("cargo runs");
    assert!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    lines.lines().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn the_headless_tree_is_what_was_agreed_to() {
    let packages = packages();
    for (banned, reason) in BANNED {
        let found = packages.iter().find(|package| package.split(' ').next() == Some(banned));
        assert!(
            found.is_none(),
            "{banned} is linked ({reason}). `cargo tree -p postern -e normal -i {banned}` says who brings it: \
             turn that feature off, or move the code to a package of its own"
        );
    }
    assert!(packages.iter().any(|package| package.starts_with("tokio ")), "the tree was not read: {packages:?}");
    assert!(
        packages.len() <= MOST_PACKAGES,
        "{} packages, at most {MOST_PACKAGES}: drop a default feature (`cargo tree -p postern -e features`), \
         or raise MOST_PACKAGES and say why in docs/adr",
        packages.len()
    );
}
