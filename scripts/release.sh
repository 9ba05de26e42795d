#!/usr/bin/env bash
# Builds the release binary, holds it to its size budget, and packs it with a checksum into <target>/dist. With
# RELEASE_KEY_FILE the program itself and a signed list for updates go there too (docs/updates.md); RELEASE_CHANNEL and
# RELEASE_NOTES say whose release it is and what is new.
set -euo pipefail
cd "$(dirname "$0")/.."

# The goal is 25 MB (docs/adr/0008-packages-for-operation.md); this is what must not be exceeded until then.
max_bytes=$((31 * 1000 * 1000))
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

if [ -n "${RELEASE_KEY_FILE:-}" ]; then
    version=$("$binary" --version | awk '{print $2}')
    # The name that the program itself has for this platform: the only one it would look for.
    target=$("$binary" release-manifest --key "$RELEASE_KEY_FILE" --target)
    channel=${RELEASE_CHANNEL:-stable}
    cp "$binary" "$dist/postern-$version-$target"
    "$binary" release-manifest --key "$RELEASE_KEY_FILE" --channel "$channel" ${RELEASE_NOTES:+--notes "$RELEASE_NOTES"} \
        --platform "$target=$dist/postern-$version-$target" --out "$dist/$channel.json"
fi
