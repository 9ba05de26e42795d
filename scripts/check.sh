#!/usr/bin/env bash
# Everything that must hold before a change goes in: format, lints, docs, tests, schema drift, licences and sources.
set -euo pipefail
cd "$(dirname "$0")/.."

target_dir=${CARGO_TARGET_DIR:-target}
say() { printf '\n== %s\n' "$*"; }

scripts/setup.sh rust lint cc node deny
# The desktop app is linted too, where its libraries can be had.
desktop=()
if scripts/setup.sh webkit; then :; else
    echo "check: without WebKit's headers the desktop app is left out" >&2
    desktop=(--exclude postern-desktop)
fi
scripts/ui.sh

say "format"
cargo fmt --all --check || {
    echo "hint: make fmt" >&2
    exit 1
}

say "lints"
cargo clippy --workspace ${desktop[@]+"${desktop[@]}"} --all-targets -- -D warnings

say "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --workspace ${desktop[@]+"${desktop[@]}"} --no-deps --quiet

say "licences, banned crates, sources"
# Advisories are left out: they need the network at every run.
PATH=$PATH:$target_dir/tools/bin cargo deny --log-level warn check licenses bans sources

scripts/test.sh
