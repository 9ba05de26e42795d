#!/usr/bin/env bash
# Packages the desktop app for the system it runs on: Debian's .deb here, .dmg on macOS, .msi on Windows. The package
# brings the gateway and the command line with it. Result in target/dist.
set -euo pipefail
cd "$(dirname "$0")/.."

target_dir=${CARGO_TARGET_DIR:-target}
mkdir -p "$target_dir"
target_dir=$(cd "$target_dir" && pwd)
case $(uname -s) in
    Linux) kind=deb ;;
    Darwin) kind=dmg ;;
    *) kind=msi ;;
esac

scripts/setup.sh rust cc node bundle
scripts/ui.sh
# What an earlier version left there is not what this run makes.
rm -rf "$target_dir/release/bundle/$kind"
echo "desktop: building and packing (.$kind; the first build takes minutes)"
(cd src-tauri && CARGO_TARGET_DIR=$target_dir "$target_dir/tools/node_modules/.bin/tauri" build --bundles "$kind" --ci)
mkdir -p "$target_dir/dist"
found=$(find "$target_dir/release/bundle/$kind" -maxdepth 1 -name "*.$kind" | head -n 1)
[ -n "$found" ] || {
    echo "desktop: the bundler made no .$kind" >&2
    exit 1
}
package=$target_dir/dist/$(basename "$found" | tr ' ' '-')
cp "$found" "$package"
sum="sha256sum"
command -v sha256sum >/dev/null 2>&1 || sum="shasum -a 256"
(cd "$target_dir/dist" && $sum "$(basename "$package")" >"$(basename "$package").sha256")
echo "desktop: $package ($(du -h "$package" | cut -f1))"
