//! The official node host at the gateway, driven by the official client: joins, is approved, runs commands, comes back.
import { randomUUID } from "node:crypto";
import { forwarder } from "../forwarder.mjs";
import { TOKEN } from "../gateway.mjs";
import { disposeNodeHosts, NodeHost, settleNodeHost } from "../node-host.mjs";
import { Operator } from "../operator.mjs";
import { test, withGateway } from "../suite.mjs";
import { until } from "../until.mjs";
import { expect, same, shaped } from "../validate.mjs";

/** How long a host may take to be where a case wants it: it starts slowly, and so does each of its connections. */
const JOIN_MS = 120_000;

/** Seen as a caller from elsewhere through the proxy that adds this. */
const ELSEWHERE = { "X-Forwarded-For": "203.0.113.9" };

/** What the host offers on Linux of what the gateway's lists have by themselves. */
const OFFERED = ["fs.listDir", "system.execApprovals.get", "system.execApprovals.set", "system.run", "system.run.prepare", "system.which"];

/** Runs nothing that nobody approved. */
const ASKS = { version: 1, defaults: { security: "allowlist", ask: "always" }, agents: {} };

export async function officialNode() {
  await settleNodeHost();
  await withGateway("officialNode", { config: { gateway: { trustedProxies: ["127.0.0.1"] } } }, async (gateway) => {
    const proxy = await forwarder(gateway.port, ELSEWHERE);
    try {
      await everything(gateway, Number(new URL(proxy.url).port));
    } finally {
      proxy.close();
      await disposeNodeHosts();
    }
  });
}

/** All three start at once: what takes longest is their start. */
async function everything(gateway, proxyPort) {
  const { setupCode } = await withAdmin(gateway, (admin) => admin.request("device.pair.setupCode", { bootstrapProfile: "node" }));
  const local = new NodeHost("local", { port: gateway.port, token: TOKEN });
  const coded = new NodeHost("coded", { port: proxyPort, args: ["--pair", setupCode] });
  const remote = new NodeHost("remote", { port: proxyPort, token: TOKEN });
  await joining(gateway, local);
  await commands(gateway, local);
  await approvals(gateway, local);
  await fromElsewhere(gateway, remote, coded);
  await restart(gateway, local);
}

const connect = ({ url }, options = {}) => Operator.connect({ url, token: TOKEN, scopes: ["operator.admin", "operator.approvals", "operator.pairing"], caps: ["approvals"], ...options });

async function withAdmin(gateway, body) {
  const admin = await connect(gateway);
  try {
    return await body(admin);
  } finally {
    await admin.close();
  }
}

/** The row of the host once it fits; what the host said is in the failure. */
async function row(operator, host, fits = () => true) {
  try {
    return await until(`node ${host.name}`, async () => {
      const { nodes } = await operator.request("node.list", {});
      return nodes.find((node) => node.displayName === host.name && node.connected && fits(node));
    }, JOIN_MS);
  } catch (error) {
    throw new Error(`${error.message}; it said: ${host.log()}`);
  }
}

const call = (nodeId, command, params) => ({ nodeId, command, params, timeoutMs: 8_000, idempotencyKey: randomUUID() });

const invoke = async (operator, node, command, params) => (await operator.request("node.invoke", call(node.nodeId, command, params))).payload;

const refusal = (operator, node, command, params) => operator.refusal("node.invoke", call(node.nodeId, command, params));

async function which(operator, node) {
  const { bins } = await invoke(operator, node, "system.which", { bins: ["sh", "no-such-program"] });
  expect(/\/sh$/.test(bins.sh) && Object.keys(bins).length === 1, `system.which: ${JSON.stringify(bins)}`);
}

async function joining(gateway, local) {
  await test("official-node.local-host-is-listed-with-its-commands", async () => {
    const admin = await connect(gateway);
    const node = await row(admin, local);
    shaped(node, { nodeId: "string", platform: "string", version: "string", pathEnv: "string", connectedAtMs: "int", approvedAtMs: "int" }, "node");
    same([node.approvalState, node.paired, node.clientId, node.remoteIp, node.platform], ["approved", true, "node-host", "127.0.0.1", process.platform], "node");
    for (const command of OFFERED) expect(node.commands.includes(command), `${command} is not among ${node.commands}`);
    same(await admin.request("node.pair.list", {}).then(({ pending }) => pending.filter((one) => one.nodeId === node.nodeId)), [], "requests");
    const described = await admin.request("node.describe", { nodeId: node.nodeId });
    same([described.nodeId, described.commands], [node.nodeId, node.commands], "node.describe");
  }, JOIN_MS + 10_000);

  await test("official-node.figures-of-its-machine-arrive", async () => {
    const admin = await connect(gateway);
    const { hostStats } = await row(admin, local, (node) => node.hostStats);
    shaped(hostStats, { cpuCount: "int", loadAverage: "array", memoryTotalBytes: "int", memoryFreeBytes: "int", updatedAtMs: "int" }, "hostStats");
    same(hostStats.loadAverage.length, 3, "loads");
  });
}

async function commands(gateway, local) {
  await test("official-node.answers-calls", async () => {
    const admin = await connect(gateway);
    const node = await row(admin, local);
    await which(admin, node);
    const { path, entries } = await invoke(admin, node, "fs.listDir", { path: "/" });
    expect(path === "/" && entries.some((entry) => entry.path === "/usr"), `fs.listDir: ${JSON.stringify(entries)}`);
    const ran = await invoke(admin, node, "system.run", { command: ["echo", "as it comes"] });
    same([ran.success, ran.exitCode, ran.stdout], [true, 0, "as it comes\n"], "its own default runs commands");
    const undeclared = await refusal(admin, node, "system.notify", {});
    same([undeclared.gatewayCode, undeclared.details.reason], ["INVALID_REQUEST", "command not declared by node"], "a command it does not have");
    const reader = await connect(gateway, { scopes: ["operator.read"] });
    same((await reader.refusal("node.invoke", call(node.nodeId, "system.which", { bins: ["sh"] }))).details.missingScope, "operator.write", "a reader");
  });

  await test("official-node.rules-are-read-and-written", async () => {
    const admin = await connect(gateway);
    const { nodeId } = await row(admin, local);
    const before = await admin.request("exec.approvals.node.get", { nodeId });
    const after = await admin.request("exec.approvals.node.set", { nodeId, file: ASKS, baseHash: before.hash });
    expect(after.hash !== before.hash, "the hash stayed the same");
    const read = await admin.request("exec.approvals.node.get", { nodeId });
    same([read.hash, read.file.defaults], [after.hash, ASKS.defaults], "what is there now");
    const stale = await admin.refusal("exec.approvals.node.set", { nodeId, file: { version: 1, defaults: { security: "full" }, agents: {} }, baseHash: before.hash });
    same([stale.gatewayCode, stale.details.nodeError.code], ["UNAVAILABLE", "INVALID_REQUEST"], "a stale hash");
    same((await admin.request("exec.approvals.node.get", { nodeId })).hash, after.hash, "after the stale one");
  });
}

/** The plan of `echo` with `word`, as an agent asks for it. */
async function plan(operator, node, word) {
  const params = { command: ["echo", word], cwd: "/", agentId: "main", sessionKey: "agent:main:node" };
  return (await invoke(operator, node, "system.run.prepare", params)).plan;
}

/** Has `wanted` approved as `decision` by another operator; resolves with the params that run it. */
async function approved(gateway, asker, node, wanted, decision = "allow-once") {
  const approver = await connect(gateway);
  const id = randomUUID();
  const { argv, cwd, agentId, sessionKey, commandText } = wanted;
  const request = { id, command: commandText, commandArgv: argv, cwd, agentId, sessionKey, host: "node", nodeId: node.nodeId, systemRunPlan: wanted, timeoutMs: 60_000 };
  const answer = asker.request("exec.approval.request", request);
  const run = { command: argv, rawCommand: commandText, cwd, agentId, sessionKey, systemRunPlan: wanted, runId: id, approved: true, approvalDecision: decision };
  const { payload } = await approver.event("request", (e) => e.event === "exec.approval.requested" && e.payload.id === id);
  same([payload.request.host, payload.request.nodeId, payload.request.command], ["node", node.nodeId, commandText], "what the approver sees");
  same((await refusal(asker, node, "system.run", run)).details.code, "APPROVAL_PENDING", "before the answer");
  await approver.request("exec.approval.resolve", { id, decision });
  same((await answer).decision, decision, "decision");
  return run;
}

async function approvals(gateway, local) {
  await test("official-node.refuses-what-nobody-approved", async () => {
    const admin = await connect(gateway);
    const node = await row(admin, local);
    const denied = await refusal(admin, node, "system.run", { command: ["echo", "x"] });
    same(denied.details.nodeError, { code: "SYSTEM_RUN_DENIED", message: "SYSTEM_RUN_DENIED: approval required" }, "without a word");
    for (const [claim, code] of [[{}, "MISSING_RUN_ID"], [{ runId: randomUUID() }, "UNKNOWN_APPROVAL_ID"]]) {
      const params = { command: ["echo", "x"], approved: true, approvalDecision: "allow-once", ...claim };
      same((await refusal(admin, node, "system.run", params)).details.code, code, "a claim of an approval");
    }
  });

  await test("official-node.runs-once-what-was-approved", async () => {
    const admin = await connect(gateway);
    const node = await row(admin, local);
    const run = await approved(gateway, admin, node, await plan(admin, node, "approved"));
    const ran = await invoke(admin, node, "system.run", run);
    same([ran.success, ran.stdout], [true, "approved\n"], "outcome");
    same((await refusal(admin, node, "system.run", run)).details.code, "UNKNOWN_APPROVAL_ID", "the second time");
  });

  await test("official-node.swapped-command-is-refused", async () => {
    const admin = await connect(gateway);
    const node = await row(admin, local);
    const wanted = await plan(admin, node, "approved");
    const run = await approved(gateway, admin, node, wanted);
    const argv = [wanted.argv[0], "swapped"];
    const text = argv.join(" ");
    const other = { ...wanted, argv, commandText: text };
    for (const swap of [{ command: argv, rawCommand: text }, { command: argv, rawCommand: text, systemRunPlan: other }, { cwd: "/usr" }, { env: { EXTRA: "1" } }, { agentId: "other" }]) {
      same((await refusal(admin, node, "system.run", { ...run, ...swap })).details.code, "APPROVAL_REQUEST_MISMATCH", JSON.stringify(swap));
    }
    same((await invoke(admin, node, "system.run", run)).stdout, "approved\n", "the approved one");
  });

  await test("official-node.denied-command-does-not-run", async () => {
    const admin = await connect(gateway);
    const node = await row(admin, local);
    const run = await approved(gateway, admin, node, await plan(admin, node, "denied"), "deny");
    const refused = await refusal(admin, node, "system.run", { ...run, approvalDecision: "allow-once" });
    expect(refused.details.code !== undefined && refused.gatewayCode === "INVALID_REQUEST", `${refused.gatewayCode} ${JSON.stringify(refused.details)}`);
  });
}

async function fromElsewhere(gateway, remote, coded) {
  await test("official-node.setup-code-approves-its-commands-too", async () => {
    const admin = await connect(gateway);
    const node = await row(admin, coded);
    same([node.approvalState, node.remoteIp], ["approved", ELSEWHERE["X-Forwarded-For"]], "node");
    await which(admin, node);
  }, JOIN_MS + 10_000);

  await test("official-node.device-and-commands-from-elsewhere-are-approved", async () => {
    const admin = await connect(gateway);
    const device = await until("request of the device", async () => {
      const { pending } = await admin.request("device.pair.list", {});
      return pending.find((one) => one.displayName === remote.name);
    }, JOIN_MS);
    same([device.role, device.remoteIp], ["node", ELSEWHERE["X-Forwarded-For"]], "device");
    await admin.request("device.pair.approve", { requestId: device.requestId });
    const waiting = await row(admin, remote);
    same([waiting.nodeId, waiting.approvalState, waiting.commands], [device.deviceId, "pending-approval", []], "after the device");
    same((await refusal(admin, waiting, "system.which", { bins: ["sh"] })).details.code, "PAIRING_CHANGED", "before the commands");
    const request = await requestOf(admin, waiting);
    await admin.request("node.pair.approve", { requestId: request.requestId });
    await which(admin, waiting);
    const after = await row(admin, remote, (node) => node.approvalState === "approved");
    for (const command of OFFERED) expect(after.commands.includes(command), `${command} is not among ${after.commands}`);
  }, JOIN_MS + 10_000);

  await test("official-node.removed-node-asks-again", async () => {
    const admin = await connect(gateway);
    const { nodeId, connectedAtMs } = await row(admin, remote, (node) => node.approvalState === "approved");
    await admin.request("node.pair.remove", { nodeId });
    const back = await row(admin, remote, (node) => node.connectedAtMs > connectedAtMs);
    same([back.approvalState, back.commands], ["pending-approval", []], "when it is back");
    same((await refusal(admin, back, "system.which", { bins: ["sh"] })).details.code, "PAIRING_CHANGED", "call");
    await admin.request("node.pair.approve", { requestId: (await requestOf(admin, back)).requestId });
    await which(admin, back);
  }, JOIN_MS + 10_000);
}

const requestOf = (operator, { nodeId }) => until("request of the node", async () => (await operator.request("node.pair.list", {})).pending.find((one) => one.nodeId === nodeId));

async function restart(gateway, local) {
  await test("official-node.comes-back-to-a-killed-gateway", async () => {
    const before = await withAdmin(gateway, (admin) => row(admin, local));
    await gateway.stop("SIGKILL");
    await gateway.launch();
    const admin = await connect(gateway);
    const node = await row(admin, local);
    same([node.nodeId, node.approvalState, node.commands], [before.nodeId, "approved", before.commands], "node");
    expect(node.connectedAtMs > before.connectedAtMs, "it is the connection from before");
    await which(admin, node);
    const run = await approved(gateway, admin, node, await plan(admin, node, "again"));
    same((await invoke(admin, node, "system.run", run)).stdout, "again\n", "an approved command");
  }, JOIN_MS + 10_000);
}
