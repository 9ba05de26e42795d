//! Devices that are not let in silently: requests, approval and rejection by a second client, forwarded addresses.
import { readPairingConnectErrorDetails } from "@openclaw/gateway-protocol/connect-error-details";
import { TOKEN } from "../gateway.mjs";
import { forwarder } from "../forwarder.mjs";
import { newIdentity, TokenStore } from "../identity.mjs";
import { Operator } from "../operator.mjs";
import { test, withGateway } from "../suite.mjs";
import { sockets } from "../tap.mjs";
import { until } from "../until.mjs";
import { conforms, expect, same, sameSet } from "../validate.mjs";

const MANUAL = { gateway: { nodes: { pairing: { autoApproveLocal: false } } } };
const BEHIND_PROXY = { gateway: { trustedProxies: ["127.0.0.1"] } };
const ELSEWHERE = "203.0.113.7";

export async function pairing() {
  await withGateway("pairing", { config: MANUAL }, async (gateway) => {
    await decisions(gateway);
    await upgrades(gateway);
  });
  await withGateway("pairing", { config: BEHIND_PROXY }, proxied);
  await withGateway("pairing", {}, untrustedProxy);
}

/** A local backend with the shared secret may approve without being paired itself. */
export function approver(url, store) {
  return Operator.connect({ url, token: TOKEN, deviceIdentity: null, clientName: "gateway-client", mode: "backend", store });
}

/** The message of the last connect refusal as sent: the official client shows its own wording. */
const sentMessage = () => sockets.at(-1).frames.findLast((frame) => frame.error).error.message;

async function decisions({ url }) {
  await test("pairing.required", async () => {
    const admin = await approver(url);
    const device = newIdentity();
    const { operator, error } = await Operator.refused({ url, token: TOKEN, deviceIdentity: device, scopes: ["operator.read"] });
    same([error.gatewayCode, sentMessage()], ["NOT_PAIRED", "pairing required: device is not approved yet"], "error");
    const details = readPairingConnectErrorDetails(error.details);
    same([details.reason, details.deviceId, details.requestedRole, details.requestedScopes], ["not-paired", device.deviceId, "operator", ["operator.read"]], "details");
    expect(details.requestId && error.details.remediationHint, "requestId or remediationHint is missing");
    await until("close", () => operator.closes.length > 0);
    same(operator.closes[0].code, 1008, "close code");
    const event = await admin.event("device.pair.requested", (e) => e.event === "device.pair.requested");
    same([event.payload.requestId, event.payload.deviceId, event.payload.clientId], [details.requestId, device.deviceId, "cli"], "event");
    const { pending } = await admin.request("device.pair.list", {});
    // Rows have no schema of their own: what the event has, and until when somebody can decide.
    const { expiresAtMs, ...row } = pending.find((p) => p.requestId === details.requestId);
    conforms("DevicePairRequestedEvent", row);
    expect(expiresAtMs > Date.now(), `expiresAtMs: ${expiresAtMs}`);
    const again = await Operator.refused({ url, token: TOKEN, deviceIdentity: device, scopes: ["operator.read"] });
    same(again.error.details.requestId, details.requestId, "a retry must keep the request alive");
  });

  await test("pairing.approved-by-second-client", async () => {
    const admin = await approver(url);
    const [deviceIdentity, store] = [newIdentity(), new TokenStore()];
    const asked = { url, token: TOKEN, deviceIdentity, store, scopes: ["operator.read", "operator.write"] };
    const { error } = await Operator.refused(asked);
    const result = await admin.request("device.pair.approve", { requestId: error.details.requestId });
    same([result.requestId, result.device.deviceId], [error.details.requestId, deviceIdentity.deviceId], "result");
    expect(!JSON.stringify(result).includes('"token":'), "the approver got a token value");
    const event = await admin.event("device.pair.resolved", (e) => e.event === "device.pair.resolved" && e.payload.requestId === result.requestId);
    same([event.payload.decision, event.payload.deviceId], ["approved", deviceIdentity.deviceId], "event");
    const { hello } = await Operator.connect(asked);
    sameSet(hello.auth.scopes, ["operator.read", "operator.write"], "scopes");
    expect(hello.auth.deviceToken, "no device token after the approval");
    await Operator.connect({ url, deviceIdentity, store });
  });

  await test("pairing.rejected", async () => {
    const admin = await approver(url);
    const deviceIdentity = newIdentity();
    const { error } = await Operator.refused({ url, token: TOKEN, deviceIdentity });
    const result = await admin.request("device.pair.reject", { requestId: error.details.requestId });
    same([result.requestId, result.deviceId], [error.details.requestId, deviceIdentity.deviceId], "result");
    const event = await admin.event("device.pair.resolved", (e) => e.event === "device.pair.resolved" && e.payload.requestId === result.requestId);
    same(event.payload.decision, "rejected", "decision");
    const again = await Operator.refused({ url, token: TOKEN, deviceIdentity });
    expect(again.error.details.requestId !== error.details.requestId, "a rejected request came back");
  });
}

async function upgrades({ url }) {
  await test("pairing.more-scopes-need-approval", async () => {
    const admin = await approver(url);
    const device = { url, token: TOKEN, deviceIdentity: newIdentity(), store: new TokenStore() };
    const first = await Operator.refused({ ...device, scopes: ["operator.read"] });
    await admin.request("device.pair.approve", { requestId: first.error.details.requestId });
    await Operator.connect({ ...device, scopes: ["operator.read"] });
    const { error } = await Operator.refused({ ...device, scopes: ["operator.read", "operator.write"] });
    same([error.gatewayCode, error.details.code, error.details.reason], ["NOT_PAIRED", "PAIRING_REQUIRED", "scope-upgrade"], "error");
    same(sentMessage(), "pairing required: device is asking for more scopes than currently approved", "message");
    same(error.details.approvedScopes, ["operator.read"], "approvedScopes");
    await Operator.connect({ ...device, scopes: ["operator.read"] });
  });

  await test("pairing.other-role-needs-approval", async () => {
    const admin = await approver(url);
    const device = { url, token: TOKEN, deviceIdentity: newIdentity(), store: new TokenStore() };
    const first = await Operator.refused({ ...device, scopes: ["operator.read"] });
    await admin.request("device.pair.approve", { requestId: first.error.details.requestId });
    const { error } = await Operator.refused({ ...device, role: "node", scopes: [], mode: "node", clientName: "node-host" });
    same([error.gatewayCode, error.details.code, error.details.reason], ["NOT_PAIRED", "PAIRING_REQUIRED", "role-upgrade"], "error");
  });
}

async function proxied({ url, port }) {
  await test("pairing.forwarded-address-is-not-local", async () => {
    const proxy = await forwarder(port, { "X-Forwarded-For": ELSEWHERE });
    try {
      const device = { url: proxy.url, token: TOKEN, deviceIdentity: newIdentity(), store: new TokenStore(), scopes: ["operator.read"] };
      const { error } = await Operator.refused(device);
      same([error.gatewayCode, error.details?.code, error.details?.reason], ["NOT_PAIRED", "PAIRING_REQUIRED", "not-paired"], "error");
      const admin = await approver(url);
      const { pending } = await admin.request("device.pair.list", {});
      same(pending.find((p) => p.requestId === error.details.requestId)?.remoteIp, ELSEWHERE, "remoteIp");
      await admin.request("device.pair.approve", { requestId: error.details.requestId });
      await Operator.connect(device);
      await Operator.connect({ ...device, token: undefined });
    } finally {
      proxy.close();
    }
  });
}

async function untrustedProxy({ port }) {
  await test("refuse.forwarded-headers-from-untrusted-peer", async () => {
    const proxy = await forwarder(port, { "X-Forwarded-For": ELSEWHERE });
    try {
      const { error } = await Operator.refused({ url: proxy.url, token: TOKEN });
      same([error.details?.reason, error.details?.httpStatus], ["websocket-upgrade-rejected", 403], "error");
    } finally {
      proxy.close();
    }
  });
}
