#!/usr/bin/env bash
# Measures the release gateway and the floor server under the same load generator, in the same run.
# Arguments go to the load generator; `scripts/bench.sh --help` lists them.
set -euo pipefail
cd "$(dirname "$0")/.."

target_dir=${CARGO_TARGET_DIR:-target}
scripts/setup.sh rust cc
# Apart from each other: built together, the gateway would get features that only the load generator asks for.
cargo build --release --bin postern
cargo build --release --package postern-bench
exec "$target_dir/release/postern-bench" --bin "$target_dir/release/postern" "$@"
