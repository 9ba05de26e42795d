#!/usr/bin/env bash
# Drives the web app in Chromium against a real gateway (ui/e2e): `scripts/e2e.sh [FILTER]`, FILTER is part of a file's
# name. POSTERN_BIN names the gateway; without it the debug one is built and taken. Pictures go to target/e2e.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh node browser
scripts/ui.sh
if [ -z "${POSTERN_BIN:-}" ]; then
    scripts/setup.sh rust cc
    # Has the web app inside, so it comes after that.
    cargo build --quiet --bin postern
    POSTERN_BIN=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)/debug/postern
fi
export POSTERN_BIN
for command in chromium google-chrome; do
    [ -n "${CHROMIUM:-}" ] || CHROMIUM=$(command -v "$command" || true)
done
export CHROMIUM

node ui/e2e/run.mjs "$@"
