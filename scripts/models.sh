#!/bin/sh
# Regenerates models/postern.swift and models/postern.ts from schemas/protocol.json. Needs npm and Node 20.19 or newer.
set -eu
cd "$(dirname "$0")/../tests/conformance"
if [ ! -d node_modules/quicktype ]; then
    echo "installing the generators with npm ci in tests/conformance"
    npm ci --no-fund --no-audit
fi
exec node models.mjs "$@"
