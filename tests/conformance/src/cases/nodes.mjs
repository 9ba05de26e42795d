//! The official client as a node: what it is asked, what it answers and tells, what waits for it.
import { randomUUID } from "node:crypto";
import { TOKEN } from "../gateway.mjs";
import { Operator } from "../operator.mjs";
import { test, withGateway } from "../suite.mjs";
import { until } from "../until.mjs";
import { conforms, expect, same, shaped } from "../validate.mjs";

const COMMANDS = ["system.run", "system.which", "canvas.present"];

export async function nodes() {
  await withGateway("nodes", {}, async ({ url }) => {
    await calls(url);
    await waiting(url);
    await older(url);
    await surroundings(url);
  });
}

const admin = (url, options = {}) => Operator.connect({ url, token: TOKEN, scopes: ["operator.admin", "operator.talk.secrets"], ...options });

/** On this machine with the shared secret: nobody is asked. */
const connect = (url) => Operator.connect({ url, token: TOKEN, role: "node", scopes: [], clientName: "node-host", mode: "node", clientDisplayName: "box", caps: ["system", "canvas"], commands: COMMANDS });

const told = (operator, name, matches = () => true) => operator.event(name, (e) => e.event === name && matches(e.payload));

async function calls(url) {
  await test("nodes.parts-input-and-answer", async () => {
    const [op, node] = [await admin(url), await connect(url)];
    const nodeId = node.identity.deviceId;
    const idempotencyKey = randomUUID();
    const answer = op.request("node.invoke", { nodeId, command: "system.which", params: { bins: ["sh"] }, idempotencyKey });
    const { payload: asked } = await told(node, "node.invoke.request");
    conforms("NodeInvokeRequestEvent", asked);
    same([asked.nodeId, asked.command, JSON.parse(asked.paramsJSON)], [nodeId, "system.which", { bins: ["sh"] }], "request");
    await node.request("node.invoke.progress", { invokeId: asked.id, nodeId, seq: 0, chunk: "half" });
    same((await told(op, "node.invoke.progress")).payload.chunk, "half", "part");
    await op.request("node.invoke.input", { idempotencyKey, payloadJSON: '{"more":1}' });
    const { payload: input } = await told(node, "node.invoke.input");
    conforms("NodeInvokeInputEvent", input);
    same(input.payloadJSON, '{"more":1}', "input");
    same(await node.request("node.invoke.result", { id: asked.id, nodeId, ok: true, payloadJSON: '{"bins":{}}' }), { ok: true }, "node.invoke.result");
    same((await answer).payload, { bins: {} }, "node.invoke");
  });

  await test("nodes.tells-and-is-renamed", async () => {
    const [op, node] = [await admin(url), await connect(url)];
    const nodeId = node.identity.deviceId;
    const result = await node.request("node.event", { event: "node.presence.activity", payloadJSON: '{"idleSeconds":3}' });
    conforms("NodeEventResult", result);
    same(result.handled, true, "handled");
    same((await told(op, "node.presence")).payload.active, true, "node.presence");
    await op.request("node.rename", { nodeId, displayName: "Workshop" });
    const { displayName, active } = await op.request("node.describe", { nodeId });
    same([displayName, active], ["Workshop", true], "node.describe");
  });

  await test("nodes.canvas-address-is-refreshed", async () => {
    const node = await connect(url);
    const before = node.hello.pluginSurfaceUrls.canvas;
    const after = await node.request("node.pluginSurface.refresh", { surface: "canvas" });
    expect(after.pluginSurfaceUrls.canvas !== before, "the address stayed the same");
    const op = await admin(url);
    shaped(await op.request("plugin.surface.refresh", { surface: "canvas" }), { surface: "string", pluginSurfaceUrls: "object", expiresAtMs: "int" }, "plugin.surface.refresh");
  });
}

async function waiting(url) {
  await test("nodes.what-waits-is-pulled-and-drained", async () => {
    const op = await admin(url);
    const node = await connect(url);
    const nodeId = node.identity.deviceId;
    const item = await op.request("node.pending.enqueue", { nodeId, type: "status.request", priority: "high", wake: false });
    conforms("NodePendingEnqueueResult", item);
    await op.request("node.pending.enqueue", { nodeId, type: "location.request" });
    const pulled = await node.request("node.pending.pull", { maxItems: 1 });
    same(pulled.items.map((one) => one.type), ["status.request"], "node.pending.pull");
    same((await node.request("node.pending.ack", { ids: [pulled.items[0].id] })).acked, [pulled.items[0].id], "node.pending.ack");
    const drained = await node.request("node.pending.drain", {});
    conforms("NodePendingDrainResult", drained);
    same([drained.items.map((one) => one.type), drained.hasMore], [["location.request"], false], "node.pending.drain");
  });
}

async function older(url) {
  await test("nodes.older-pairing-is-verified-or-rejected", async () => {
    const op = await admin(url);
    const { request } = await op.request("node.pair.request", { nodeId: "older", displayName: "Phone", commands: ["location.get"] });
    const { node } = await op.request("node.pair.approve", { requestId: request.requestId });
    same((await op.request("node.pair.verify", { nodeId: "older", token: node.token })).ok, true, "its token");
    same(await op.request("node.pair.verify", { nodeId: "older", token: "another" }), { ok: false }, "another token");
    const other = await op.request("node.pair.request", { nodeId: "other", commands: ["location.get"] });
    await op.request("node.pair.reject", { requestId: other.request.requestId });
    const resolved = await told(op, "node.pair.resolved", (payload) => payload.requestId === other.request.requestId);
    same(resolved.payload.decision, "rejected", "decision");
    same((await op.request("node.pair.list", {})).pending, [], "requests");
    await op.request("node.pair.remove", { nodeId: "older" });
  });
}

async function surroundings(url) {
  await test("nodes.words-and-conversations", async () => {
    const [op, node] = [await admin(url), await connect(url)];
    const words = { triggers: ["hey", "robot"] };
    same(await op.request("voicewake.set", words), words, "voicewake.set");
    same(await op.request("voicewake.get", {}), words, "voicewake.get");
    await told(node, "voicewake.changed", (payload) => payload.triggers[0] === "hey");
    const routes = [{ trigger: "robot", target: { agentId: "main" } }];
    const { config } = await op.request("voicewake.routing.set", { config: { routes } });
    same(config.routes, routes, "voicewake.routing.set");
    same((await op.request("voicewake.routing.get", {})).config, config, "voicewake.routing.get");
    shaped(await op.request("talk.mode", { enabled: true, phase: "listening" }), { enabled: "boolean", phase: "string", ts: "int" }, "talk.mode");
    conforms("TalkConfigResult", await op.request("talk.config", {}));
  });

  await test("nodes.machines-and-programs-of-skills", async () => {
    const [op, node] = [await admin(url), await connect(url)];
    const list = await op.request("environments.list", {});
    conforms("EnvironmentsListResult", list);
    const id = `node:${node.identity.deviceId}`;
    expect(list.environments[0].id === "gateway" && list.environments.some((one) => one.id === id), JSON.stringify(list));
    const status = await op.request("environments.status", { environmentId: id });
    conforms("EnvironmentsStatusResult", status);
    same([status.id, status.status], [id, "available"], "environments.status");
    expect(Array.isArray((await node.request("skills.bins", {})).bins), "skills.bins");
    await node.close();
    await until("its absence", async () => (await op.request("environments.status", { environmentId: id })).status === "unavailable");
  });
}
