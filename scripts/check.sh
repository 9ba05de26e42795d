#!/usr/bin/env bash
# Everything that must hold before a change goes in: format, lints, docs, tests, schema drift, licences and sources.
set -euo pipefail
cd "$(dirname "$0")/.."

target_dir=${CARGO_TARGET_DIR:-target}
say() { printf '\n== %s\n' "$*"; }

scripts/setup.sh rust lint cc node deny

say "format"
cargo fmt --all --check || {
    echo "hint: make fmt" >&2
    exit 1
}

say "lints"
cargo clippy --workspace --all-targets -- -D warnings

say "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

say "licences, banned crates, sources"
# Advisories are left out: they need the network at every run.
PATH=$PATH:$target_dir/tools/bin cargo deny --log-level warn check licenses bans sources

scripts/test.sh
