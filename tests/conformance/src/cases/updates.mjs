//! Updates with the official client, as far as they go without a restart: offered, held, and refused when they cannot be trusted.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as protocol from "@openclaw/gateway-protocol";
import { TOKEN } from "../gateway.mjs";
import { Operator } from "../operator.mjs";
import { Releases } from "../releases.mjs";
import { test, withGateway } from "../suite.mjs";
import { conforms, expect, same, shaped } from "../validate.mjs";

export async function updates() {
  const releases = await Releases.start();
  await withGateway("updates", { config: releases.config() }, async ({ url, ready }) => {
    const updateTest = (name, body) => test(name, async () => body(await Operator.connect({ url, token: TOKEN }), releases, ready));
    await offered(updateTest);
    await refused(updateTest);
  });
  releases.close();
  await withGateway("updates", {}, async ({ url }) => {
    await test("update.without-an-address", async () => {
      const operator = await Operator.connect({ url, token: TOKEN });
      const status = await operator.request("update.status", {});
      conforms("UpdateStatusResult", status);
      same([status.sentinel, status.updateAvailable, status.auto], [null, null, "off"], "nobody is asked");
      expect(status.unavailable.includes("update.url"), `unavailable: ${status.unavailable}`);
      const error = await operator.refusal("update.check", {});
      same([error.gatewayCode, error.message.includes("update.url")], ["UNAVAILABLE", true], `update.check: ${error.message}`);
    });
  });
}

async function offered(updateTest) {
  await updateTest("update.check-and-hold", async (operator, releases) => {
    const before = await operator.request("update.status", {});
    conforms("UpdateStatusResult", before);
    same([before.sentinel, before.updateAvailable, before.phase, releases.asked], [null, null, "idle", []], "before somebody asks");
    releases.publish("99.1.0", Buffer.from("#!/bin/sh\nexit 9\n"));
    const checked = await operator.request("update.check", {});
    conforms("UpdateStatusResult", checked);
    conforms("UpdateAvailable", checked.updateAvailable);
    const { currentVersion, latestVersion, channel, notes } = checked.updateAvailable;
    same([currentVersion, latestVersion, channel, notes], [before.current.version, "99.1.0", "stable", "What is new in 99.1.0."], "offer");
    const event = await operator.event("update.available", (e) => e.event === "update.available");
    same(event.payload.updateAvailable, checked.updateAvailable, "the same as an event");
    expect(protocol.validateUpdateHoldParams({}), "the official validator refuses these params");
    const held = await operator.request("update.hold", {});
    conforms("UpdateHoldResult", held);
    same([held.ok, held.hold], [true, true], "update.hold");
    const skipped = await operator.request("update.run", { note: "while it is held" });
    same([skipped.ok, skipped.result.status, skipped.restart], [true, "skipped", null], "update.run while it is held");
    expect(skipped.result.reason.includes("on hold"), `reason: ${skipped.result.reason}`);
    const past = await operator.refusal("update.hold", { hold: true, until: 5 });
    same([past.gatewayCode, past.message.includes("until")], ["INVALID_REQUEST", true], `until then: ${past.message}`);
    same((await operator.request("update.hold", { hold: false })).hold, false, "no longer");
  });
}

async function refused(updateTest) {
  await updateTest("update.run-installs-nothing-that-is-not-signed", async (operator, releases, { stateDir }) => {
    const run = async (words) => {
      const params = { note: "conformance", restartDelayMs: 0, timeoutMs: 9_000 };
      expect(protocol.validateUpdateRunParams(params), "the official validator refuses these params");
      const { ok, result, restart, sentinel } = await operator.request("update.run", params);
      shaped(result, { status: "string", mode: "string", reason: "string", steps: "array", durationMs: "int" }, "update.run");
      for (const step of result.steps) shaped(step, { name: "string", ok: "boolean", durationMs: "int", "detail?": "string" }, "step");
      same([ok, result.status, restart, sentinel], [true, "error", null, null], "update.run");
      expect(result.reason.includes(words), `reason: ${result.reason}`);
      const slots = join(stateDir, "update", "slots");
      same(existsSync(slots) ? readdirSync(slots, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()) : [], [], "what could be started");
    };
    const program = Buffer.from("#!/bin/sh\nexit 9\n");
    releases.publish("99.2.0", program, Buffer.from("#!/bin/sh\nexit 7\n"));
    await run("SHA-256 differs");
    releases.publish("99.3.0", program);
    releases.forge();
    await run("not signed by a key");
    const agent = await operator.refusal("update.run", { sessionKey: "agent:main:main" });
    same([agent.gatewayCode, agent.message.includes("on behalf of a conversation")], ["FORBIDDEN", true], `for an agent: ${agent.message}`);
    const status = await operator.request("update.status", {});
    conforms("UpdateStatusResult", status);
    same([status.current.slot, status.previousVersion], ["installed", undefined], "what runs");
  });

  await updateTest("update.revert-has-nothing-to-take-back", async (operator) => {
    const error = await operator.refusal("update.revert", {});
    same([error.gatewayCode, error.message.includes("no update to take back")], ["INVALID_REQUEST", true], `refusal: ${error.message}`);
  });
}
