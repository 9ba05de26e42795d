#!/usr/bin/env bash
# Coverage-guided fuzzing on the stable toolchain: `scripts/fuzz.sh [TARGET|all] [SECONDS]`, by default every target for 60 s.
# New inputs stay in fuzz/corpus; one that fails is kept in fuzz/artifacts, and the command that repeats it is printed.
set -euo pipefail
cd "$(dirname "$0")/.."

all="frame connect config"
target=${1:-all}
seconds=${2:-60}
case " all $all " in
    *" $target "*) ;;
    *)
        echo "fuzz: unknown target '$target' (known: $all)" >&2
        exit 2
        ;;
esac
[ "$target" = all ] || all=$target

scripts/setup.sh rust cc cxx

host=$(rustc -vV | sed -n 's/^host: //p')
# What cargo-fuzz sets too, without a sanitizer: those need nightly, and `unsafe` is forbidden in this code anyway.
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares"
echo "fuzz: building with coverage instrumentation (the first time takes minutes)"
# With --target, build scripts and macros stay as they are.
CARGO_TARGET_DIR=fuzz/target cargo build --release --quiet --manifest-path fuzz/Cargo.toml --target "$host" --bins

for name in $all; do
    binary=fuzz/target/$host/release/$name
    mkdir -p "fuzz/corpus/$name" "fuzz/artifacts/$name"
    echo "fuzz: $name for $seconds s"
    "$binary" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=1 \
        -dict="fuzz/dictionaries/$name.dict" -artifact_prefix="fuzz/artifacts/$name/" \
        "fuzz/corpus/$name" "fuzz/seeds/$name" >"fuzz/artifacts/$name.log" 2>&1 || {
        tail -n 40 "fuzz/artifacts/$name.log" >&2
        echo "fuzz: $name failed; repeat it with: $binary fuzz/artifacts/$name/<file> (log: fuzz/artifacts/$name.log)" >&2
        exit 1
    }
    grep -E '^(Done|stat::number_of_executed_units|stat::new_units_added)' "fuzz/artifacts/$name.log" | sed "s/^/fuzz: $name: /"
done
echo "fuzz: clean"
