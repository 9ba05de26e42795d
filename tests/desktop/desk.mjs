//! A private desktop: its own X server, session bus, keychain, panel, home and XDG folders. Nothing of it outlives `dispose`.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { STEP_MS, until, within } from "../../ui/e2e/until.mjs";
import { descendants } from "./processes.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const PASSWORD = "the password of the login keyring";

/** Without folders of services: the bus starts nothing that a test did not start. */
const BUS = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;

export class Desk {
  #parts = [];
  #requests = new Map();
  #number = 0;
  #panel;

  /** `screen`, `keychain`, `tray`, `bus`: what this desktop has. */
  static async start({ screen = true, keychain = true, tray = true, bus = true } = {}) {
    const desk = new Desk();
    desk.folder = mkdtempSync(join(tmpdir(), "postern-desk-"));
    desk.env = { ...inherited(), ...desk.#folders(), GDK_BACKEND: "x11", NO_AT_BRIDGE: "1", LANG: "C.UTF-8" };
    try {
      if (bus) await desk.#startBus();
      if (screen) await desk.#startScreen();
      if (bus && keychain) await desk.#startKeychain();
      if (bus) await desk.#startPanel(tray);
    } catch (error) {
      await desk.dispose();
      throw error;
    }
    return desk;
  }

  get home() {
    return this.env.HOME;
  }

  #folders() {
    const names = { HOME: "home", XDG_RUNTIME_DIR: "run", XDG_CACHE_HOME: "home/.cache" };
    const more = { XDG_CONFIG_HOME: "home/.config", XDG_DATA_HOME: "home/.local/share" };
    const paths = Object.entries({ ...names, ...more }).map(([name, path]) => [name, join(this.folder, path)]);
    for (const [, path] of paths) mkdirSync(path, { recursive: true, mode: 0o700 });
    return Object.fromEntries(paths);
  }

  /** Starts a part of the desktop; `fd3` collects what it writes to its descriptor 3. */
  part(command, args, options = {}) {
    const child = spawn(command, args, { env: this.env, stdio: ["pipe", "pipe", "pipe", "pipe"], ...options });
    child.exit = new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
      child.once("error", (error) => resolve({ code: null, signal: String(error) }));
    });
    child.said = "";
    child.fd3 = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (child.said += chunk));
    child.stdio[3]?.on("data", (chunk) => (child.fd3 += chunk));
    this.#parts.push(child);
    return child;
  }

  async #startBus() {
    const config = join(this.folder, "bus.conf");
    writeFileSync(config, BUS);
    const bus = this.part("dbus-daemon", [`--config-file=${config}`, "--nofork", "--nopidfile", "--print-address=3"]);
    this.env.DBUS_SESSION_BUS_ADDRESS = (await until("address of the session bus", () => line(bus.fd3))).trim();
  }

  async #startScreen() {
    const screen = this.part("Xvfb", ["-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"]);
    this.env.DISPLAY = `:${(await until("number of the display", () => line(screen.fd3))).trim()}`;
  }

  async #startKeychain() {
    const keychain = this.part("gnome-keyring-daemon", ["--foreground", "--unlock", "--components=secrets"]);
    keychain.stdin.end(PASSWORD);
    const name = "org.freedesktop.secrets";
    await until("the keychain on the bus", async () => (await this.bus("NameHasOwner", name)).includes("true"));
  }

  async #startPanel(tray) {
    const args = [join(HERE, "panel.py"), ...(tray ? [] : ["--no-tray"])];
    this.#panel = this.part("/usr/bin/python3", args);
    createInterface({ input: this.#panel.stdout }).on("line", (text) => {
      const { id, ok, error } = JSON.parse(text);
      const { resolve, reject } = this.#requests.get(id);
      this.#requests.delete(id);
      if (error) reject(new Error(error));
      else resolve(ok);
    });
    await this.panel("ready");
  }

  /** Asks the panel, see panel.py. */
  panel(verb, params = {}, ms = STEP_MS) {
    const id = (this.#number += 1);
    const answer = new Promise((resolve, reject) => this.#requests.set(id, { resolve, reject }));
    this.#panel.stdin.write(`${JSON.stringify({ id, do: verb, ...params })}\n`);
    const ended = this.#panel.exit.then(() => Promise.reject(new Error(`the panel ended: ${this.#panel.said}`)));
    return within(`answer of the panel to ${verb}`, Promise.race([answer, ended]), ms);
  }

  /** A method of the bus itself with one text argument. */
  async bus(method, argument) {
    const to = ["--session", "--dest=org.freedesktop.DBus", "--print-reply", "/org/freedesktop/DBus"];
    return this.run("dbus-send", [...to, `org.freedesktop.DBus.${method}`, `string:${argument}`]);
  }

  /** Runs a program on this desktop to its end; resolves with what it printed. */
  async run(command, args, { env = {}, input } = {}) {
    const child = spawn(command, args, { env: { ...this.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    let printed = "";
    child.stdout.on("data", (chunk) => (printed += chunk));
    child.stderr.on("data", (chunk) => (printed += chunk));
    // A program that does not read its input may be gone before it is written.
    child.stdin.on("error", () => {});
    child.stdin.end(input ?? "");
    const end = new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
    const code = await within(`end of ${command} ${args.join(" ")}`, end, 30_000);
    if (code !== 0)
      throw Object.assign(new Error(`${command} ${args.join(" ")} ended with ${code}: ${printed}`), { code, printed });
    return printed;
  }

  /** Ends everything, the newest part first, with what it started. */
  async dispose() {
    for (const part of this.#parts.reverse()) {
      const below = part.pid ? descendants(part.pid) : [];
      if (part.exitCode === null && part.signalCode === null) part.kill("SIGKILL");
      await within("end of a part of the desktop", part.exit);
      for (const { pid } of below) endIfThere(pid);
    }
    // What was ended may have a last write under way.
    await until("an empty folder", () => rmSync(this.folder, { recursive: true, force: true }) ?? true);
  }
}

function endIfThere(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/** The first whole line of `text`. */
function line(text) {
  return text.includes("\n") ? text.split("\n")[0] : undefined;
}

/** The caller's environment without anything of another desktop or gateway. */
function inherited() {
  const foreign =
    /^(POSTERN|OPENCLAW|CLAWDBOT|MOLTBOT|XDG|DBUS|GNOME|GTK|GDK|WEBKIT)_|^(DISPLAY|WAYLAND_DISPLAY|LANGUAGE|LC_.*)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
