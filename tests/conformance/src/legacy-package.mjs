//! Fetches the last official release that spoke protocol 3, for its client and its closed schemas only.
//!
//! It is not in package.json because its dependencies (browsers, chat SDKs) are a hundred times larger than the few
//! files used here. The archive comes through npm itself and must have the pinned checksum.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

const NAME = "clawdbot";
const VERSION = "2026.1.24";
const SHA512 = "foszbNXzk743kQBx2Nfc2KNlStZyBAVAYLQJ+KaONh009r8oB1a74kQ8wTnKX+SDNaQ9MvaE9tOisVUi+H3F+Q==";

const CACHE = fileURLToPath(new URL("../node_modules/.cache/", import.meta.url));

/** Folder of the unpacked release. */
export const LEGACY_ROOT = join(CACHE, `${NAME}-${VERSION}`, "package");

/** Downloads and unpacks the release unless it is there already. */
export function fetchLegacyPackage() {
  if (existsSync(join(LEGACY_ROOT, "package.json"))) return;
  mkdirSync(CACHE, { recursive: true });
  npm(["pack", `${NAME}@${VERSION}`, "--pack-destination", CACHE, "--silent", "--prefer-offline"]);
  const archive = join(CACHE, `${NAME}-${VERSION}.tgz`);
  const sum = createHash("sha512").update(readFileSync(archive)).digest("base64");
  if (sum !== SHA512) throw new Error(`${archive} has SHA-512 ${sum}, expected ${SHA512}`);
  const target = join(CACHE, `${NAME}-${VERSION}`);
  const partial = `${target}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial);
  execFileSync("tar", ["-xzf", `${NAME}-${VERSION}.tgz`, "-C", `${NAME}-${VERSION}.partial`, "package/dist", "package/package.json"], { cwd: CACHE });
  renameSync(partial, target);
  rmSync(archive);
}

/** Runs the npm that runs this script; a plain `npm` outside of npm scripts. */
function npm(args) {
  const cli = process.env.npm_execpath;
  if (cli) execFileSync(process.execPath, [cli, ...args], { stdio: "ignore" });
  else execFileSync("npm", args, { stdio: "ignore", shell: process.platform === "win32" });
}
