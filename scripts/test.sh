#!/usr/bin/env bash
# Proves what the README promises: `scripts/test.sh` runs everything, `scripts/test.sh FILTER` only the Rust tests
# whose name contains FILTER.
set -euo pipefail
cd "$(dirname "$0")/.."

filter=${1:-}
profile=default
locked=()
if [ -n "${CI:-}" ]; then
    profile=ci
    locked=(--locked)
fi

say() { printf '\n== %s\n' "$*"; }

scripts/setup.sh rust cc node keychain proxy network systemd

say "the web app: build, format, lints, types, unit tests"
scripts/ui.sh
[ -n "$filter" ] || scripts/ui.sh check

say "Rust tests (the first build takes minutes)"
if command -v cargo-nextest >/dev/null 2>&1; then
    cargo nextest run --profile "$profile" ${locked[@]+"${locked[@]}"} ${filter:+"$filter"}
else
    echo "cargo-nextest is not installed: using 'cargo test', which does not kill a test that hangs"
    cargo test --lib --bins --tests --examples ${locked[@]+"${locked[@]}"} -- ${filter:+"$filter"}
fi
[ -z "$filter" ] || exit 0

say "examples in the documentation"
cargo test --doc ${locked[@]+"${locked[@]}"}

say "conformance: the ecosystem's official client against this gateway"
# The suite has just built this binary; another build could pick other features and start over.
target_dir=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)
POSTERN_BIN=$target_dir/debug/postern scripts/conformance.sh

say "the web app in Chromium"
POSTERN_BIN=$target_dir/debug/postern scripts/e2e.sh

if [ "$(uname -s)" = Linux ] && { command -v apt-get >/dev/null 2>&1 || command -v WebKitWebDriver >/dev/null 2>&1; }; then
    say "the desktop app in WebKit (the first build takes minutes)"
    scripts/desktop-test.sh
else
    say "the desktop app is tested on Debian and its relatives only: left out here"
fi

say "all of it passed"
