//! What a client sees of a restart that the gateway planned itself: told, closed, back under the same address.
import { until } from "./until.mjs";
import { conforms, expect, same } from "./validate.mjs";

/** Waits until the restart for `reason` is over and `operator`, which was connected once, is connected again. */
export async function cameBack(operator, gateway, reason) {
  const shutdown = await operator.event("shutdown", (e) => e.event === "shutdown");
  conforms("ShutdownEvent", shutdown.payload);
  same(shutdown.payload.reason, reason, "reason of the shutdown");
  expect(shutdown.payload.restartExpectedMs > 0, `restartExpectedMs ${shutdown.payload.restartExpectedMs}`);
  await until("second hello-ok", () => operator.hellos.length > 1, 15_000);
  const [close] = operator.closes;
  same([close.code, close.reason], [1012, "service restart"], "close");
  const [before, after] = operator.hellos;
  expect(after.server.connId !== before.server.connId, "same connId twice");
  same(after.auth.deviceToken, before.auth.deviceToken, "device token after the restart");
  same((await operator.request("service.status", {})).pid, gateway.ready.pid, "it is the same process");
}
