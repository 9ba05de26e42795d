//! Protocol 3: the real client of January 2026 against the same gateway, and a raw node for what it does not show.
import { readFileSync } from "node:fs";
import { TOKEN } from "../gateway.mjs";
import { newIdentity } from "../identity.mjs";
import { LegacyOperator, legacySchemas, withLegacyState } from "../legacy-client.mjs";
import { Operator } from "../operator.mjs";
import { test, withGateway } from "../suite.mjs";
import { until } from "../until.mjs";
import { expect, official, same, shaped } from "../validate.mjs";

const TICK_MS = 500;

const NODE = { role: "node", scopes: [], mode: "node", clientName: "node-host" };

export async function legacy() {
  await withLegacyState(async () => {
    await withGateway("v3", { env: { POSTERN_TICK_INTERVAL_MS: String(TICK_MS) } }, async (gateway) => {
      await accepted(gateway);
      await otherwise(gateway);
      await operated(gateway);
    });
    await withGateway("v3", { config: { gateway: { nodes: { pairing: { autoApproveLocal: false } } } } }, pairing);
  });
}

/** A case with the old client, connected; `refused` cases look at its connect error instead. */
function legacyTest(name, { refused = false, ...options }, body) {
  return test(name, async () => {
    const operator = await LegacyOperator.connect(options);
    try {
      if (!refused && operator.errors.length > 0) throw operator.errors[0];
      await body(operator);
    } finally {
      operator.stop();
    }
  });
}

async function accepted({ url }) {
  const device = { url, deviceIdentity: newIdentity() };

  await legacyTest("v3.pairs-silently-on-loopback", { ...device, token: TOKEN }, async ({ hello }) => {
    (await legacySchemas())("HelloOk", hello);
    same(hello.protocol, 3, "protocol");
    same([hello.auth.role, hello.auth.scopes], ["operator", ["operator.admin"]], "auth");
    expect(hello.auth.deviceToken.length >= 32, "device token");
    for (const key of ["maxPayload", "maxBufferedBytes"]) expect(hello.policy[key] > 0, key);
  });

  await legacyTest("v3.device-token-only", device, async ({ hello }) => same(hello.protocol, 3, "protocol"));

  await legacyTest("v3.health-and-presence", { url, token: TOKEN }, async (operator) => {
    const health = await operator.request("health", {});
    shaped(health, { ts: "int", durationMs: "int", channels: "object", sessions: "object", heartbeatSeconds: "int" }, "health");
    shaped(health.sessions, { path: "string", count: "int", recent: "array" }, "health.sessions");
    const conforms = await legacySchemas();
    for (const entry of await operator.request("system-presence", {})) conforms("PresenceEntry", entry);
    await operator.request("status", {});
  });

  await legacyTest("v3.tick", { url, token: TOKEN }, async (operator) => {
    await until("three ticks", () => operator.events.filter((e) => e.event === "tick").length >= 3);
    same(operator.closes, [], "closes");
  });

  await legacyTest("v3.presence-event", { url, token: TOKEN }, async (operator) => {
    await operator.request("system-event", { text: "Node: old client", host: "v3-host", mode: "ui" });
    const event = await operator.event("presence", (e) => e.event === "presence" && e.payload.presence.some((p) => p.host === "v3-host"));
    shaped(event.stateVersion, { presence: "int", health: "int" }, "stateVersion");
    expect(Number.isSafeInteger(event.seq), "presence without seq");
  });
}

async function otherwise({ url }) {
  await legacyTest("v3.missing-scope-text", { url, token: TOKEN, scopes: ["operator.read"] }, async (operator) => {
    const error = await operator.request("device.pair.list", {}).then(() => null, (e) => e);
    same(error?.message, "missing scope: operator.pairing", "message");
  });

  await legacyTest("v3.unknown-method-text", { url, token: TOKEN }, async (operator) => {
    const error = await operator.request("no.such.method", {}).then(() => null, (e) => e);
    same(error?.message, "unknown method: no.such.method", "message");
  });

  await legacyTest("v3.wrong-token-text", { url, token: "wrong", refused: true }, async (operator) => {
    expect(operator.errors[0]?.message.startsWith("unauthorized: gateway token mismatch ("), `message: ${operator.errors[0]?.message}`);
  });

  await legacyTest("v3.node-of-that-time", { url, token: TOKEN, ...NODE, caps: ["system"], commands: ["system.run"] }, async ({ hello }) => {
    (await legacySchemas())("HelloOk", hello);
    same([hello.protocol, hello.auth.role], [3, "node"], "protocol and role");
    expect(hello.auth.deviceToken, "a node needs its device token in hello-ok");
  });

  await test("v3.current-node-host-in-fallback-mode", async () => {
    const node = await Operator.connect({ url, token: TOKEN, ...NODE, minProtocol: 3, maxProtocol: 3 });
    same(node.hello.protocol, 3, "a number above 3 would make this client reconnect for ever");
  });
}

/** What a client of that time shows on its pages for settings, log and setup. */
async function operated({ url, ready }) {
  await legacyTest("v3.config-get-set-apply", { url, token: TOKEN }, async (operator) => {
    const got = await operator.request("config.get", {});
    shaped(got, { path: "string", exists: "boolean", raw: "string", valid: "boolean", config: "object", hash: "string", issues: "array", warnings: "array", legacyIssues: "array" }, "config.get");
    const stale = await operator.refusal("config.set", { raw: "{}", baseHash: "0".repeat(64) });
    same(stale.message, "config changed since last load; re-run config.get and retry", "a stale hash");
    const set = await operator.request("config.set", { raw: "{ session: { mainKey: 'three' } }", baseHash: got.hash });
    same([set.ok, set.path, set.config.session.mainKey], [true, got.path, "three"], "config.set");
    const { hash } = await operator.request("config.get", {});
    const applied = await operator.request("config.apply", { raw: got.raw, baseHash: hash, restartDelayMs: 0 });
    same([applied.ok, applied.restart.scheduled, applied.sentinel], [true, false, null], "config.apply");
    same(readFileSync(ready.configPath, "utf8"), got.raw, "file");
    const answer = await operator.request("config.schema", {});
    (await legacySchemas())("ConfigSchemaResponse", official("ConfigSchemaResponse", answer));
  });

  await legacyTest("v3.logs-and-wizard", { url, token: TOKEN }, async (operator) => {
    const conforms = await legacySchemas();
    const tail = () => operator.request("logs.tail", { limit: 5 });
    const told = await until("a line", async () => (await tail()).lines.length > 0 && tail());
    conforms("LogsTailResult", official("LogsTailResult", told));
    const started = await operator.request("wizard.start", { mode: "local" });
    conforms("WizardStartResult", started);
    const { sessionId, step } = started;
    conforms("WizardNextResult", await operator.request("wizard.next", { sessionId, answer: { stepId: step.id, value: step.initialValue } }));
    same((await operator.refusal("wizard.start", {})).message, "wizard already running", "a second one");
    conforms("WizardStatusResult", await operator.request("wizard.cancel", { sessionId }));
    same(await operator.request("wizard.status", { sessionId }), { status: "cancelled" }, "status");
    same((await operator.refusal("wizard.next", { sessionId: "nobody" })).message, "wizard not found", "unknown");
  });
}

async function pairing({ url }) {
  await legacyTest("v3.pairing-required-text", { url, token: TOKEN, refused: true }, async (operator) => {
    same(operator.errors[0]?.message, "pairing required", "message");
    await until("close", () => operator.closes.length > 0);
    same(operator.closes[0].code, 1008, "close code");
  });
}
