#!/usr/bin/env bash
# Drives the desktop app in real WebKit on a private desktop with X server, session bus, keychain and tray
# (tests/desktop): `scripts/desktop-test.sh [FILTER]`, FILTER is part of a file's name. POSTERN_DESKTOP_BIN and
# POSTERN_BIN name the app and the command line; without them the debug ones are built and taken.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(uname -s)" != Linux ]; then
    echo "desktop-test: the desktop app can be tested on Linux only: it needs Xvfb and WebKitWebDriver" >&2
    exit 1
fi
scripts/setup.sh node desktop
scripts/ui.sh
built=no
if [ -z "${POSTERN_DESKTOP_BIN:-}" ] || [ -z "${POSTERN_BIN:-}" ]; then
    scripts/setup.sh rust cc webkit
    built=yes
    cargo build --quiet --package postern-desktop --package postern
    target_dir=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)
    POSTERN_DESKTOP_BIN=${POSTERN_DESKTOP_BIN:-$target_dir/debug/postern-desktop}
    POSTERN_BIN=${POSTERN_BIN:-$target_dir/debug/postern}
fi
export POSTERN_DESKTOP_BIN POSTERN_BIN

# What can be decided without a desktop; the recipe for the gateway leaves this package out.
if [ "$built" = yes ] && [ $# -eq 0 ]; then
    cargo test --quiet --package postern-desktop
fi
node tests/desktop/run.mjs "$@"
