//! The real protocol 3 client, and the closed schemas of its release.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import Ajv from "ajv";
import { newIdentity } from "./identity.mjs";
import { LEGACY_ROOT } from "./legacy-package.mjs";
import { within, until, STEP_MS } from "./until.mjs";

const load = (path) => import(pathToFileURL(join(LEGACY_ROOT, "dist", path)).href);

/** One connection of the protocol 3 client as a CLI; `options` are those of its `GatewayClient`. */
export class LegacyOperator {
  events = [];
  errors = [];
  closes = [];
  hellos = [];

  static async connect(options) {
    const operator = new LegacyOperator();
    const { GatewayClient } = await load("gateway/client.js");
    operator.client = new GatewayClient({
      clientName: "cli",
      mode: "cli",
      clientVersion: "2026.1.24",
      platform: "linux",
      deviceIdentity: newIdentity(),
      ...options,
      onHelloOk: (hello) => operator.hellos.push(hello),
      onConnectError: (error) => operator.errors.push(error),
      onEvent: (event) => operator.events.push(event),
      onClose: (code, reason) => operator.closes.push({ code, reason }),
    });
    operator.client.start();
    await until("hello-ok or an error", () => operator.hellos.length + operator.errors.length > 0);
    return operator;
  }

  get hello() {
    return this.hellos[0];
  }

  request(method, params, options) {
    return within(`answer to ${method}`, this.client.request(method, params, options), STEP_MS);
  }

  /** Calls and expects an error answer; resolves with it. */
  async refusal(method, params) {
    const answer = await this.request(method, params).then((payload) => ({ payload }), (error) => ({ error }));
    if (answer.error) return answer.error;
    throw new Error(`${method} answered ${JSON.stringify(answer.payload)} although an error was expected`);
  }

  event(what, matches, from = 0) {
    return until(what, () => this.events.slice(from).find(matches));
  }

  stop() {
    this.client.stop();
  }
}

/** Runs `body` with the old client's credential folder in a temporary place. */
export async function withLegacyState(body) {
  const folder = mkdtempSync(join(tmpdir(), "conformance-v3-"));
  process.env.CLAWDBOT_STATE_DIR = folder;
  try {
    await body();
  } finally {
    delete process.env.CLAWDBOT_STATE_DIR;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Resolves with a check that throws unless a value matches the protocol 3 schema `name`. */
export async function legacySchemas() {
  const schemas = await load("gateway/protocol/schema.js");
  const ajv = new Ajv({ strict: false, allErrors: true });
  const compiled = new Map();
  return (name, value, where = name) => {
    if (!compiled.has(name)) compiled.set(name, ajv.compile(schemas[`${name}Schema`]));
    const check = compiled.get(name);
    if (check(value)) return;
    const problems = check.errors.slice(0, 3).map((e) => `${e.instancePath || "/"} ${e.message} ${JSON.stringify(e.params)}`);
    throw new Error(`${where} does not match protocol 3 ${name}: ${problems.join("; ")}`);
  };
}

const PAYLOADS = {
  tick: "TickEvent",
  shutdown: "ShutdownEvent",
  "device.pair.requested": "DevicePairRequestedEvent",
  "device.pair.resolved": "DevicePairResolvedEvent",
  chat: "ChatEvent",
  agent: "AgentEvent",
};

const RESULTS = {
  "agent.identity.get": "AgentIdentityResult",
  "agents.list": "AgentsListResult",
  "models.list": "ModelsListResult",
};

/** The server of that time put the session beside the schema of its `agent` events, and its clients read it there. */
function withoutSession({ sessionKey: _, ...payload }) {
  return payload;
}

/** Resolves with the check of one frame: the envelope that the old client demands, and known payloads. */
export async function conformingLegacyFrame() {
  const conforms = await legacySchemas();
  return (frame, request) => {
    if (frame.type === "res") {
      conforms("ResponseFrame", frame, "answer");
      const result = frame.ok && RESULTS[request?.method];
      if (result) conforms(result, frame.payload, `result of ${request.method}`);
      if (frame.payload?.type === "hello-ok") conforms("HelloOk", frame.payload, "hello-ok");
      return;
    }
    conforms("EventFrame", frame, `event ${frame.event}`);
    const payload = frame.event === "agent" ? withoutSession(frame.payload) : frame.payload;
    if (PAYLOADS[frame.event]) conforms(PAYLOADS[frame.event], payload, `event ${frame.event} payload`);
    if (frame.event === "presence") frame.payload.presence.forEach((entry) => conforms("PresenceEntry", entry, "presence entry"));
  };
}
