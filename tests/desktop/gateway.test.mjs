//! The app and its gateway: one for app and command line, there without a screen, reachable when that was asked for, and never
//! waiting for the window.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { Device, otherAddress } from "../../ui/e2e/device.mjs";
import { freePort } from "../../ui/e2e/port.mjs";
import { until } from "../../ui/e2e/until.mjs";
import { App, BINARY, COMMAND } from "./app.mjs";
import { desktopTest } from "./stage.mjs";
import { closeWindow, windowOf } from "./xwindow.mjs";

desktopTest("app and command line share one gateway, a second one is refused", {}, async ({ desk, start }) => {
  const app = await start({ args: ["--hidden"] });
  const status = await app.cli("status");
  assert.match(status, new RegExp(`:${app.port}\\b`));
  const second = await desk
    .run(COMMAND, ["gateway", "--port", String(await freePort())], { env: app.env })
    .catch((error) => error);
  assert.equal(second.code, 75, second.printed);
  assert.match(second.printed, /in use|already/i);
});

desktopTest("the app is the tray of a gateway that ran before, and leaves it running", {}, async ({ desk, start }) => {
  const port = await freePort();
  const env = { POSTERN_GATEWAY_PORT: String(port) };
  const gateway = desk.part(COMMAND, ["gateway"], { env: { ...desk.env, ...env } });
  const app = new App(desk, port);
  await until("the gateway", () => app.healthy());
  const tray = await start({ args: ["--hidden"], port });
  await tray.entry("Pair a phone…");
  await tray.entry("Quit (gateway keeps running)");
  assert.equal((await tray.entry("Restart gateway")).enabled, false);
  await tray.choose("Quit (gateway keeps running)");
  assert.deepEqual(await tray.ended(), { code: 0, signal: null });
  assert.ok(await app.healthy());
  gateway.kill("SIGTERM");
  assert.deepEqual(await gateway.exit, { code: 0, signal: null });
});

desktopTest("when the gateway that ran before is gone, the tray says so and can start its own", {}, async ({ desk, start }) => {
  const port = await freePort();
  const gateway = desk.part(COMMAND, ["gateway"], { env: { ...desk.env, POSTERN_GATEWAY_PORT: String(port) } });
  await until("the gateway", () => new App(desk, port).healthy());
  const tray = await start({ args: ["--hidden"], port });
  await tray.entry("Quit (gateway keeps running)");
  const picture = async () => (await desk.panel("items"))[0].IconName;
  const well = await picture();
  gateway.kill("SIGKILL");
  await tray.entry("Start the gateway here");
  await until("another picture", async () => (await picture()) !== well);
  await tray.choose("Start the gateway here");
  await tray.entry("Quit (stops the gateway)");
  await tray.entry("Restart gateway");
  assert.ok(await tray.healthy());
});

desktopTest("without a display it serves, and says so", { screen: false, tray: false }, async ({ start }) => {
  const app = await start();
  assert.deepEqual(app.webProcesses(), []);
  const device = Device.operator("over the network", ["operator.read"]);
  await device.connect(app.socket, { auth: { token: await app.token() } });
  app.signal("SIGTERM");
  await device.event("shutdown");
  assert.deepEqual(await app.ended(), { code: 0, signal: null });
});

desktopTest("without a session bus it serves too", { bus: false }, async ({ start }) => {
  const app = await start();
  assert.ok(await app.token());
});

desktopTest("it answers as the command line when it is called like one", {}, async ({ desk }) => {
  assert.equal(await desk.run(BINARY, ["--version"]), await desk.run(COMMAND, ["--version"]));
  assert.match(await desk.run(BINARY, ["devices", "--help"]), /approve/);
});

desktopTest(
  "by default nobody else on the network gets in; with bind lan a node pairs from the notification",
  {},
  async ({ desk, start }) => {
    const address = otherAddress();
    const closed = await start({ args: ["--hidden"] });
    const url = (port) => `ws://${address}:${port}`;
    await assert.rejects(
      Device.node("stranger").connect(url(closed.port), { auth: { token: await closed.token() } }),
      /ECONNREFUSED/,
    );
    await closed.choose("Quit (stops the gateway)");
    await closed.ended();

    const app = await start({ args: ["--hidden", "--bind", "lan"] });
    const [node, token] = [Device.node("garden phone"), await app.token()];
    await node.ask(url(app.port), { auth: { token } });
    const shown = await app.notification(({ summary }) => /garden phone/.test(summary));
    for (const fact of [address, node.id.slice(0, 8), /node/, /within \d/]) assert.match(shown.body, new RegExp(fact));
    const [approve] = Object.entries(shown.actions).find(([, label]) => label === "Approve");
    await desk.panel("invoke", { notification: shown.id, action: approve });
    const hello = await until("the node to be let in", () => node.connect(url(app.port), { auth: { token } }));
    assert.equal(hello.auth.role, "node");
  },
);

desktopTest("a node of the tailnet pairs from the menu", {}, async ({ start, tidy, configure }, context) => {
  const tailnet = await tailnetAddress("100.64.17.4", tidy);
  context.diagnostic(tailnet.how);
  configure(tailnet.config);
  const app = await start({ args: ["--hidden", "--bind", tailnet.bind] });
  const url = `ws://${tailnet.address}:${app.port}`;
  const { headers } = tailnet;
  const [node, token] = [Device.node("travelling phone"), await app.token()];
  await node.ask(url, { auth: { token }, headers });
  await app.entry(/travelling phone/);
  await app.entry("From 100.64.17.4");
  await app.choose("Approve");
  const hello = await until("the node to be let in", () => node.connect(url, { auth: { token }, headers }));
  assert.equal(hello.auth.role, "node");
  await until(
    "the request to leave the menu",
    async () => !(await app.menu()).some(({ label }) => /travelling phone/.test(label)),
  );
});

desktopTest("on a client of a gateway elsewhere it starts none of its own, and says so", {}, async ({ start, configure }) => {
  configure({ gateway: { mode: "remote", remote: { url: "ws://127.0.0.1:9" } } });
  const app = await start({ args: ["--hidden"], ready: false });
  await app.entry(/cannot start/i);
  await until("the reason in the log", () => /gateway\.mode is remote/.test(app.log()));
});

desktopTest("a rejected device stays out", {}, async ({ start }) => {
  const app = await start({ args: ["--hidden", "--bind", "lan"] });
  const url = `ws://${otherAddress()}:${app.port}`;
  const [node, token] = [Device.node("odd phone"), await app.token()];
  const first = await node.ask(url, { auth: { token } });
  await app.entry(/odd phone/);
  await app.choose("Reject");
  await until("the request to go", async () => !(await app.menu()).some(({ label }) => /odd phone/.test(label)));
  assert.notEqual(await node.ask(url, { auth: { token } }), first);
});

desktopTest("while the user interface stands still, the gateway answers", {}, async ({ desk, start }, context) => {
  const app = await start({ args: ["--hidden"], held: true });
  await app.entry("Pair a phone…");
  const device = Device.operator("clock", ["operator.read"]);
  await device.connect(app.socket, { auth: { token: await app.token() } });
  await app.hold();
  const times = [];
  for (let n = 0; n < 50; n += 1) {
    const before = performance.now();
    const health = await device.request("health");
    assert.ok(health.ok);
    times.push(performance.now() - before);
  }
  await assert.rejects(desk.panel("menu"), "the user interface answers although it stands still");
  await app.release();
  times.sort((a, b) => a - b);
  context.diagnostic(`health with the main thread held: median ${times[25].toFixed(1)} ms, worst ${times.at(-1).toFixed(1)} ms`);
  await app.choose("Copy gateway address");
});

desktopTest("fifty times open and closed", { ms: 900_000 }, async ({ desk, start }, context) => {
  const app = await start({ args: ["--hidden"] });
  const figures = [];
  for (let round = 1; round <= 50; round += 1) {
    await app.choose("Open Postern");
    await app.pages(round);
    await closeWindow(desk, await windowOf(desk));
    await until("the web process to go", () => !app.webProcesses().includes("WebKitWebProces"));
    // WebKit's network process stays some seconds for the next window; what is compared is what is left without it.
    const isCompared = round === 1 || round === 50;
    if (isCompared) await until("every web process to go", () => app.webProcesses().length === 0, 60_000);
    if (isCompared || round % 10 === 0) figures.push({ round, ...app.memory() });
  }
  for (const figure of figures) context.diagnostic(JSON.stringify(figure));
  const [first, last] = [figures[0], figures.at(-1)];
  const grown = (field) => `${((last[field] / first[field] - 1) * 100).toFixed(1)} % ${field}`;
  context.diagnostic(`from round 1 to 50: ${grown("pss")}, ${grown("private")}`);
  assert.equal(last.processes, first.processes);
  assert.ok(await app.healthy());
});

/**
 * How a device of the tailnet comes in: to an address that this machine gets for the time of the test, or, where a test may not change
 * addresses, through a proxy that says where the device is, as Tailscale Serve does.
 */
async function tailnetAddress(address, tidy) {
  const device = `pt${process.pid % 100_000}`;
  try {
    // Kernels of containers have no dummy interfaces, but pairs.
    execFileSync("ip", ["link", "add", device, "type", "veth", "peer", "name", `${device}p`], { stdio: "pipe" });
  } catch {
    const config = { gateway: { trustedProxies: ["127.0.0.1"] } };
    const headers = { "x-forwarded-for": address };
    return { how: "through a proxy", address: "127.0.0.1", bind: "loopback", config, headers };
  }
  tidy.later(() => execFileSync("ip", ["link", "delete", device]));
  execFileSync("ip", ["address", "add", `${address}/32`, "dev", device]);
  execFileSync("ip", ["link", "set", device, "up"]);
  return { how: "to an address of this machine", address, bind: "tailnet", config: {}, headers: {} };
}
