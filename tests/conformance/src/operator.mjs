//! One connection of the official client, with everything it saw kept for the assertions.
import { GatewayClient } from "@openclaw/gateway-client";
import { hostDeps, newIdentity, TokenStore } from "./identity.mjs";
import { STEP_MS, until, within } from "./until.mjs";

const open = new Set();

/** The official client as a paired CLI; options are those of `GatewayClient` plus `store`. */
export class Operator {
  events = [];
  errors = [];
  closes = [];
  gaps = [];
  hellos = [];
  paused = [];
  log = [];

  constructor({ store = new TokenStore(), deviceIdentity = newIdentity(), ...options }) {
    this.url = options.url;
    this.store = store;
    this.identity = deviceIdentity;
    this.client = new GatewayClient({
      clientName: "cli",
      mode: "cli",
      clientVersion: "2026.9.1",
      platform: "linux",
      deviceFamily: "Linux",
      clientDisplayName: "conformance",
      requestTimeoutMs: STEP_MS,
      ...options,
      deviceIdentity,
      hostDeps: hostDeps(store, this.log),
      onHelloOk: (hello) => this.hellos.push(hello),
      onConnectError: (error) => this.errors.push(error),
      onEvent: (event) => this.events.push(event),
      onClose: (code, reason, info) => this.closes.push({ code, reason, ...info }),
      onGap: (gap) => this.gaps.push(gap),
      onReconnectPaused: (info) => this.paused.push(info),
    });
    open.add(this);
    this.client.start();
  }

  /** Connects and resolves once hello-ok arrived; a connect error is thrown. */
  static async connect(options) {
    const operator = new Operator(options);
    await until("hello-ok", () => {
      if (operator.errors.length > 0) throw operator.errors[0];
      return operator.hellos.length > 0;
    });
    return operator;
  }

  /** Connects expecting a refusal; resolves with the connect error and the close that followed. */
  static async refused(options) {
    const operator = new Operator(options);
    const error = await until("connect error", () => {
      if (operator.hellos.length > 0) throw new Error("connected although a refusal was expected");
      return operator.errors[0];
    });
    return { operator, error };
  }

  get hello() {
    return this.hellos.at(-1);
  }

  request(method, params, options) {
    return this.client.request(method, params, options);
  }

  /** Calls and expects an error answer; resolves with it. */
  async refusal(method, params) {
    let payload;
    try {
      payload = await this.request(method, params);
    } catch (error) {
      return error;
    }
    throw new Error(`${method} answered ${JSON.stringify(payload)} although an error was expected`);
  }

  /** The first event after `from` that `matches`. */
  event(what, matches, from = 0) {
    return until(what, () => this.events.slice(from).find(matches));
  }

  async close() {
    open.delete(this);
    await within("client stop", this.client.stopAndWait({ timeoutMs: STEP_MS }));
  }
}

/** Closes what a failed case left open. */
export async function closeAll() {
  await Promise.allSettled([...open].map((operator) => operator.close()));
}
