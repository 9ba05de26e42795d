#!/usr/bin/env bash
# Builds and runs the program: `scripts/run.sh [--headless] [ARGS of the gateway]`. Where there is a display that is the
# desktop app, which brings the gateway with it; elsewhere, or with --headless, the gateway in the foreground.
set -euo pipefail
cd "$(dirname "$0")/.."

headless=no
if [ "${1:-}" = --headless ]; then
    headless=yes
    shift
elif [ "$(uname -s)" = Linux ] && [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    headless=yes
    echo "run: no display here, so the gateway runs without its tray"
fi

scripts/setup.sh rust cc node
scripts/ui.sh
if [ "$headless" = yes ]; then
    exec cargo run --release --bin postern -- gateway "$@"
fi
scripts/setup.sh webkit
exec cargo run --release --package postern-desktop --bin postern-desktop -- "$@"
