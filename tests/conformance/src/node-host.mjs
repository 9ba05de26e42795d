//! The ecosystem's node host as a program of its own, with its own home; it is a computer that joins the gateway.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { within } from "./until.mjs";

const PROGRAM = fileURLToPath(new URL("../node-host/node_modules/openclaw/openclaw.mjs", import.meta.url));

/** Every host that was started and not yet removed. */
const started = new Set();

/**
 * Lets the package finish its own installation: its first process does that, and a second one at the same time, or after one
 * that was killed at it, refuses to run.
 */
export async function settleNodeHost() {
  const folder = mkdtempSync(join(tmpdir(), "postern-node-host-"));
  try {
    await promisify(execFile)(process.execPath, [PROGRAM, "--version"], { env: { ...withoutSettings(), HOME: folder, USERPROFILE: folder } });
  } catch (error) {
    throw new Error(`the official node host is not whole; remove tests/conformance/node-host/node_modules and try again: ${error.stderr ?? error}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One process of the official node host; it looks for its gateway by itself, for ever. */
export class NodeHost {
  #child;
  #folder;
  #exit;
  #log = [];

  /** `name`: shown to operators; `token`: the shared secret, if it has it; `args`: more for `node run`. */
  constructor(name, { port, token, args = [] }) {
    if (!existsSync(PROGRAM)) throw new Error("the official node host is not installed: scripts/conformance.sh does it");
    this.name = name;
    this.#folder = mkdtempSync(join(tmpdir(), "postern-node-host-"));
    started.add(this);
    const env = {
      ...withoutSettings(),
      HOME: this.#folder,
      USERPROFILE: this.#folder,
      OPENCLAW_STATE_DIR: join(this.#folder, "state"),
      ...(token ? { OPENCLAW_GATEWAY_TOKEN: token } : {}),
    };
    const run = [PROGRAM, "node", "run", "--host", "127.0.0.1", "--port", String(port), "--display-name", name, ...args];
    // A group of its own: what it starts ends with it.
    this.#child = spawn(process.execPath, run, { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    this.#exit = once(this.#child, "exit");
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream.on("data", (chunk) => this.#log.push(chunk.toString()));
  }

  /** What it said last. */
  log() {
    return this.#log.join("").split("\n").slice(-12).join("\n");
  }

  /** Ends it at once, with what it started, and removes its folder. */
  async dispose() {
    started.delete(this);
    try {
      process.kill(-this.#child.pid, "SIGKILL");
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
    await within(`end of the node host ${this.name}`, this.#exit);
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The caller's environment without anything that would configure a gateway or a node. */
function withoutSettings() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(POSTERN|OPENCLAW|CLAWDBOT|MOLTBOT)_/.test(name)));
}

/** Kills what a failed case left behind. */
export async function disposeNodeHosts() {
  await Promise.all([...started].map((host) => host.dispose()));
}
