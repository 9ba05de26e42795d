#!/usr/bin/env bash
# A second device from another address, for real: the gateway and the device live in two network namespaces joined by a
# cable, the device runs the official client SDK, and the owner approves it with the command line. Needs root and iproute2.
#   tests/acceptance/second_device.sh [path of the postern binary]
set -euo pipefail
cd "$(dirname "$0")/../.."
postern=$(realpath "${1:-target/debug/postern}")
node=$(ls tests/conformance/node_modules/node-*/bin/node | head -n 1)
[ "$(id -u)" -eq 0 ] || { echo "second_device: needs root to make network namespaces" >&2; exit 1; }

state=$(mktemp -d)
here=postern-gw-$$ there=postern-dev-$$
cleanup() {
    kill "${gateway_pid:-}" 2>/dev/null || true
    wait 2>/dev/null || true
    ip netns delete "$here" 2>/dev/null || true
    ip netns delete "$there" 2>/dev/null || true
    rm -rf "$state"
}
trap cleanup EXIT

ip netns add "$here"
ip netns add "$there"
ip link add "pg$$" netns "$here" type veth peer name "pd$$" netns "$there"
for side in "$here pg$$ 10.213.7.1" "$there pd$$ 10.213.7.2"; do
    read -r ns link address <<<"$side"
    ip -n "$ns" address add "$address/24" dev "$link"
    ip -n "$ns" link set "$link" up
    ip -n "$ns" link set lo up
done

export POSTERN_STATE_DIR=$state POSTERN_CREDENTIALS=file
ip netns exec "$here" "$postern" gateway --bind lan --port 18789 --json >"$state/ready" 2>"$state/log" &
gateway_pid=$!
for _ in $(seq 200); do [ -s "$state/ready" ] && break; kill -0 $gateway_pid || { cat "$state/log"; exit 1; }; read -rt 0.05 <> <(:) || true; done
token=$(ip netns exec "$here" "$postern" token)

ip netns exec "$there" "$node" tests/acceptance/second_device.mjs ws://10.213.7.1:18789 "$token" >"$state/device" 2>&1 &
device_pid=$!
for _ in $(seq 400); do grep -q requestId "$state/device" 2>/dev/null && break; read -rt 0.05 <> <(:) || true; done
request=$(sed -n 's/.*"requestId":"\([^"]*\)".*/\1/p' "$state/device" | head -n 1)
[ -n "$request" ] || { echo "second_device: no request id" >&2; cat "$state/device" "$state/log" >&2; exit 1; }
ip netns exec "$here" "$postern" devices list
ip netns exec "$here" "$postern" devices approve "$request" --yes
wait "$device_pid" || { echo "second_device: the device did not connect" >&2; cat "$state/device" "$state/log" >&2; exit 1; }
cat "$state/device"
echo "second_device: refused, approved, connected"
