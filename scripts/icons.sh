#!/usr/bin/env bash
# Draws the icons anew: icons/*.svg from icons/draw.mjs, then the pixels that the desktop app and its packages embed.
# Only needed after a change to the drawing; what it writes is committed.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh node rsvg

node icons/draw.mjs
for drawing in icons/tray/*.svg; do
    rsvg-convert --width 64 --height 64 "$drawing" --output "${drawing%.svg}.png"
done
mkdir -p icons/app
for size in 32 64 128 256 512; do
    rsvg-convert --width "$size" --height "$size" icons/app.svg --output "icons/app/${size}x$size.png"
done
node icons/pack.mjs
echo "icons: drawn"
