//! Starts and stops the real gateway binary with its own temporary state.
import { spawn } from "node:child_process";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { until, within } from "./until.mjs";

/** The shared secret every gateway of this run is started with. */
export const TOKEN = "conformance-shared-token-0123456789";

/** Every gateway that was started and not yet removed. */
const started = new Set();

/** One gateway process; `url` and `port` come from its ready line, which is kept whole as `ready`. */
export class Gateway {
  #child;
  #log = [];
  #folder;
  #port = 0;
  #env;

  /** `config`: content of the configuration file, or its text; `env`: extra environment of the process. */
  static async start({ config = {}, env = {} } = {}) {
    const gateway = new Gateway();
    gateway.#folder = mkdtempSync(join(tmpdir(), "postern-conformance-"));
    started.add(gateway);
    const stateDir = join(gateway.#folder, "state");
    mkdirSync(stateDir, { mode: 0o700 });
    const configPath = join(gateway.#folder, "config.json");
    writeFileSync(configPath, typeof config === "string" ? config : JSON.stringify(config));
    gateway.#env = {
      ...inherited(),
      HOME: gateway.#folder,
      USERPROFILE: gateway.#folder,
      POSTERN_STATE_DIR: stateDir,
      POSTERN_CONFIG_PATH: configPath,
      POSTERN_CREDENTIALS: "file",
      POSTERN_GATEWAY_TOKEN: TOKEN,
      ...env,
    };
    await gateway.launch();
    return gateway;
  }

  /** Starts the process, with `env` beside its environment; a second launch takes the same port and state. */
  async launch(env = {}) {
    const args = ["gateway", "--port", String(this.#port), "--json"];
    const child = spawn(process.env.POSTERN_BIN, args, { env: { ...this.#env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    child.stderr.on("data", (chunk) => this.#log.push(chunk.toString()));
    this.stdout = [];
    this.exit = new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
      child.once("error", (error) => resolve({ code: null, signal: String(error) }));
    });
    createInterface({ input: child.stdout }).on("line", (line) => this.stdout.push(line));
    const ended = this.exit.then((end) => {
      throw new Error(`gateway ended before it was ready (${JSON.stringify(end)}): ${this.log()}`);
    });
    ended.catch(() => {});
    const ready = until("ready line", () => this.stdout.find((line) => line.includes('"ready"')), 30_000);
    this.ready = JSON.parse(await Promise.race([ready, ended]));
    const { url, port } = this.ready;
    if (url !== `ws://127.0.0.1:${port}` || !(port > 0)) throw new Error(`unusable ready line: ${JSON.stringify(this.ready)}`);
    Object.assign(this, { url, port });
    this.#port = port;
  }

  /** Sends `signal` and waits for the end of the process; resolves with `{code, signal}`. */
  async stop(signal = "SIGTERM") {
    this.#child.kill(signal);
    return within("gateway exit", this.exit);
  }

  /** Ends the process at once if it still runs and removes its folder. */
  async dispose() {
    started.delete(this);
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill("SIGKILL");
      await within("gateway exit", this.exit);
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** The last lines the gateway wrote to stderr. */
  log() {
    return this.#log.join("").split("\n").slice(-12).join("\n");
  }
}

/** The caller's environment without anything that would configure a gateway. */
function inherited() {
  const foreign = /^(POSTERN|OPENCLAW|CLAWDBOT|MOLTBOT)_/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

/** Kills what a failed case left behind. */
export async function disposeAll() {
  await Promise.all([...started].map((gateway) => gateway.dispose()));
}
