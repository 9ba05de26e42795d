#!/usr/bin/env bash
# Drives a gateway binary with the official client packages (tests/conformance). POSTERN_BIN names the binary;
# without it the debug one is built and taken.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh node
if [ -z "${POSTERN_BIN:-}" ]; then
    scripts/setup.sh rust cc
    cargo build --quiet --bin postern
    POSTERN_BIN=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)/debug/postern
fi
export POSTERN_BIN

cd tests/conformance
# npm writes node_modules/.package-lock.json last, so it is younger than the lock file after a finished install.
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
    echo "setup: installing the official client packages (for tests only, into tests/conformance/node_modules) with npm ..."
    npm ci --no-audit --no-fund
fi
if [ ! node-host/node_modules/.package-lock.json -nt node-host/package-lock.json ]; then
    echo "setup: installing the official node host (for tests only, 600 MB into tests/conformance/node-host/node_modules) with npm ..."
    npm ci --prefix node-host --ignore-scripts --omit=optional --no-audit --no-fund --loglevel=error
fi
npm test --silent
