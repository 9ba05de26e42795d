#!/usr/bin/env bash
# Sees to it that what a recipe needs is on this machine: `scripts/setup.sh NEED...`
#   rust  cargo 1.95 or newer        lint  clippy and rustfmt        cc   C compiler (SQLite, ring)
#   cxx   C++ compiler (libFuzzer)   node  Node 20 or newer and npm  deny cargo-deny (licences and sources)
#   keychain  a session bus and a keychain daemon (Linux, for the tests)
#   browser   Chromium for the tests of the web app, and ssh and sshd for the tunnel that one of them goes through
#   proxy     nginx, which one of the tests puts in front of the gateway (Linux)
#   webkit    what the desktop app is compiled against (Linux)     bundle  what its Debian package is made with
#   desktop   a display, a tray, notifications and a WebKit driver without a screen, for its tests (Linux)
#   rsvg      draws the icons        systemd  systemd-analyze, for the test of the service's unit (Linux)
# Says one line per install and nothing when there is nothing to do. Works as root, and as an ordinary user who has
# the packages or may use sudo; otherwise it names the package that is missing and ends with status 1.
set -euo pipefail
cd "$(dirname "$0")/.."

target_dir=${CARGO_TARGET_DIR:-target}
log=$target_dir/setup.log
apt_updated=no

say() { printf 'setup: %s\n' "$*"; }
fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command as root, without ever stopping to ask for a password.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# install_package COMMAND PACKAGE... : COMMAND is what is missing, PACKAGE is Debian's name for what brings it.
install_package() {
    local command=$1
    shift
    local by_hand="'$command' is missing: install the package $* and run this again"
    have apt-get || fail "$by_hand (this machine has no apt-get, so use its own package manager)"
    if [ "$(id -u)" -ne 0 ] && ! sudo -n true 2>/dev/null; then
        fail "$by_hand (sudo apt-get install $*)"
    fi
    mkdir -p "$target_dir"
    if [ "$apt_updated" = no ]; then
        say "reading Debian's package lists with apt-get ..."
        as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >>"$log" 2>&1 || say "apt-get update failed, going on with the old lists (see $log)"
        apt_updated=yes
    fi
    say "installing $* (brings '$command') with apt-get ..."
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >>"$log" 2>&1 || {
        tail -n 5 "$log" >&2
        fail "apt-get could not install $* (all of its output: $log)"
    }
    have "$command" || fail "$by_hand (apt-get installed it, but '$command' is still not on PATH)"
}

# is_older HAVE WANT: both MAJOR.MINOR[.PATCH].
is_older() {
    local have_major=${1%%.*} have_rest=${1#*.} want_major=${2%%.*} want_rest=${2#*.}
    [ "$have_major" -lt "$want_major" ] || { [ "$have_major" -eq "$want_major" ] && [ "${have_rest%%.*}" -lt "${want_rest%%.*}" ]; }
}

need_rust() {
    have cargo || fail "'cargo' is missing: install Rust 1.95 or newer (https://rustup.rs; Debian's own package is too old) and run this again"
    local version
    version=$(cargo --version | cut -d' ' -f2)
    if is_older "$version" 1.95; then
        fail "cargo $version is too old: Rust 1.95 or newer is needed (rustup update stable)"
    fi
}

need_lint() {
    need_rust
    local part
    for part in clippy fmt; do
        cargo "$part" --version >/dev/null 2>&1 && continue
        local component=$part
        [ "$part" = fmt ] && component=rustfmt
        have rustup || fail "'cargo $part' is missing: install the Rust component $component and run this again"
        say "installing $component (a Rust component) with rustup ..."
        rustup component add "$component" || fail "rustup could not install $component"
    done
}

need_cc() { have cc || have gcc || have clang || install_package cc gcc libc6-dev; }

# The suite keeps secrets in a real keychain daemon on a private session bus. Other systems have theirs built in.
need_keychain() {
    [ "$(uname -s)" = Linux ] || return 0
    have dbus-run-session || install_package dbus-run-session dbus
    have gnome-keyring-daemon || install_package gnome-keyring-daemon gnome-keyring
}

# Only the program: the test starts one of its own, with a folder and a port of its own.
need_proxy() {
    [ "$(uname -s)" = Linux ] || return 0
    [ -x /usr/sbin/nginx ] || have nginx && return
    PATH=$PATH:/usr/sbin install_package nginx nginx-light
    # Its package also starts a web server of the system, which nobody asked for.
    [ ! -d /run/systemd/system ] || as_root systemctl disable --now nginx >>"$log" 2>&1 || true
}

# Tests on networks of their own: namespaces, cables between them, filters that lose packets.
need_network() {
    [ "$(uname -s)" = Linux ] || return 0
    have unshare || install_package unshare util-linux
    [ -x /usr/sbin/ip ] || have ip || PATH=$PATH:/usr/sbin install_package ip iproute2
    [ -x /usr/sbin/nft ] || have nft || PATH=$PATH:/usr/sbin install_package nft nftables
}

need_browser() {
    # Debian calls it chromium; a browser that is there already is as good.
    have chromium || have google-chrome || install_package chromium chromium fonts-dejavu-core
    [ "$(uname -s)" = Linux ] || return 0
    have ssh || install_package ssh openssh-client
    [ -x /usr/sbin/sshd ] || install_package ssh openssh-server
}

need_webkit() {
    [ "$(uname -s)" = Linux ] || return 0
    have pkg-config || install_package pkg-config pkg-config
    pkg-config --exists webkit2gtk-4.1 || install_package pkg-config libwebkit2gtk-4.1-dev
    # Loaded while it runs, not linked: without it there is no tray.
    compgen -G '/usr/lib/*/libayatana-appindicator3.so.1' >/dev/null || install_package pkg-config libayatana-appindicator3-1
}

# The bundler, from npm because there it is prebuilt; beside the build, as nothing else needs it.
need_bundle() {
    need_webkit
    need_node
    if [ ! -x "$target_dir/tools/node_modules/.bin/tauri" ]; then
        say "installing Tauri's bundler with npm into $target_dir/tools ..."
        mkdir -p "$target_dir/tools"
        npm install --prefix "$target_dir/tools" --no-save --no-fund --no-audit --loglevel=error @tauri-apps/cli@2.12.5 ||
            fail "npm could not install @tauri-apps/cli"
    fi
    [ "$(uname -s)" = Linux ] || return 0
    pkg-config --exists ayatana-appindicator3-0.1 || install_package pkg-config libayatana-appindicator3-dev
    have dpkg-deb || install_package dpkg-deb dpkg
}

need_desktop() {
    [ "$(uname -s)" = Linux ] || fail "the tests of the desktop app need Linux"
    need_webkit
    need_keychain
    have xvfb-run || install_package xvfb-run xvfb xauth
    have WebKitWebDriver || install_package WebKitWebDriver webkit2gtk-driver
    have dunst || install_package dunst dunst
    have maim || install_package maim maim xdotool x11-utils
    have xfwm4 || install_package xfwm4 xfwm4
    have xfce4-panel || install_package xfce4-panel xfce4-panel
    have secret-tool || install_package secret-tool libsecret-tools
    /usr/bin/python3 -c 'import gi' 2>/dev/null || install_package python3 python3 python3-gi
}

# Reads the units that `postern service install` writes; nothing of it has to run.
need_systemd() {
    [ "$(uname -s)" != Linux ] || have systemd-analyze || install_package systemd-analyze systemd
}

need_rsvg() { have rsvg-convert || install_package rsvg-convert librsvg2-bin; }

need_cxx() { have c++ || have g++ || have clang++ || install_package c++ g++; }

need_node() {
    have node || install_package node nodejs
    have npm || install_package npm npm
    local version
    version=$(node --version)
    version=${version#v}
    if is_older "$version" 20.19; then
        fail "node $version is too old: Node 20.19 or newer is needed"
    fi
}

need_deny() {
    need_rust
    have cargo-deny && return
    [ -x "$target_dir/tools/bin/cargo-deny" ] && return
    need_cc
    mkdir -p "$target_dir"
    say "installing cargo-deny (checks licences and sources) with cargo into $target_dir/tools; once, takes minutes ..."
    # Another target folder would build it inside this workspace's.
    env -u CARGO_TARGET_DIR cargo install cargo-deny --locked --quiet --root "$target_dir/tools" >>"$log" 2>&1 || {
        tail -n 5 "$log" >&2
        fail "cargo could not install cargo-deny (all of its output: $log)"
    }
}

[ $# -gt 0 ] || fail "usage: scripts/setup.sh rust|lint|cc|cxx|node|deny|keychain|proxy|network|browser|webkit|bundle|desktop|rsvg ..."
for need in "$@"; do
    case $need in
        rust | lint | cc | cxx | node | deny | keychain | proxy | network | browser | webkit | bundle | desktop | rsvg | systemd) "need_$need" ;;
        *) fail "unknown need '$need' (known: rust lint cc cxx node deny keychain proxy network browser webkit bundle desktop rsvg systemd)" ;;
    esac
done
