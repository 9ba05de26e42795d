//! The configuration with the official client: read, written, explained, brought back, and the restart that a change needs.
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as protocol from "@openclaw/gateway-protocol";
import Ajv from "ajv";
import { forwarder } from "../forwarder.mjs";
import { TOKEN } from "../gateway.mjs";
import { newIdentity, TokenStore } from "../identity.mjs";
import { Operator } from "../operator.mjs";
import { cameBack } from "../restart.mjs";
import { test, withGateway } from "../suite.mjs";
import { until } from "../until.mjs";
import { conforms, expect, official, same, shaped } from "../validate.mjs";

const REDACTED = "__OPENCLAW_REDACTED__";
const SECRET = "conformance-secret-of-a-channel";
const REPEAT = "re-run config.get and retry";
const ELSEWHERE = "203.0.113.9";

/** What an owner might have written: comments, a secret, a setting that no version knows. */
const FILE = `// The house gateway.
{
  session: { mainKey: "home" }, // the kitchen calls it home
  gateway: { trustedProxies: ["127.0.0.1"], auth: { rateLimit: { maxAttempts: 7 } } },
  channels: { telegram: { botToken: "${SECRET}" } },
}
`;

export async function config() {
  await withGateway("config", { config: FILE }, async (gateway) => {
    const file = { text: () => readFileSync(gateway.ready.configPath, "utf8") };
    const configTest = (name, body) => test(name, async () => body(await Operator.connect({ url: gateway.url, token: TOKEN }), file));
    await reading(configTest);
    await writing(configTest);
    await goingBack(configTest);
    await schema(configTest);
    await restart(configTest, gateway);
  });
  await opening();
}

/** The hash that a change has to name. */
async function base(operator) {
  return (await operator.request("config.get", {})).hash;
}

/** Checks the event that everybody gets when the file changed. */
async function announced(operator, from, hash, paths) {
  const { payload } = await operator.event("config.changed", (e) => e.event === "config.changed" && e.payload.hash === hash, from);
  shaped(payload, { path: "string", hash: "string", ts: "int" }, "config.changed");
  same([payload.paths, payload.valid], [paths, true], "what changed");
}

async function reading(configTest) {
  await configTest("config.get-hides-secrets", async (operator, file) => {
    const got = await operator.request("config.get", {});
    shaped(got, { path: "string", exists: "boolean", raw: "string", parsed: "object", valid: "boolean", config: "object", hash: "string" }, "config.get");
    shaped(got, { issues: "array", warnings: "array", legacyIssues: "array" }, "config.get");
    same([got.exists, got.valid, got.issues], [true, true, []], "state");
    same(got.raw, file.text().replace(SECRET, REDACTED), "raw");
    same([got.parsed.channels.telegram.botToken, JSON.stringify(got).includes(SECRET)], [REDACTED, false], "the secret");
    same([got.config.session.mainKey, got.config.session.scope], ["home", "per-sender"], "what apps read");
    same(got.hash, createHash("sha256").update(file.text()).digest("hex"), "hash");
    expect(got.warnings.some(({ message }) => message.startsWith("line 5: channels: ")), `warnings: ${JSON.stringify(got.warnings)}`);
  });
}

async function writing(configTest) {
  await configTest("config.set-keeps-secrets-and-needs-the-hash", async (operator, file) => {
    const got = await operator.request("config.get", {});
    const raw = got.raw.replace('"home"', '"den"');
    for (const method of ["config.set", "config.patch", "config.apply"]) {
      const missing = await operator.refusal(method, { raw });
      same([missing.gatewayCode, missing.message], ["INVALID_REQUEST", `config base hash required; ${REPEAT}`], method);
      const stale = await operator.refusal(method, { raw, baseHash: "0".repeat(64) });
      same([stale.gatewayCode, stale.message], ["INVALID_REQUEST", `config changed since last load; ${REPEAT}`], method);
    }
    same(file.text(), FILE, "file after refusals");
    const from = operator.events.length;
    const set = await operator.request("config.set", { raw, baseHash: got.hash });
    shaped(set, { ok: "boolean", path: "string", config: "object", hash: "string" }, "config.set");
    same([set.ok, set.config.session.mainKey, set.hash], [true, "den", await base(operator)], "answer");
    same(file.text(), FILE.replace('"home"', '"den"'), "one word of the file changed");
    await announced(operator, from, set.hash, ["session.mainKey"]);
    const again = await operator.refusal("config.set", { raw, baseHash: got.hash });
    same(again.message, `config changed since last load; ${REPEAT}`, "the former hash");
  });

  await configTest("config.set-refuses-what-cannot-be-used", async (operator, file) => {
    const before = file.text();
    const params = { raw: "{\n gateway: { port: 'x' } }", baseHash: await base(operator) };
    for (const method of ["config.set", "config.patch", "config.apply"]) {
      const error = await operator.refusal(method, params);
      same([error.gatewayCode, error.message], ["INVALID_REQUEST", "invalid config"], method);
      same(error.details.issues[0].path, "gateway.port", "issue");
    }
    const elsewhere = await operator.refusal("config.patch", { ...params, raw: `{ gateway: { auth: { token: "${REDACTED}" } } }` });
    expect(elsewhere.details.issues[0].message.includes("placeholder"), `a placeholder for nothing: ${JSON.stringify(elsewhere.details)}`);
    same(file.text(), before, "file after refusals");
  });

  await configTest("config.patch", async (operator, file) => {
    const from = operator.events.length;
    const raw = `{ session: { mainKey: "attic" }, channels: { telegram: { botToken: "${REDACTED}" } } } // JSON5`;
    const patched = await operator.request("config.patch", { raw, baseHash: await base(operator), replacePaths: ["agents.list"] });
    shaped(patched, { ok: "boolean", path: "string", config: "object", hash: "string", restart: "object" }, "config.patch");
    same([patched.ok, patched.restart.scheduled, patched.sentinel], [true, false, null], "no restart");
    same(file.text(), FILE.replace('"home"', '"attic"'), "file: the secret and the comments stay");
    await announced(operator, from, patched.hash, ["session.mainKey"]);
    const removed = await operator.request("config.patch", { raw: "{ session: null }", baseHash: patched.hash });
    same([removed.config.session.mainKey, file.text().includes("attic")], ["main", false], "null removes");
    const agents = { raw: "{ gateway: { auth: { mode: 'none' } } }", baseHash: removed.hash, sessionKey: "agent:main:main" };
    same((await operator.refusal("config.patch", agents)).message.includes("on behalf of a conversation"), true, "for an agent");
  });
}

async function goingBack(configTest) {
  await configTest("config.versions-and-restore", async (operator, file) => {
    const { versions } = await operator.request("config.versions", {});
    same(versions.map(({ cause }) => cause), ["patch", "patch", "set"], "versions, newest first");
    for (const version of versions) shaped(version, { id: "string", atMs: "int", cause: "string", bytes: "int" }, "version");
    const first = versions.at(-1).id;
    same((await operator.request("config.versions", { id: first })).raw, FILE.replace(SECRET, REDACTED), "text of the first");
    same((await operator.refusal("config.restore", { id: first })).message, `config base hash required; ${REPEAT}`, "without a hash");
    const restored = await operator.request("config.restore", { id: first, baseHash: await base(operator) });
    same([restored.ok, restored.config.session.mainKey, restored.restart.scheduled], [true, "home", false], "answer");
    same(file.text(), FILE, "file");
    const unknown = await operator.refusal("config.restore", { id: "../config", baseHash: restored.hash });
    same([unknown.gatewayCode, unknown.message.includes("config.versions")], ["INVALID_REQUEST", true], `unknown: ${unknown.message}`);
  });
}

async function schema(configTest) {
  await configTest("config.schema", async (operator) => {
    const answer = await operator.request("config.schema", {});
    conforms("ConfigSchemaResponse", answer);
    const accepts = new Ajv({ strict: false, validateFormats: false }).compile(answer.schema);
    const { parsed } = await operator.request("config.get", {});
    same([accepts(parsed), accepts({ gateway: { port: "x" } })], [true, false], "what the schema accepts");
    same([answer.uiHints["gateway.auth.token"].sensitive, answer.uiHints["session.mainKey"].label], [true, "Main key"], "hints");
    expect(!Number.isNaN(Date.parse(answer.generatedAt)), `generatedAt ${answer.generatedAt}`);
  });

  await configTest("config.schema-lookup-from-the-top-down", async (operator) => {
    const { uiHints } = official("ConfigSchemaResponse", await operator.request("config.schema", {}));
    const seen = new Map();
    for (let paths = ["."]; paths.length > 0; ) {
      const found = await Promise.all(paths.map((path) => operator.request("config.schema.lookup", { path })));
      paths = found.flatMap((setting) => lookedUp(setting, uiHints, seen));
    }
    same([seen.get("gateway.port").reloadKind, seen.get("session.mainKey").reloadKind], ["restart", "hot"], "reloadKind");
    same([seen.get("agents.list").type, seen.get("agents.list.*.id").type], ["array", "string"], "types");
    const element = await operator.request("config.schema.lookup", { path: "agents.list[3].workspace" });
    same([element.hintPath, element.hint], ["agents.list.*.workspace", uiHints["agents.list.*.workspace"]], "of one element");
    const unknown = await operator.refusal("config.schema.lookup", { path: "gateway.prot" });
    same([unknown.gatewayCode, unknown.message.includes("gateway.prot")], ["INVALID_REQUEST", true], "unknown setting");
    return `${seen.size} settings`;
  });
}

/** Checks one answer; the paths of what is in it and has more in it. */
function lookedUp(setting, uiHints, seen) {
  conforms("ConfigSchemaLookupResult", setting);
  for (const child of setting.children) {
    expect(!seen.has(child.path), `${child.path} is there twice`);
    expect(protocol.validateConfigSchemaLookupParams({ path: child.path }), `official clients cannot ask for ${child.path}`);
    same(child.hint, uiHints[child.hintPath], `hint of ${child.path}`);
    seen.set(child.path, child);
  }
  return setting.children.filter((child) => child.hasChildren).map((child) => child.path);
}

async function restart(configTest, gateway) {
  await configTest("config.apply-restarts-where-it-must", async (operator) => {
    const got = await operator.request("config.get", {});
    const raw = got.raw.replace("gateway: {", "gateway: { tls: { autoGenerate: false },");
    const note = "the certificate is mine from now on";
    const params = { raw, baseHash: got.hash, note, restartDelayMs: 0 };
    expect(protocol.validateConfigApplyParams(params), "the official validator refuses these params");
    const applied = await operator.request("config.apply", params);
    same([applied.ok, applied.restart.scheduled, applied.restart.paths], [true, true, ["gateway.tls"]], "restart");
    shaped(applied.sentinel, { path: "string", reason: "string", note: "string" }, "sentinel");
    await cameBack(operator, gateway, "config");
    const { waiting, parsed } = await operator.request("config.get", {});
    same([waiting, parsed.gateway.tls.autoGenerate, parsed.channels.telegram.botToken], [[], false, REDACTED], "in force");
    const told = (await operator.request("status", {})).queuedSystemEvents;
    expect(told.some((text) => text.includes(note)), `the next start is not told: ${JSON.stringify(told)}`);
    expect(!existsSync(applied.sentinel.path), "the sentinel is still there");
  });
}

const OPENERS = { linux: "xdg-open", darwin: "open" };

/** A gateway that finds no program but those of a folder: nothing is opened on this machine. */
async function opening() {
  const env = process.platform === "win32" ? {} : { PATH: "/nowhere" };
  const file = { gateway: { trustedProxies: ["127.0.0.1"] } };
  await withGateway("config", { config: file, env }, async (gateway) => {
    await test("config.openFile-only-on-its-own-machine", async () => {
      const proxy = await forwarder(gateway.port, { "X-Forwarded-For": ELSEWHERE });
      try {
        const device = { url: proxy.url, token: TOKEN, deviceIdentity: newIdentity(), store: new TokenStore() };
        const { error } = await Operator.refused(device);
        const local = await Operator.connect({ url: gateway.url, token: TOKEN });
        await local.request("device.pair.approve", { requestId: error.details.requestId });
        const refused = await (await Operator.connect(device)).refusal("config.openFile", {});
        same([refused.gatewayCode, refused.message.includes("own machine")], ["INVALID_REQUEST", true], `far away: ${refused.message}`);
        // Notepad is found without a search path, so it would open.
        if (process.platform !== "win32") await withoutEditor(local);
      } finally {
        proxy.close();
      }
    });
  });
  if (OPENERS[process.platform]) await withEditor();
}

async function withoutEditor(local) {
  const headless = await local.refusal("config.openFile", {});
  same([headless.gatewayCode, headless.message.includes("by hand")], ["UNAVAILABLE", true], `headless: ${headless.message}`);
}

/** The program that would open it is one of ours, which writes down what it was given. */
async function withEditor() {
  await withGateway("config", {}, async (gateway) => {
    await test("config.openFile-gives-the-file-to-the-editor", async () => {
      const folder = join(dirname(gateway.ready.configPath), "bin");
      mkdirSync(folder);
      const program = join(folder, OPENERS[process.platform]);
      writeFileSync(program, '#!/bin/sh\necho "$@" > "$0.args"\n');
      chmodSync(program, 0o755);
      await gateway.stop();
      await gateway.launch({ PATH: folder });
      const operator = await Operator.connect({ url: gateway.url, token: TOKEN });
      const opened = await operator.request("config.openFile", {});
      same(opened, { ok: true, path: gateway.ready.configPath }, "answer");
      const given = await until("the editor", () => existsSync(`${program}.args`) && readFileSync(`${program}.args`, "utf8"));
      expect(given.trim().endsWith(opened.path), `the editor was given ${given}`);
    });
  });
}
