//! The window, in real WebKit: it chats, it is locked down, and when it is closed it is gone.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { Device, otherAddress } from "../../ui/e2e/device.mjs";
import { Turn } from "../../ui/e2e/turn.mjs";
import { until } from "../../ui/e2e/until.mjs";
import { desktopTest, keepPicture } from "./stage.mjs";
import { closeWindow, windowOf } from "./xwindow.mjs";

desktopTest("the window is signed in and chats; nothing of a credential is in the page", {}, async ({ start, model }) => {
  const provider = await model();
  provider.pushFor("hello from the window", new Turn().text("The first words ").hold().text("and the last."));
  const app = await start({ driven: true });
  const window = await app.window.opened;
  await until("the page of the gateway", async () => (await window.url).startsWith(app.origin));
  const composer = await window.byRole("textbox", /message/i);
  await window.type(composer, "hello from the window\uE007");
  await window.shows("The first words");
  provider.release();
  await window.shows("The first words and the last.");
  await keepPicture(app, "chat");
  const readable = await window.run(() =>
    JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }, location.href]),
  );
  assert.doesNotMatch(readable, /postern_desktop|token/i, readable);
  assert.ok(!readable.includes(await app.token()));
});

desktopTest("started hidden, the window comes with Open and chats", {}, async ({ start, model }) => {
  const provider = await model();
  provider.pushFor("late hello", Turn.say("An answer all the same."));
  const app = await start({ driven: true, args: ["--hidden"] });
  await app.choose("Open Postern");
  const window = await app.window.opened;
  await window.type(await window.byRole("textbox", /message/i), "late hello\uE007");
  await window.shows("An answer all the same.");
});

desktopTest("the page cannot reach native code, leave its origin or open windows", {}, async ({ start, tidy }) => {
  const app = await start({ driven: true });
  const window = await app.window.opened;
  await window.byRole("textbox", /message/i);
  const reached = await window.wait(async () => {
    const found = [];
    for (const name of ["__TAURI__", "__TAURI_INTERNALS__"]) {
      const invoke = window[name]?.core?.invoke ?? window[name]?.invoke;
      if (!invoke) continue;
      for (const command of [
        "plugin:event|listen",
        "plugin:window|create",
        "plugin:opener|open_path",
        "plugin:shell|execute",
        "plugin:autostart|enable",
      ]) {
        const answer = await Promise.race([
          invoke(command, {}).then(
            () => "done",
            () => "refused",
          ),
          new Promise((r) => setTimeout(r, 1500, "silent")),
        ]);
        if (answer === "done") found.push(`${name} ${command}`);
      }
    }
    return found;
  });
  assert.deepEqual(reached, [], "native commands answered the page");
  const [elsewhere, visitors] = await trap(tidy);
  const since = await window.run(() => performance.timeOrigin);
  for (const url of [elsewhere, "https://example.com/", "file:///etc/passwd", "postern-shell:retry", "data:text/html,x"]) {
    await window.run((target) => void (location.href = target), url);
    await window.run((target) => void window.open(target, "_blank"), url);
    // An answer of the gateway takes longer than the start of a navigation.
    assert.equal(await window.wait(() => fetch("/health").then(({ status }) => status)), 200, `after ${url}`);
  }
  assert.equal(await window.run(() => performance.timeOrigin), since, "the page was left");
  assert.ok((await window.url).startsWith(`${app.origin}/`));
  assert.equal((await window.handles()).length, 1);
  assert.deepEqual(visitors, []);
});

desktopTest("a device that asks raises a prompt in the window; Approve lets it in", {}, async ({ start, desk }) => {
  const app = await start({ driven: true, args: ["--bind", "lan"] });
  const window = await app.window.opened;
  await window.byRole("textbox", /message/i);
  const { device, url, token } = await asking(app, "pocket phone");
  await window.shows("pocket phone");
  await keepPicture(app, "pairing prompt");
  // Right after a request has come its buttons rest for a moment.
  const approve = async () => window.click(await window.byRole("button", /^approve$/i, 500));
  const letIn = () => device.connect(url, { auth: { token } });
  const hello = await until("the device to be let in", () => approve().then(letIn, letIn));
  assert.equal(hello.auth.role, "node");
  await until("the notification to go", async () =>
    (await desk.panel("notifications")).every(({ summary, closed }) => closed || !/pocket phone/.test(summary)),
  );
});

desktopTest("closing destroys the window and its memory; the gateway goes on", {}, async ({ start, desk }, context) => {
  const app = await start({ args: ["--hidden"] });
  const hidden = app.memory();
  await app.choose("Open Postern");
  await app.pages(1);
  const id = await windowOf(desk);
  const open = app.memory();
  await closeWindow(desk, id);
  await until("the web process to go", () => !app.webProcesses().includes("WebKitWebProces"));
  const closed = app.memory();
  context.diagnostic(JSON.stringify({ hidden, open, closed }));
  assert.ok(await app.healthy());
  assert.ok(closed.pss < open.pss);
  await app.choose("Open Postern");
  await until("the web engine again", () => app.webProcesses().includes("WebKitWebProces"));
});

desktopTest("with the switch off, closing the window ends the app", {}, async ({ start, desk }) => {
  const app = await start();
  await app.choose("Keep running when the window closes");
  await until("the mark to go", async () => (await app.entry("Keep running when the window closes")).checked === false);
  await closeWindow(desk, await windowOf(desk));
  assert.deepEqual(await app.ended(), { code: 0, signal: null });
  assert.equal(await app.healthy(), false);
});

desktopTest("after a restart of the gateway the window is back by itself", {}, async ({ start, model }) => {
  const provider = await model();
  const app = await start({ driven: true });
  const window = await app.window.opened;
  await window.type(await window.byRole("textbox", /message/i), "echo before the restart\uE007");
  await window.shows("before the restart");
  const device = Device.operator("watcher", ["operator.read"]);
  const auth = { token: await app.token() };
  const before = await device.connect(app.socket, { auth });
  await app.choose("Restart gateway");
  await device.ended();
  const after = await until("the gateway again", () => device.connect(app.socket, { auth }));
  assert.notEqual(after.server.bootId, before.server.bootId);
  provider.always(Turn.say("It goes on."));
  await until(
    "the answer after the restart",
    async () => {
      const composer = await window.byRole("textbox", /message/i, 2_000);
      await window.type(composer, "and after it\uE007");
      await window.shows("It goes on.", 6_000);
      return true;
    },
    40_000,
  );
});

/** A node from another address that has asked. */
async function asking(app, name) {
  const device = Device.node(name);
  const [url, token] = [`ws://${otherAddress()}:${app.port}`, await app.token()];
  return { device, url, token, requestId: await device.ask(url, { auth: { token } }) };
}

/** A web server that nobody shall visit: its address, and who did. */
async function trap(tidy) {
  const visitors = [];
  const server = createServer((request, response) => {
    visitors.push(request.url);
    response.end("caught");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  tidy.later(() => server.close() && server.closeAllConnections());
  return [`http://127.0.0.1:${server.address().port}/`, visitors];
}
