#!/usr/bin/env bash
# The web app. `scripts/ui.sh` builds ui/dist when a source is newer, and says nothing when there is nothing to do.
#   scripts/ui.sh check    format, lints, types and unit tests
#   scripts/ui.sh format   writes the format
# Installs what package-lock.json says first, when that changed. Needs node and npm (scripts/setup.sh node).
set -euo pipefail
cd "$(dirname "$0")/../ui"

say() { printf 'ui: %s\n' "$*"; }

install() {
    # npm writes this file at the end of every install.
    local installed=node_modules/.package-lock.json
    if [ -e "$installed" ] && [ ! package-lock.json -nt "$installed" ]; then return; fi
    say "installing the packages of ui/package-lock.json with npm ci ..."
    npm ci --no-fund --no-audit --loglevel=error
    touch "$installed"
}

# The file that a build writes last.
built=dist/manifest.txt

is_stale() {
    [ -e "$built" ] || return 0
    local newer
    newer=$(find src public scripts index.html vite.config.ts svelte.config.js package-lock.json \
        -newer "$built" -type f ! -name '*.test.ts' -print -quit)
    [ -n "$newer" ]
}

build() {
    is_stale || return 0
    # The licences of what is in the binary and in the page, for its About page.
    # Without them the page says so; no reason to have no page.
    node scripts/licences.mjs || say "the list of licences could not be made"
    say "building the web app with vite ..."
    local log
    log=$(npx --no-install vite build 2>&1) || {
        printf '%s\n' "$log" >&2
        exit 1
    }
    say "$(grep 'first screen' <<<"$log")"
}

case "${1:-build}" in
build)
    install
    build
    ;;
check)
    install
    npm run --silent lint
    npm run --silent types
    npm run --silent test
    ;;
format)
    install
    npm run --silent format
    ;;
*)
    say "unknown: $1 (build, check, format)" >&2
    exit 2
    ;;
esac
