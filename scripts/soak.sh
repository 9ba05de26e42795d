#!/usr/bin/env bash
# Keeps the release gateway busy for SOAK_MINUTES (10 when not set) and fails when memory or open files grow.
# SOAK_BIN names a gateway that is built already.
set -euo pipefail
cd "$(dirname "$0")/.."

target_dir=${CARGO_TARGET_DIR:-target}
bin=${SOAK_BIN:-$target_dir/release/postern}
scripts/setup.sh rust cc
# Apart from each other: built together, the gateway would get features that only the load generator asks for.
[ -n "${SOAK_BIN:-}" ] || cargo build --release --bin postern
cargo build --release --package postern-bench
exec "$target_dir/release/postern-bench" soak --bin "$bin" --minutes "${SOAK_MINUTES:-10}"
