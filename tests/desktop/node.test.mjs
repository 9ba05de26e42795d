//! The desktop app's computer as a node of the app's own gateway: a switch makes it one, another ends it.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../ui/e2e/until.mjs";
import { desktopTest } from "./stage.mjs";

const SWITCH = "This computer is a node";

desktopTest("a switch makes this computer a node, and the same switch ends that", {}, async ({ start }) => {
  const app = await start({ args: ["--hidden"] });
  await app.entry("Pair a phone…");
  const call = async (method, params = {}) => JSON.parse(await app.cli("call", method, JSON.stringify(params), "--json"));
  const connected = async () => (await call("node.list")).nodes.filter((node) => node.connected);
  const state = async () => (await call("desktop.get")).settings.node.state;
  const before = (await call("desktop.get")).settings.node;
  assert.deepEqual([before.enabled, before.state, before.capabilities.includes("camera")], [false, "off", false]);
  assert.deepEqual(await connected(), [], "nothing runs before somebody says so");

  await call("desktop.set", { node: { capabilities: ["system"] } });
  assert.equal((await app.entry(SWITCH)).checked, false);
  await app.choose(SWITCH);
  const [node] = await until("the node", async () => (await connected()).length === 1 && connected());
  assert.deepEqual([node.clientId, node.approvalState], ["node-host", "approved"]);
  assert.equal(node.caps.join(), "system");
  assert.ok(!node.commands.includes("system.notify") && !node.commands.includes("fs.listDir"), node.commands.join());
  await app.entry("Node: connected");
  // The gateway, the tray, the page and the file are told one after the other.
  await until("the mark", async () => (await app.entry(SWITCH)).checked === true);
  await until("the page to be told", async () => (await call("desktop.get")).settings.node.nodeId === node.nodeId);
  const which = (bins) =>
    call("node.invoke", { nodeId: node.nodeId, command: "system.which", params: { bins }, idempotencyKey: randomUUID() });
  assert.match(JSON.stringify(await which(["sh", "no-such-program"])), /\/sh\W/);

  // More than was approved is asked about; what was approved works on.
  await call("desktop.set", { node: { capabilities: ["system", "fs"] } });
  await app.entry("Node: waits for approval");
  await until("the page to be told", async () => (await state()) === "waiting");
  assert.match(JSON.stringify(await which(["sh"])), /\/sh\W/);
  const asking = (await connected())[0];
  assert.equal(asking.approvalState, "pending-reapproval");
  await call("node.pair.approve", { requestId: asking.pendingRequestId });
  await app.entry("Node: connected");
  await until("the page to be told", async () => (await state()) === "connected");
  await until("folders", async () => (await connected())[0]?.commands.includes("fs.listDir"));

  await app.choose(SWITCH);
  await until("the node to go", async () => (await connected()).length === 0);
  await until("the mark to go", async () => (await app.entry(SWITCH)).checked === false);
  await until("the page to be told", async () => (await state()) === "off");
  const kept = () => JSON.parse(readFileSync(join(app.stateDir, "desktop.json"), "utf8")).node;
  await until("the file", () => assert.deepEqual(kept(), { enabled: false, capabilities: ["fs", "system"] }) ?? true);
});

desktopTest("a node comes back with the app, and with its gateway", {}, async ({ start }) => {
  const app = await start({ args: ["--hidden"] });
  await app.entry("Pair a phone…");
  const call = async (method, params = {}) => JSON.parse(await app.cli("call", method, JSON.stringify(params), "--json"));
  const connected = async () => (await call("node.list")).nodes.filter((node) => node.connected);
  await call("desktop.set", { node: { enabled: true } });
  await app.entry("Node: connected");
  const [first] = await connected();
  await app.choose("Restart gateway");
  const again = await until("the node again", async () => {
    const [node] = await connected().catch(() => []);
    return node && node.connectedAtMs > first.connectedAtMs && node;
  });
  assert.equal(again.nodeId, first.nodeId);
  await app.entry("Node: connected");
  await app.choose("Quit (stops the gateway)");
  assert.deepEqual(await app.ended(), { code: 0, signal: null });
});
