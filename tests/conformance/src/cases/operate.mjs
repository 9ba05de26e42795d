//! Running a gateway with the official client: its log, first-time setup, the doctor, how it is reached, its restart.
import { existsSync, readFileSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import * as protocol from "@openclaw/gateway-protocol";
import { TOKEN } from "../gateway.mjs";
import { Operator } from "../operator.mjs";
import { cameBack } from "../restart.mjs";
import { test, withGateway } from "../suite.mjs";
import { until } from "../until.mjs";
import { conforms, expect, same, shaped } from "../validate.mjs";

const KEY = "sk-conformance-wizard-0123456789";

/** Nothing is looked for on this machine, no Tailscale but the one that is not there. */
const CONFIG = `// kept as it is
{
  models: { discovery: { enabled: false } },
  gateway: { tailscale: { socket: "/nowhere/tailscaled.sock" } },
}
`;

export async function operate() {
  await withGateway("operate", { config: CONFIG }, async (gateway) => {
    const operateTest = (name, body) => test(name, async () => body(await Operator.connect({ url: gateway.url, token: TOKEN }), gateway));
    await log(operateTest);
    await wizard(operateTest);
    await doctor(operateTest);
    await reached(operateTest);
    await restart(operateTest);
  });
}

async function log(operateTest) {
  await operateTest("logs.tail-by-cursor", async (operator, { ready }) => {
    const tail = async (params) => {
      const told = await operator.request("logs.tail", params);
      conforms("LogsTailResult", told);
      return told;
    };
    const first = await until("a line", async () => {
      const told = await tail({ limit: 5, maxBytes: 100_000 });
      return told.lines.length > 0 && told;
    });
    expect(first.lines.length <= 5, `${first.lines.length} lines`);
    expect(first.file.startsWith(ready.stateDir) && first.cursor <= first.size, `file ${first.file} to ${first.cursor} of ${first.size}`);
    for (const line of first.lines) shaped(JSON.parse(line), { 0: "object", 1: "string", _meta: "object", time: "string" }, "line");
    await Operator.refused({ url: ready.url, token: "conformance-wrong-token" });
    const later = await until("a new line", async () => {
      const told = await tail({ cursor: first.cursor });
      return told.lines.length > 0 && told;
    });
    same([later.reset, later.lines.some((line) => first.lines.includes(line))], [undefined, false], "only what is new");
    expect(later.cursor > first.cursor, `cursor ${later.cursor} after ${first.cursor}`);
    same((await tail({ cursor: later.size + 1_000_000 })).reset, true, "a cursor of another file");
    expect(!JSON.stringify(await tail({ limit: 5_000, maxBytes: 1_000_000 })).includes(TOKEN), "the log holds the shared token");
    for (const params of [{ limit: 0 }, { limit: 5_001 }, { maxBytes: 1_000_001 }, { cursor: -1 }]) {
      expect(!protocol.validateLogsTailParams(params), "the official validator accepts these params");
      const error = await operator.refusal("logs.tail", params);
      expect(error.message.includes(Object.keys(params)[0]), `the message does not name the field: ${error.message}`);
    }
  });
}

async function wizard(operateTest) {
  await operateTest("wizard.cancelled-leaves-nothing-behind", async (operator, { url, ready }) => {
    const started = await operator.request("wizard.start", { mode: "local" });
    conforms("WizardStartResult", started);
    same([started.done, started.status, started.step.id, started.step.type], [false, "running", "auth", "select"], "start");
    const { sessionId } = started;
    const other = await Operator.connect({ url, token: TOKEN });
    const second = await other.refusal("wizard.start", {});
    same([second.gatewayCode, second.message], ["UNAVAILABLE", "wizard already running"], "a second one");
    const wrong = await operator.refusal("wizard.next", { sessionId, answer: { stepId: "auth", value: "shout" } });
    same([wrong.gatewayCode, wrong.message.startsWith("auth: ")], ["INVALID_REQUEST", true], `wrong answer: ${wrong.message}`);
    let { step } = started;
    for (const [stepId, value] of [["auth", "password"], ["password", "conformance-password"], ["bind", "lan"], ["tls", true], ["provider", "anthropic"], ["apiKey", KEY]]) {
      same(step.id, stepId, "question");
      const next = await operator.request("wizard.next", { sessionId, answer: { stepId, value } });
      conforms("WizardNextResult", next);
      same([next.done, next.status], [false, "running"], `after ${stepId}`);
      ({ step } = next);
    }
    same((await operator.request("wizard.next", { sessionId })).step, step, "the same question again");
    same(await operator.request("wizard.status", { sessionId }), { status: "running" }, "status");
    const cancelled = await operator.request("wizard.cancel", { sessionId });
    conforms("WizardStatusResult", cancelled);
    same([cancelled.status, (await operator.request("wizard.status", { sessionId })).status], ["cancelled", "cancelled"], "the end");
    same((await operator.refusal("wizard.next", { sessionId })).message, "wizard not running", "afterwards");
    same(readFileSync(ready.configPath, "utf8"), CONFIG, "the configuration");
    const row = (await operator.request("models.authStatus", {})).providers.find(({ provider }) => provider === "anthropic");
    same([row.status, row.profiles], ["missing", []], "the key");
    const next = await other.request("wizard.start", {});
    conforms("WizardStatusResult", await other.request("wizard.cancel", { sessionId: next.sessionId }));
  });

  await operateTest("wizard.unknown", async (operator) => {
    for (const method of ["wizard.next", "wizard.cancel", "wizard.status"]) {
      const error = await operator.refusal(method, { sessionId: "nobody" });
      same([error.gatewayCode, error.message], ["INVALID_REQUEST", "wizard not found"], method);
      conforms("WizardNotFoundErrorDetails", error.details);
    }
  });
}

const REPORT = { ok: "boolean", ts: "int", version: "string", counts: "object", checks: "array" };

function reported(report, where) {
  shaped(report, REPORT, where);
  for (const check of report.checks) {
    shaped(check, { id: "string", title: "string", status: "string", detail: "string", "fix?": "object" }, `${where}: ${check.id}`);
    if (check.fix) shaped(check.fix, { text: "string", automatic: "boolean", "command?": "string" }, `${where}: fix of ${check.id}`);
  }
  const { ok, warn, fail, skipped } = report.counts;
  same([ok + warn + fail + skipped, report.ok], [report.checks.length, fail === 0], `${where}: counts`);
}

async function doctor(operateTest) {
  await operateTest("doctor.run-and-fix", async (operator, { ready }) => {
    const report = await operator.request("doctor.run", {});
    reported(report, "doctor.run");
    const status = ({ checks }, id) => checks.find((check) => check.id === id)?.status;
    same(["state-folder", "database", "config", "temp-files"].map((id) => status(report, id)), ["ok", "ok", "ok", "ok"], "a healthy one");
    // What a write that was interrupted hours ago leaves.
    const left = join(ready.stateDir, ".postern-Conf01");
    writeFileSync(left, "half", { mode: 0o600 });
    const hoursAgo = Date.now() / 1000 - 3 * 3600;
    utimesSync(left, hoursAgo, hoursAgo);
    const only = await operator.request("doctor.run", { ids: ["temp-files"] });
    same(only.checks.map(({ id, status: s, fix }) => [id, s, fix.automatic]), [["temp-files", "warn", true]], "a hurt one");
    expect(existsSync(left), "looking removed the file");
    const fixed = await operator.request("doctor.fix", { ids: ["temp-files"] });
    reported(fixed.report, "doctor.fix");
    same([fixed.repairs.map(({ id, fixed: done }) => [id, done]), status(fixed.report, "temp-files")], [[["temp-files", true]], "ok"], "repaired");
    expect(!existsSync(left), "the file is still there");
    for (const [method, ids, words] of [["doctor.run", ["nonsense"], "there is no check `nonsense`"], ["doctor.fix", ["database"], "automatically"]]) {
      const error = await operator.refusal(method, { ids });
      same([error.gatewayCode, error.message.includes(words)], ["INVALID_REQUEST", true], `${method}: ${error.message}`);
    }
  });

  await operateTest("diagnostics.bundle", async (operator, { ready }) => {
    await operator.request("system-event", { text: "conformance words that were said", mode: "ui" });
    const bundle = await operator.request("diagnostics.bundle", {});
    shaped(bundle, { name: "string", mimeType: "string", bytes: "int", entries: "array", data: "string" }, "diagnostics.bundle");
    const archive = Buffer.from(bundle.data, "base64");
    same([bundle.mimeType, bundle.bytes, bundle.name.endsWith(".zip")], ["application/zip", archive.length, true], "archive");
    const files = unzip(archive);
    same([...files].map(([name, text]) => ({ name, size: text.length })), bundle.entries, "entries");
    for (const name of ["about.json", "doctor.json", "config.json5", "database.json"]) expect(files.has(name), `${name} is not in it`);
    expect(files.get("config.json5").toString().includes("discovery"), "the configuration is not in it");
    for (const secret of [TOKEN, KEY, "words that were said"]) {
      for (const [name, text] of files) expect(!text.includes(secret), `${name} holds ${secret}`);
    }
    expect(!readdirSync(ready.stateDir).includes(bundle.name), "it was left in the state folder");
  });
}

/** Name and content of each file of an archive, by its central directory. */
function unzip(archive) {
  const files = new Map();
  const end = archive.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [method, packed, names] = [archive.readUInt16LE(at + 10), archive.readUInt32LE(at + 20), archive.readUInt16LE(at + 28)];
    const local = archive.readUInt32LE(at + 42);
    const begin = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const bytes = archive.subarray(begin, begin + packed);
    files.set(archive.toString("utf8", at + 46, at + 46 + names), method === 0 ? bytes : inflateRawSync(bytes));
    at += 46 + names + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return files;
}

async function reached(operateTest) {
  await operateTest("remote.status", async (operator, { url, port }) => {
    const remote = await operator.request("remote.status", {});
    shaped(remote, { urls: "array", bind: "string", port: "int", tls: "object", trustedProxies: "array" }, "remote.status");
    same([remote.bind, remote.port, remote.tls.enabled, remote.tailscale], ["loopback", port, false, undefined], "remote.status");
    for (const row of remote.urls) shaped(row, { url: "string", socketUrl: "string", kind: "string", secure: "boolean" }, "address");
    const [own] = remote.urls;
    same([own.kind, own.secure, own.socketUrl.replace(/\/$/, "")], ["loopback", true, url], "this machine's own");
    const again = await Operator.connect({ url: own.socketUrl, token: TOKEN });
    same(again.hello.server.connId === operator.hello.server.connId, false, "a connection to that address");
  });

  await operateTest("service.status", async (operator, { ready }) => {
    const service = await operator.request("service.status", {});
    shaped(service, { manager: "string", scope: "string", name: "string", installed: "boolean", enabled: "boolean" }, "service.status");
    shaped(service, { running: "boolean", gatewayRunning: "boolean", pid: "int", url: "string", sinceMs: "int", starts: "object", advice: "array" }, "service.status");
    same([service.gatewayRunning, service.pid, service.url, service.starts.mode], [true, ready.pid, ready.url, "normal"], "this gateway");
    expect(service.sinceMs <= Date.now() && service.sinceMs > Date.now() - 600_000, `sinceMs ${service.sinceMs}`);
  });

  await operateTest("tailscale.without-a-daemon", async (operator, { ready }) => {
    const status = await operator.request("tailscale.status", {});
    shaped(status, { mode: "string", state: "string", addresses: "array", served: "boolean", identitySignIn: "boolean" }, "tailscale.status");
    same([status.mode, status.state, status.served, status.problem], ["off", "missing", false, undefined], "nobody asked for it");
    const funnel = await operator.refusal("tailscale.set", { mode: "funnel" });
    same([funnel.gatewayCode, funnel.message.includes("gateway.tailscale.mode") && funnel.message.includes("password")], ["INVALID_REQUEST", true], `to the internet with a token: ${funnel.message}`);
    const nonsense = await operator.refusal("tailscale.set", { mode: "everywhere" });
    expect(nonsense.message.startsWith("invalid tailscale.set params: ") && nonsense.message.includes("mode"), `message: ${nonsense.message}`);
    same(readFileSync(ready.configPath, "utf8"), CONFIG, "the configuration after refusals");
    const serve = await operator.request("tailscale.set", { mode: "serve" });
    same([serve.mode, serve.state, serve.served, serve.problem.code], ["serve", "missing", false, "not-running"], "asked for");
    const off = await operator.request("tailscale.set", { mode: "off" });
    same([off.mode, off.served, off.problem], ["off", false, undefined], "no longer");
    const { parsed } = await operator.request("config.get", {});
    same(parsed.gateway.tailscale, { socket: "/nowhere/tailscaled.sock", mode: "off" }, "what is written");
  });
}

async function restart(operateTest) {
  await operateTest("restart.preflight-and-request", async (operator, gateway) => {
    const preflight = await operator.request("gateway.restart.preflight", {});
    shaped(preflight, { safe: "boolean", runs: "int", connections: "int", requested: "boolean", configValid: "boolean", issues: "array", waiting: "array" }, "preflight");
    same([preflight.safe, preflight.runs, preflight.requested, preflight.configValid, preflight.waiting], [true, 0, false, true, []], "preflight");
    expect(preflight.connections >= 1, `connections ${preflight.connections}`);
    const agent = await operator.refusal("gateway.restart.request", { sessionKey: "agent:main:main" });
    same([agent.gatewayCode, agent.message.includes("an agent cannot restart")], ["FORBIDDEN", true], `for an agent: ${agent.message}`);
    const note = "the conformance run wanted it";
    const asked = await operator.request("gateway.restart.request", { reason: "conformance", note, delayMs: 0 });
    same(asked, { ok: true, delayMs: 0, runs: 0 }, "answer");
    await cameBack(operator, gateway, "conformance");
    const told = (await operator.request("status", {})).queuedSystemEvents;
    expect(told.some((text) => text.includes(note)), `the next start is not told: ${JSON.stringify(told)}`);
    same((await operator.request("gateway.restart.preflight", {})).requested, false, "asked for afterwards");
  });
}
