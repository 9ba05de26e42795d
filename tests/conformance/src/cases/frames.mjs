//! Every frame the gateway sent during the run, checked against the closed schemas of its connection's protocol.
import { test } from "../suite.mjs";
import { sockets } from "../tap.mjs";
import { conformingFrame, expect } from "../validate.mjs";
import { conformingLegacyFrame } from "../legacy-client.mjs";

export async function frames() {
  await test("frames.protocol-4-closed-schemas", async () => checkAll(4, conformingFrame));
  await test("frames.protocol-3-closed-schemas", async () => checkAll(3, await conformingLegacyFrame()));
  await test("frames.text-only-and-well-formed", async () => {
    expect(sockets.length > 0, "no connection was recorded");
    for (const { url, binary, malformed } of sockets) {
      expect(binary === 0, `${url} sent a binary message`);
      expect(malformed.length === 0, `${url} sent something else than JSON: ${malformed[0]}`);
    }
  });
  await test("frames.challenge-first-and-once", async () => {
    expect(sockets.length > 0, "no connection was recorded");
    for (const { url, frames: seen } of sockets) {
      const challenges = seen.filter((f) => f.event === "connect.challenge");
      expect(seen[0]?.event === "connect.challenge" && challenges.length === 1, `${url} opened with ${JSON.stringify(seen[0])}`);
      const { nonce, ts } = seen[0].payload;
      expect(typeof nonce === "string" && nonce.length > 0 && Number.isSafeInteger(ts), "challenge without nonce or ts");
      expect(seen[0].seq === undefined, "the challenge carries a seq");
      if (seen[1]) expect(seen[1].type === "res", `${seen[1].event} was sent before the connect answer`);
    }
  });
}

function checkAll(protocol, check) {
  const problems = new Set();
  let count = 0;
  for (const socket of sockets.filter((s) => s.protocol === protocol || (protocol === 4 && s.protocol === 0))) {
    for (const frame of socket.frames) {
      count += 1;
      try {
        check(frame, socket.requests.get(frame.id));
      } catch (error) {
        problems.add(error.message.replace(/[0-9]+:[0-9a-f-]{36}/, "<id>"));
      }
    }
  }
  expect(problems.size === 0, [...problems].slice(0, 5).join(" | "));
  expect(count > 0, `no connection spoke protocol ${protocol}`);
}
