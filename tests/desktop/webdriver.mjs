//! The app's window through WebKitWebDriver, spoken to with nothing but fetch.
import { freePort } from "../../ui/e2e/port.mjs";
import { until, within } from "../../ui/e2e/until.mjs";

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

export class Window {
  #base;
  #session;
  #driver;

  /**
   * Starts the driver, which starts the app. The session exists as soon as the app has made its first window: await `opened` after
   * having opened one, when the app starts without.
   */
  static async drive(desk, binary, args, env) {
    const window = new Window();
    const port = await freePort();
    window.#base = `http://127.0.0.1:${port}`;
    const automation = { TAURI_AUTOMATION: "true", TAURI_WEBVIEW_AUTOMATION: "true" };
    window.#driver = desk.part("WebKitWebDriver", [`--port=${port}`, "--host=127.0.0.1"], {
      env: { ...desk.env, ...env, ...automation },
    });
    await until("WebKitWebDriver", () => window.#rpc("GET", "/status"));
    const options = { "webkitgtk:browserOptions": { binary, args } };
    window.opened = window.#rpc("POST", "/session", { capabilities: { alwaysMatch: options } }, 60_000).then((session) => {
      window.#session = `/session/${session.sessionId}`;
      return window;
    });
    // Whoever awaits it sees the failure; who never opens a window must not be ended by it.
    window.opened.catch(() => {});
    return window;
  }

  /** The driver's process; the app is its child. */
  get driver() {
    return this.#driver;
  }

  get url() {
    return this.#rpc("GET", `${this.#session}/url`);
  }

  handles() {
    return this.#rpc("GET", `${this.#session}/window/handles`);
  }

  switchTo(handle) {
    return this.#rpc("POST", `${this.#session}/window`, { handle });
  }

  /** Runs a function in the page and returns its value; elements become references for `click` and `type`. */
  run(body, ...args) {
    const script = `return (${body})(...arguments)`;
    return this.#rpc("POST", `${this.#session}/execute/sync`, { script, args });
  }

  /** The same for a function that returns a promise. */
  wait(body, ...args) {
    const script = `const done = arguments[arguments.length - 1]; (${body})(...[...arguments].slice(0, -1)).then(done, (e) => done({ failed: String(e) }))`;
    return this.#rpc("POST", `${this.#session}/execute/async`, { script, args });
  }

  /** The visible element with this role and this accessible name, a string or a regular expression. */
  byRole(role, name, ms) {
    const pattern = name instanceof RegExp ? [name.source, name.flags] : [`^${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`, ""];
    return until(`${role} named ${name}`, () => this.run(findByRole, role, ...pattern), ms);
  }

  /** Waits until the page shows this text. */
  shows(text, ms) {
    return until(`"${text}" in the window`, () => this.run((wanted) => document.body.innerText.includes(wanted), text), ms);
  }

  click(element) {
    return this.#rpc("POST", `${this.#session}/element/${element[ELEMENT]}/click`, {});
  }

  type(element, text) {
    return this.#rpc("POST", `${this.#session}/element/${element[ELEMENT]}/value`, { text });
  }

  async screenshot() {
    return Buffer.from(await this.#rpc("GET", `${this.#session}/screenshot`), "base64");
  }

  /** Closes the page's window as its own close button would. */
  close() {
    return this.#rpc("DELETE", `${this.#session}/window`);
  }

  async #rpc(method, path, body, ms = 20_000) {
    const init = { method, headers: { "content-type": "application/json" } };
    if (body !== undefined) init.body = JSON.stringify(body);
    const answer = await within(`answer to ${method} ${path}`, fetch(this.#base + path, init), ms);
    const { value } = await answer.json();
    if (answer.ok) return value;
    throw new Error(`${method} ${path}: ${value?.error}: ${value?.message}`);
  }
}

/** In the page: the first visible element with this role and name. */
function findByRole(role, source, flags) {
  const tags = {
    button: "button,summary",
    link: "a[href]",
    textbox: "textarea,input:not([type]),input[type=text],input[type=password],input[type=search]",
    heading: "h1,h2,h3,h4",
    dialog: "dialog",
    main: "main",
    checkbox: "input[type=checkbox]",
  };
  const name = (element) => {
    const label = element.getAttribute("aria-label");
    if (label) return label;
    const ids = element.getAttribute("aria-labelledby")?.split(" ") ?? [];
    const texts = [...ids.map((id) => document.getElementById(id)), ...(element.labels ?? [])].map(
      (each) => each?.textContent ?? "",
    );
    return (texts.join(" ").trim() || element.textContent || element.placeholder || "").replace(/\s+/g, " ").trim();
  };
  const wanted = new RegExp(source, flags);
  const all = document.querySelectorAll(`[role="${role}"],${tags[role] ?? "unknown-tag"}`);
  return [...all].find(
    (element) => element.checkVisibility?.() !== false && element.getClientRects().length > 0 && wanted.test(name(element)),
  );
}
