//! The desktop app as its user has it: started, looked at from outside, ended.
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../ui/e2e/port.mjs";
import { until, within } from "../../ui/e2e/until.mjs";
import { descendants, memoryOf, program } from "./processes.mjs";
import { Window } from "./webdriver.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(HERE, "../..");
const HOLD = join(HERE, "hold_thread.py");
export const BINARY = resolve(process.env.POSTERN_DESKTOP_BIN ?? join(ROOT, "target/debug/postern-desktop"));
export const COMMAND = resolve(process.env.POSTERN_BIN ?? join(ROOT, "target/debug/postern"));

export class App {
  /** The window, when it is driven. */
  window;
  #part;
  #binary;

  constructor(desk, port, binary = BINARY) {
    this.desk = desk;
    this.port = port;
    this.#binary = binary;
  }

  /**
   * `args` of the app, `env` on top of the desktop's; `driven` gives a window that tests can look into, `held` a main thread that
   * can be made to stand still.
   */
  static async start(desk, { args = [], env = {}, driven = false, held = false, port, ready = true, binary = BINARY } = {}) {
    const app = new App(desk, port ?? (await freePort()), binary);
    app.env = { POSTERN_GATEWAY_PORT: String(app.port), ...env };
    if (driven) {
      app.window = await Window.drive(desk, binary, args, app.env);
      app.#part = app.window.driver;
    } else {
      const [command, ...rest] = held ? ["/usr/bin/python3", HOLD, binary, ...args] : [binary, ...args];
      app.#part = desk.part(command, rest, { env: { ...desk.env, ...app.env } });
    }
    if (ready) await app.serving();
    return app;
  }

  get origin() {
    return `http://127.0.0.1:${this.port}`;
  }

  get socket() {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** What the app wrote to its outputs. */
  get said() {
    return this.#part.said;
  }

  /** What the app wrote to its log. */
  log() {
    try {
      return readFileSync(join(this.stateDir, "logs/postern.log"), "utf8");
    } catch {
      return "";
    }
  }

  get stateDir() {
    return join(this.desk.home, ".postern");
  }

  get exit() {
    return this.#part.exit;
  }

  /** The app's own process. */
  get pid() {
    if (program(this.#part.pid) === this.#binary) return this.#part.pid;
    return descendants(this.#part.pid).find(({ pid }) => program(pid) === this.#binary)?.pid;
  }

  /** Makes the main thread stand still; see hold_thread.py. */
  async hold() {
    this.#part.kill("SIGUSR1");
    await until("the main thread to stand still", () => this.said.includes("held"));
  }

  async release() {
    this.#part.kill("SIGUSR2");
    await until("the main thread to go on", () => this.said.includes("released"));
  }

  /** Waits until the gateway answers. */
  serving() {
    const died = this.exit.then((end) => Promise.reject(new Error(`the app ended (${JSON.stringify(end)}): ${this.said}`)));
    return Promise.race([until("the app's gateway", () => this.healthy(), 30_000), died]);
  }

  async healthy() {
    try {
      return (await fetch(`${this.origin}/health`)).ok;
    } catch {
      return false;
    }
  }

  /** Runs `postern` as this user. */
  cli(...args) {
    return this.desk.run(COMMAND, args, { env: this.env });
  }

  async token() {
    return (await this.cli("token")).trim();
  }

  /** Starts the app once more and waits for its end. */
  again(...args) {
    return this.desk.run(BINARY, args, { env: this.env });
  }

  signal(name) {
    process.kill(this.pid, name);
  }

  /** Waits for the end of the process. */
  ended() {
    return within("end of the app", this.exit, 20_000);
  }

  /** Names of the web engine's processes below the app. */
  webProcesses() {
    return descendants(this.pid)
      .map(({ name }) => name)
      .filter((name) => name.startsWith("WebKit"));
  }

  /** Waits until the window's page has signed in for the `count`-th time. */
  pages(count) {
    const signedIn = () =>
      this.log()
        .split("\n")
        .filter((line) => /Connected\..*client=\\?"openclaw-control-ui/.test(line)).length;
    return until(`page number ${count} in the window`, () => signedIn() >= count, 30_000);
  }

  /** Memory of the app and all of its processes in MiB: proportional, private, what is private to the app itself; how many they are. */
  memory() {
    const all = [this.pid, ...descendants(this.pid).map(({ pid }) => pid)].map(memoryOf).filter(Boolean);
    const sum = (field) => Math.round(all.reduce((total, each) => total + each[field], 0) / 102.4) / 10;
    const own = Math.round(all[0].private / 102.4) / 10;
    return { pss: sum("pss"), private: sum("private"), own, processes: all.length };
  }

  /** The entries of the tray's menu, sub-menus flattened. */
  async menu() {
    const flat = (entry) => [entry, ...entry.children.flatMap(flat)];
    return flat(await this.desk.panel("menu")).filter(({ visible, separator, label }) => visible && !separator && label);
  }

  /** The entry whose label matches. */
  entry(label) {
    const matches = (text) => (label instanceof RegExp ? label.test(text) : text === label);
    return until(`menu entry ${label}`, async () => (await this.menu()).find((entry) => matches(entry.label)));
  }

  /**
   * Chooses an entry; again, when the menu was made anew between looking and choosing. An app that is busy takes the click later and
   * must not get another one: the panel waits for it much longer than this tries again.
   */
  choose(label) {
    const click = ({ id }) => this.desk.panel("click", { entry: id }, 70_000);
    return until(`choosing ${label}`, () => this.entry(label).then(click));
  }

  /** The notification that is shown and matches. */
  notification(matches) {
    const found = async () => (await this.desk.panel("notifications")).findLast((each) => !each.closed && matches(each));
    return until("a notification", found);
  }
}
