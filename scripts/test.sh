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

scripts/setup.sh rust cc keychain

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
POSTERN_BIN=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)/debug/postern scripts/conformance.sh

say "all of it passed"
