//! Events as the official client sees them: sequence numbers, ticks, presence, and what a restart looks like.
import { TOKEN } from "../gateway.mjs";
import { Operator } from "../operator.mjs";
import { test, withGateway } from "../suite.mjs";
import { until } from "../until.mjs";
import { expect, presenceList, same } from "../validate.mjs";

const TICK_MS = 500;

export async function events() {
  await withGateway("event", { env: { POSTERN_TICK_INTERVAL_MS: String(TICK_MS) } }, async (gateway) => {
    await ticks(gateway);
    await presence(gateway);
    await sequence(gateway);
    await restart(gateway);
  });
}

async function ticks({ url }) {
  await test("event.tick", async () => {
    const operator = await Operator.connect({ url, token: TOKEN });
    same(operator.hello.policy.tickIntervalMs, TICK_MS, "policy.tickIntervalMs");
    await until("three ticks", () => operator.events.filter((e) => e.event === "tick").length >= 3);
    const [first, second] = operator.events.filter((e) => e.event === "tick").map((e) => e.payload.ts);
    expect(second > first, "tick.ts does not grow");
  });
}

async function presence({ url }) {
  await test("event.presence-on-connect-and-disconnect", async () => {
    const watcher = await Operator.connect({ url, token: TOKEN });
    const other = await Operator.connect({ url, token: TOKEN, clientName: "openclaw-macos", mode: "ui", instanceId: "conformance-other" });
    const entry = (e) => e.event === "presence" && e.payload.presence.find((p) => p.instanceId === "conformance-other");
    const joined = await watcher.event("presence with the new client", entry);
    expect(entry(joined).reason !== "disconnect", "the new client shows as disconnected");
    await other.close();
    const left = await watcher.event("presence with its departure", (e) => entry(e)?.reason === "disconnect");
    expect(left.stateVersion.presence > joined.stateVersion.presence, "stateVersion.presence does not grow");
  });

  await test("event.presence-after-system-event", async () => {
    const operator = await Operator.connect({ url, token: TOKEN });
    const from = operator.events.length;
    await operator.request("system-event", { text: "conformance beacon", instanceId: "beacon-1", host: "beacon", mode: "ui", reason: "launch" });
    const event = await operator.event("presence with the beacon", (e) => e.event === "presence" && e.payload.presence.some((p) => p.host === "beacon"), from);
    presenceList(event.payload.presence, "presence");
  });
}

async function sequence({ url }) {
  await test("event.seq-starts-at-1-and-has-no-gaps", async () => {
    const early = await Operator.connect({ url, token: TOKEN });
    await early.event("an event", (e) => e.seq !== undefined);
    const late = await Operator.connect({ url, token: TOKEN });
    for (let round = 1; round <= 10; round += 1) {
      await early.request("system-event", { text: `beacon ${round} of ten`, host: "sequence", mode: "ui" });
      const shown = (e) => e.event === "presence" && e.payload.presence.some((p) => p.text === `beacon ${round} of ten`);
      await Promise.all([early, late].map((operator) => operator.event(`presence of beacon ${round}`, shown)));
    }
    for (const operator of [early, late]) {
      const numbers = operator.events.filter((e) => e.seq !== undefined).map((e) => e.seq);
      same(numbers, numbers.map((_, index) => index + 1), "sequence numbers");
      same(operator.gaps, [], "gaps");
    }
  });

  await test("event.needs-its-scope", async () => {
    const reader = await Operator.connect({ url, token: TOKEN });
    const none = await Operator.connect({ url, token: TOKEN, deviceIdentity: null, clientName: "openclaw-macos", mode: "ui" });
    await reader.request("system-event", { text: "only readers", host: "scoped", mode: "ui" });
    await reader.event("presence", (e) => e.event === "presence");
    await none.event("the tick after it", (e) => e.event === "tick", none.events.length);
    const numbers = none.events.map((e) => [e.event, e.seq]);
    expect(!numbers.some(([name]) => name === "presence"), "presence reached a connection without operator.read");
    same(numbers.map(([, seq]) => seq), numbers.map((_, index) => index + 1), "a withheld event must not use a number");
  });
}

async function restart(gateway) {
  await test("event.shutdown-and-reconnect-after-restart", async () => {
    const operator = await Operator.connect({ url: gateway.url, token: TOKEN });
    const end = await gateway.stop("SIGTERM");
    await until("close", () => operator.closes.length > 0);
    // Windows has no SIGTERM: there the process ends at once, and only the reconnect can be looked at.
    if (process.platform !== "win32") await announced(operator, gateway, end);
    const before = operator.events.length;
    await gateway.launch();
    await until("second hello-ok", () => operator.hellos.length > 1);
    same(operator.hellos[1].auth.deviceToken, operator.hellos[0].auth.deviceToken, "device token after the restart");
    expect(operator.hellos[1].server.connId !== operator.hellos[0].server.connId, "same connId twice");
    await until("first event after the restart", () => operator.events.length > before);
    same(operator.events[before].seq, 1, "the first number after a reconnect");
  });
}

/** What a client must have seen of an orderly stop. */
async function announced(operator, gateway, end) {
  same(end, { code: 0, signal: null }, "exit of the gateway");
  const shutdown = operator.events.at(-1);
  same(shutdown?.event, "shutdown", "last event");
  expect(shutdown.payload.reason.length > 0, "shutdown without reason");
  same([operator.closes[0].code, operator.closes[0].reason], [1012, "service restart"], "close");
  // The process may have ended before all it printed was read.
  await until("stopped line on stdout", () => gateway.stdout.some((line) => line.includes('"stopped"')));
}
