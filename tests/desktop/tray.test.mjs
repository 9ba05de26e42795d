//! The icon in the tray: it is there, its menu says how things are and does what it says.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Device } from "../../ui/e2e/device.mjs";
import { Turn } from "../../ui/e2e/turn.mjs";
import { until } from "../../ui/e2e/until.mjs";
import { desktopTest } from "./stage.mjs";

const CLOSED = /keep running when the window closes/i;

desktopTest("a first start shows the icon and a window", {}, async ({ desk, start }) => {
  const app = await start();
  const [item] = await until("the tray icon", async () => (await desk.panel("items")).length > 0 && desk.panel("items"));
  assert.equal(item.Status, "Active");
  assert.ok(item.IconName && existsSync(iconOf(item)), `no picture: ${JSON.stringify(item)}`);
  await until("the web engine", () => app.webProcesses().includes("WebKitWebProces"));
});

desktopTest("hidden it is an icon and nothing of a web engine", {}, async ({ desk, start }, context) => {
  const app = await start({ args: ["--hidden"] });
  await until("the tray icon", async () => (await desk.panel("items")).length > 0);
  await app.entry(/running|well|ready|ok/i);
  assert.deepEqual(app.webProcesses(), []);
  const { pss, private: own } = app.memory();
  context.diagnostic(`never opened: ${own} MiB private, ${pss} MiB PSS (binary ${process.env.POSTERN_DESKTOP_BIN ?? "debug"})`);
});

desktopTest("a second launch opens the window and ends with 0", {}, async ({ start }) => {
  const app = await start({ args: ["--hidden"] });
  await app.entry("Open Postern");
  await app.again();
  await until("the web engine", () => app.webProcesses().includes("WebKitWebProces"));
  assert.ok(await app.healthy());
});

desktopTest("the menu has everything and nothing twice", {}, async ({ start }) => {
  const app = await start({ args: ["--hidden"] });
  await app.entry("Pair a phone…");
  const labels = (await app.menu()).map(({ label }) => label);
  for (const wanted of [
    "Open Postern",
    "Copy gateway address",
    "Pair a phone…",
    "Restart gateway",
    "Show logs",
    "Start at login",
    "Keep running when the window closes",
    "Check for updates…",
    "Quit (stops the gateway)",
  ]) {
    assert.equal(labels.filter((label) => label === wanted).length, 1, `${wanted} in ${labels.join(" | ")}`);
  }
  assert.equal((await app.menu())[0].enabled, false, "the first line is what is, not what can be done");
});

desktopTest("Open shows the window, Copy puts the address on the clipboard", {}, async ({ desk, start }) => {
  const app = await start({ args: ["--hidden"] });
  await app.choose("Open Postern");
  await until("the web engine", () => app.webProcesses().includes("WebKitWebProces"));
  await app.choose("Copy gateway address");
  const clipboard = () => desk.run("/usr/bin/python3", ["-c", CLIPBOARD]);
  await until("the address on the clipboard", async () => (await clipboard()).includes(`127.0.0.1:${app.port}`));
});

/** Prints what is on the clipboard of the display. */
const CLIPBOARD = `
import gi
gi.require_version("Gtk", "3.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Gdk, Gtk
print(Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD).wait_for_text())
`;

desktopTest("the switches of the menu switch", {}, async ({ desk, start }) => {
  const app = await start({ args: ["--hidden"] });
  const folder = join(desk.home, ".config/autostart");
  const files = () => (existsSync(folder) ? readdirSync(folder) : []);
  assert.equal((await app.entry("Start at login")).checked, false);
  await app.choose("Start at login");
  const [file] = await until("the autostart file", () => files().length > 0 && files());
  assert.match(readFileSync(join(folder, file), "utf8"), /^Exec=.*--hidden/m);
  await until("the mark", async () => (await app.entry("Start at login")).checked);
  await app.choose("Start at login");
  await until("the autostart file to go", () => files().length === 0);
  assert.equal((await app.entry(CLOSED)).checked, true);
  await app.choose(CLOSED);
  await until("the mark to go", async () => (await app.entry(CLOSED)).checked === false);
  const kept = () => JSON.parse(readFileSync(join(app.stateDir, "desktop.json"), "utf8"));
  await until("the setting in its file", () => kept().keepRunning === false);
});

desktopTest("the page's switches are the same ones", {}, async ({ desk, start }) => {
  const app = await start({ args: ["--hidden"] });
  await app.entry("Pair a phone…");
  const call = async (method, params = {}) => JSON.parse(await app.cli("call", method, JSON.stringify(params), "--json"));
  const before = await call("desktop.get");
  assert.deepEqual([before.attached, before.settings.startAtLogin, before.settings.keepRunning], [true, false, true]);
  const { settings } = await call("desktop.set", { startAtLogin: true, keepRunning: false });
  assert.deepEqual([settings.startAtLogin, settings.keepRunning], [true, false]);
  assert.equal(readdirSync(join(desk.home, ".config/autostart")).length, 1);
  await until("the mark", async () => (await app.entry("Start at login")).checked);
  await until("the other mark to go", async () => (await app.entry(CLOSED)).checked === false);
});

desktopTest("without its icon it can still be opened", {}, async ({ desk, start }) => {
  const app = await start({ args: ["--hidden"] });
  await app.entry("Pair a phone…");
  await app.cli("call", "desktop.set", JSON.stringify({ showIcon: false }), "--json");
  const gone = async () => (await desk.panel("items")).every(({ Status }) => Status === "Passive");
  await until("the icon to go", gone);
  await app.again();
  await until("the web engine", () => app.webProcesses().includes("WebKitWebProces"));
});

desktopTest("icon and menu say what waits, a command is answered from there", {}, async ({ desk, start, model }) => {
  const provider = await model();
  const app = await start({ args: ["--hidden"] });
  await app.entry("Pair a phone…");
  const picture = async () => (await desk.panel("items"))[0].IconName;
  const calm = await picture();
  for (const [choice, result] of [
    ["Deny", /denied/],
    ["Allow once", /made by a tool/],
  ]) {
    provider.pushFor(`please ${choice}`, new Turn().call("exec", { argv: ["echo", "made by a tool"] }));
    provider.pushFor(`please ${choice}`, Turn.say("It is done."));
    const answered = app.cli("agent", "--message", `please ${choice}`);
    await app.notification(({ summary, body }) => /echo/.test(summary) && /made by a tool/.test(body));
    await app.entry(/^Run echo/);
    await until("another picture", async () => (await picture()) !== calm);
    await app.choose(choice);
    assert.match(await answered, /It is done/);
    const last = provider.requests
      .at(-1)
      .body.messages.filter(({ role }) => role === "tool")
      .at(-1);
    assert.match(JSON.stringify(last), result);
    await until("the notification to go", async () => (await desk.panel("notifications")).every(({ closed }) => closed));
  }
  await until("the picture of before", async () => !(await app.menu()).some(({ label }) => /^Run echo/.test(label)));
});

desktopTest("Restart gateway ends and starts it, and the tray follows", {}, async ({ start }) => {
  const app = await start({ args: ["--hidden"] });
  const device = Device.operator("watcher", ["operator.read"]);
  const token = await app.token();
  const before = await device.connect(app.socket, { auth: { token } });
  await app.choose("Restart gateway");
  const { reason } = await device.event("shutdown");
  assert.match(reason, /restart/);
  await device.ended();
  const after = await until("the gateway again", () => device.connect(app.socket, { auth: { token } }));
  assert.notEqual(after.server.bootId, before.server.bootId);
  await app.entry(/running|well|ready|ok/i);
});

desktopTest("Quit tells the clients, frees the port and ends with 0", {}, async ({ start }) => {
  const app = await start({ args: ["--hidden"] });
  const device = Device.operator("watcher", ["operator.read"]);
  await device.connect(app.socket, { auth: { token: await app.token() } });
  await app.choose("Quit (stops the gateway)");
  await device.event("shutdown");
  assert.deepEqual(await app.ended(), { code: 0, signal: null });
  assert.equal(await app.healthy(), false);
});

desktopTest("SIGTERM ends it as cleanly", {}, async ({ start }) => {
  const app = await start({ args: ["--hidden"] });
  const device = Device.operator("watcher", ["operator.read"]);
  await device.connect(app.socket, { auth: { token: await app.token() } });
  app.signal("SIGTERM");
  await device.event("shutdown");
  assert.deepEqual(await app.ended(), { code: 0, signal: null });
  assert.equal(await app.healthy(), false);
});

desktopTest("without a tray there is a window, and a word about it", { tray: false }, async ({ start }) => {
  const app = await start({ args: ["--hidden"] });
  await until("the web engine", () => app.webProcesses().includes("WebKitWebProces"));
  await app.notification(({ summary }) => /no tray/i.test(summary));
});

desktopTest("a link opens its place", {}, async ({ start }) => {
  const app = await start({ args: ["--hidden"] });
  await app.entry("Open Postern");
  await app.again("postern://pair");
  await until("the web engine", () => app.webProcesses().includes("WebKitWebProces"));
});

/** The file of an icon that is given by its name or its path. */
function iconOf({ IconName: name, IconThemePath: folder }) {
  if (name.startsWith("/")) return name;
  const found = readdirSync(folder).find((file) => file.startsWith(name));
  return join(folder, found ?? "missing");
}
