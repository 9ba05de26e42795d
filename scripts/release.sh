#!/usr/bin/env bash
# Builds the release binary, holds it to its size budget, and packs it with a checksum into <target>/dist.
set -euo pipefail
cd "$(dirname "$0")/.."

max_bytes=$((25 * 1000 * 1000))
target_dir=${CARGO_TARGET_DIR:-target}

scripts/setup.sh rust cc node
scripts/ui.sh
cargo build --release --locked --bin postern

binary=$target_dir/release/postern
bytes=$(wc -c <"$binary" | tr -d ' ')
if [ "$bytes" -ge "$max_bytes" ]; then
    echo "release: $binary has $bytes bytes, the budget is $max_bytes (see 'cargo tree -p postern -e normal' for what grew)" >&2
    exit 1
fi

name=postern-$("$binary" --version | awk '{print $2}')-$(rustc -vV | sed -n 's/^host: //p')
dist=$target_dir/dist
rm -rf "${dist:?}/$name"
mkdir -p "$dist/$name"
cp "$binary" README.md CHANGELOG.md LICENSE "$dist/$name/"
tar -C "$dist" -czf "$dist/$name.tar.gz" "$name"
if command -v sha256sum >/dev/null 2>&1; then checksum=sha256sum; else checksum="shasum -a 256"; fi
(cd "$dist" && $checksum "$name.tar.gz" >"$name.tar.gz.sha256")
echo "release: $dist/$name.tar.gz (binary $bytes bytes)"
