//! Starts, ends and starts again the real gateway binary with a state folder of its own.
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { merged } from './merged.mjs';
import { until, within } from './until.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The gateway under test. */
export const BINARY = resolve(process.env.POSTERN_BIN ?? join(ROOT, 'target/debug/postern'));

/** The shared secret of every gateway of this run. */
export const TOKEN = 'e2e-shared-token-0123456789-abcdefghij';

/** Gateways that were started and not yet removed. */
const started = new Set();

/** One gateway on one state folder; `port` stays the same over restarts. */
export class Gateway {
  port = 0;
  #child;
  #log = [];
  #env;
  #args;

  /** `config`: content of the configuration file; `args`: more arguments of `postern gateway`; `env`: more environment. */
  static async start({ config = {}, args = [], env = {} } = {}) {
    const gateway = new Gateway();
    gateway.folder = mkdtempSync(join(tmpdir(), 'postern-e2e-'));
    gateway.stateDir = join(gateway.folder, 'state');
    started.add(gateway);
    mkdirSync(gateway.stateDir, { mode: 0o700 });
    gateway.configPath = join(gateway.folder, 'postern.json');
    gateway.configure(config);
    gateway.#args = args;
    gateway.#env = {
      ...inherited(),
      HOME: gateway.folder,
      POSTERN_STATE_DIR: gateway.stateDir,
      POSTERN_CONFIG_PATH: gateway.configPath,
      POSTERN_CREDENTIALS: 'file',
      POSTERN_GATEWAY_TOKEN: TOKEN,
      ...env,
    };
    await gateway.launch();
    return gateway;
  }

  /** Its page on the loopback address. */
  get origin() {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid() {
    return this.#child.pid;
  }

  /** Writes the configuration file anew. */
  configure(config) {
    // A web app that was built after the gateway: POSTERN_UI_ROOT=ui/dist.
    const root = process.env.POSTERN_UI_ROOT;
    const ui = root ? { gateway: { controlUi: { root: resolve(root) } } } : {};
    writeFileSync(this.configPath, JSON.stringify(merged(config, ui)), { mode: 0o600 });
  }

  /** Starts the process; a second launch takes the same port and state. */
  async launch() {
    const args = ['gateway', '--port', String(this.port), '--json', ...this.#args];
    const child = spawn(BINARY, args, { env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    child.stderr.on('data', (chunk) => this.#log.push(chunk.toString()));
    this.exit = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
      child.once('error', (error) => resolve({ code: null, signal: String(error) }));
    });
    const lines = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    const ready = until(
      'ready line of the gateway',
      () => lines.find((line) => line.includes('"ready"')),
      30_000,
    );
    const ended = this.exit.then((end) => {
      throw new Error(`the gateway ended before it was ready (${JSON.stringify(end)}): ${this.log()}`);
    });
    this.ready = JSON.parse(await Promise.race([ready, ended]));
    this.port = this.ready.port;
  }

  /** Sends `signal` and waits for the end of the process. */
  async stop(signal = 'SIGTERM') {
    this.#child.kill(signal);
    return within('end of the gateway', this.exit);
  }

  /** Ends it, politely or with SIGKILL, and starts it again on the same port and state. */
  async restart(signal = 'SIGTERM') {
    await this.stop(signal);
    await this.launch();
  }

  /** Stands still like a machine that sleeps, until `thaw`. */
  freeze() {
    this.#child.kill('SIGSTOP');
  }

  thaw() {
    this.#child.kill('SIGCONT');
  }

  /** Runs the command line against this gateway; resolves with what it printed. */
  async cli(...args) {
    const env = { ...this.#env, POSTERN_GATEWAY_PORT: String(this.port) };
    const { stdout } = await promisify(execFile)(BINARY, args, { env, timeout: 20_000 });
    return stdout;
  }

  /** Calls a method as the owner and returns its result. */
  async call(method, params = {}) {
    return JSON.parse(await this.cli('call', method, JSON.stringify(params), '--json'));
  }

  /** The last lines of its log. */
  log(lines = 30) {
    return this.#log.join('').split('\n').slice(-lines).join('\n');
  }

  /** All of its log. */
  get wholeLog() {
    return this.#log.join('');
  }

  /** Ends the process at once if it still runs and removes its folder. */
  async dispose() {
    started.delete(this);
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
      await within('end of the gateway', this.exit);
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The caller's environment without anything that would configure a gateway. */
function inherited() {
  const foreign = /^(POSTERN|OPENCLAW|CLAWDBOT|MOLTBOT)_/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

/** Ends what a failed test left behind, and prints the log of each. */
export async function disposeAll({ print = false } = {}) {
  for (const gateway of [...started]) {
    if (print) console.error(gateway.log());
    await gateway.dispose();
  }
}
