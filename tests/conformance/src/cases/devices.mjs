//! Managing paired devices, live scope upgrades and setup codes through the official client.
import { GatewayScopeUpgrade } from "@openclaw/gateway-client/scope-upgrade";
import { TOKEN } from "../gateway.mjs";
import { newIdentity, TokenStore } from "../identity.mjs";
import { Operator } from "../operator.mjs";
import { test, withGateway } from "../suite.mjs";
import { until } from "../until.mjs";
import { conforms, expect, same, sameSet } from "../validate.mjs";

/** Sockets of a revoked or removed device must be closed this soon, in milliseconds. */
const REVOKE_MS = 1000;

export async function devices() {
  await withGateway("devices", {}, async ({ url }) => {
    await management(url);
    await tokens(url);
    await upgrades(url);
    await setupCodes(url);
    await desktop(url);
  });
}

/** A silently paired CLI, its identity and token store kept for later connects. */
async function paired(url, scopes = ["operator.admin"]) {
  const options = { url, deviceIdentity: newIdentity(), store: new TokenStore() };
  const operator = await Operator.connect({ ...options, token: TOKEN, scopes });
  return { operator, options, deviceId: options.deviceIdentity.deviceId };
}

/** The same device again, this time authenticated by its device token: only then may it manage itself alone. */
async function byDeviceToken(device) {
  await device.operator.close();
  return { ...device, operator: await Operator.connect(device.options) };
}

const closedWith = (operator, code) => until(`close ${code}`, () => operator.closes.some((c) => c.code === code), REVOKE_MS);

async function management(url) {
  await test("devices.rename", async () => {
    const [admin, other] = [await paired(url), await paired(url, ["operator.read"])];
    const label = "Kitchen tablet";
    const result = await admin.operator.request("device.pair.rename", { deviceId: other.deviceId, label: `  ${label} ` });
    same([result.deviceId, result.label], [other.deviceId, label], "result");
    await admin.operator.event("device.pair.changed", (e) => e.event === "device.pair.changed");
    const { paired: list } = await admin.operator.request("device.pair.list", {});
    expect(JSON.stringify(list.find((d) => d.deviceId === other.deviceId)).includes(label), "the label is not listed");
    const error = await admin.operator.refusal("device.pair.rename", { deviceId: other.deviceId, label: "x".repeat(65) });
    expect(error.message.startsWith("invalid device.pair.rename params: "), `message: ${error.message}`);
  });

  await test("devices.remove-closes-the-socket", async () => {
    const [admin, other] = [await paired(url), await paired(url, ["operator.read"])];
    const result = await admin.operator.request("device.pair.remove", { deviceId: other.deviceId });
    same(result.deviceId, other.deviceId, "result");
    await closedWith(other.operator, 4001);
    await other.operator.close();
    const { error } = await Operator.refused(other.options);
    same(error.details?.code, "AUTH_DEVICE_TOKEN_MISMATCH", "reconnect with the token of a removed device");
    const again = await admin.operator.refusal("device.pair.remove", { deviceId: other.deviceId });
    same([again.gatewayCode, again.message], ["INVALID_REQUEST", "unknown deviceId"], "second removal");
  });

  // Who was given the pairing scope may use it, but never on a device that holds more than the caller itself.
  await test("devices.pairing-scope-stops-at-own-scopes", async () => {
    const other = await paired(url);
    const limited = await byDeviceToken(await paired(url, ["operator.read", "operator.pairing"]));
    for (const [method, params] of [
      ["device.pair.remove", { deviceId: other.deviceId }],
      ["device.pair.rename", { deviceId: other.deviceId, label: "mine" }],
      ["device.token.rotate", { deviceId: other.deviceId, role: "operator" }],
      ["device.token.revoke", { deviceId: other.deviceId, role: "operator" }],
    ]) {
      const error = await limited.operator.refusal(method, params);
      same(error.gatewayCode, "FORBIDDEN", method);
    }
    const { paired: list } = await limited.operator.request("device.pair.list", {});
    expect(list.some((device) => device.deviceId === other.deviceId), "the other device is gone");
  });
}

async function tokens(url) {
  await test("devices.rotate-own-token", async () => {
    const device = await byDeviceToken(await paired(url));
    const before = device.operator.hello.auth.deviceToken;
    const result = await device.operator.request("device.token.rotate", { deviceId: device.deviceId, role: "operator" });
    conforms("DeviceTokenRotateResult", result);
    same([result.tokenDelivery, result.deviceId, result.role], ["in-band", device.deviceId, "operator"], "result");
    expect(result.token && result.token !== before, "no new token");
    await device.operator.close();
    const stale = await Operator.refused({ ...device.options, store: storeWith(device, before) });
    same(stale.error.details?.code, "AUTH_DEVICE_TOKEN_MISMATCH", "the old token");
    const { hello } = await Operator.connect({ ...device.options, store: storeWith(device, result.token) });
    same(hello.auth.deviceToken, result.token, "token of the next hello-ok");
  });

  await test("devices.rotate-of-another-device-withholds-the-token", async () => {
    const [admin, other] = [await paired(url), await paired(url, ["operator.read"])];
    const result = await admin.operator.request("device.token.rotate", { deviceId: other.deviceId, role: "operator" });
    conforms("DeviceTokenRotateResult", result);
    same([result.tokenDelivery, "token" in result], ["withheld-cross-device", false], "delivery");
    await closedWith(other.operator, 4001);
  });

  await test("devices.revoke-closes-and-forgets", async () => {
    const [admin, other] = [await paired(url), await paired(url, ["operator.read"])];
    const result = await admin.operator.request("device.token.revoke", { deviceId: other.deviceId, role: "operator" });
    same([result.deviceId, result.role, Number.isSafeInteger(result.revokedAtMs)], [other.deviceId, "operator", true], "result");
    await closedWith(other.operator, 4001);
    await other.operator.close();
    const { error } = await Operator.refused(other.options);
    same(error.details?.code, "AUTH_DEVICE_TOKEN_MISMATCH", "reconnect with the revoked token");
  });
}

function storeWith({ deviceId }, token) {
  const store = new TokenStore();
  store.set({ deviceId, role: "operator", token, scopes: ["operator.admin"] });
  return store;
}

async function upgrades(url) {
  await test("scopes.upgrade-approved", async () => {
    const [admin, device] = [await paired(url), await paired(url, ["operator.read"])];
    const scopes = ["operator.read", "operator.write"];
    const outcome = upgrade(device, scopes);
    const request = await admin.operator.event("device.pair.requested", (e) => e.event === "device.pair.requested");
    same(request.payload.deviceId, device.deviceId, "deviceId of the request");
    sameSet(request.payload.scopes, scopes, "scopes of the request");
    await admin.operator.request("device.pair.approve", { requestId: request.payload.requestId });
    const { scopes: granted, ...rest } = await outcome;
    same(rest, { status: "approved", requestId: request.payload.requestId }, "outcome of the official helper");
    sameSet(granted, scopes, "granted scopes");
    await device.operator.close();
    const { hello } = await Operator.connect(device.options);
    sameSet(hello.auth.scopes, scopes, "scopes of the next hello-ok");
  });

  await test("scopes.upgrade-rejected", async () => {
    const [admin, device] = [await paired(url), await paired(url, ["operator.read"])];
    const outcome = upgrade(device, ["operator.read", "operator.approvals"]);
    const request = await admin.operator.event("device.pair.requested", (e) => e.event === "device.pair.requested");
    await admin.operator.request("device.pair.reject", { requestId: request.payload.requestId });
    same(await outcome, { status: "rejected", requestId: request.payload.requestId }, "outcome of the official helper");
  });

  await test("scopes.upgrade-refusals", async () => {
    const [device, other] = [await paired(url, ["operator.read"]), await paired(url, ["operator.read"])];
    for (const scopes of [["operator.nonsense", "operator.read"], ["operator.approvals"], []]) {
      same((await device.operator.refusal("device.scopes.requestUpgrade", { scopes })).gatewayCode, "INVALID_REQUEST", JSON.stringify(scopes));
    }
    const { requestId } = await device.operator.request("device.scopes.requestUpgrade", { scopes: ["operator.read", "operator.write"] });
    const error = await other.operator.refusal("device.scopes.waitUpgrade", { requestId });
    same([error.gatewayCode, error.message], ["INVALID_REQUEST", "scope upgrade expired or not found"], "wait of another device");
  });
}

/** Runs the upgrade with the helper of the official package; the new token lands in the device's store. */
function upgrade(device, scopes) {
  const helper = new GatewayScopeUpgrade({
    request: (method, params, options) => device.operator.request(method, params, options),
    tokenStore: { store: async (record) => device.options.store.set(record) },
    reconnect: () => {},
  });
  return helper.requestScopeUpgrade({ scopes, binding: { clientId: "cli", deviceId: device.deviceId, role: "operator" } });
}

async function setupCodes(url) {
  await test("setup.code-pairs-once", async () => {
    const admin = await paired(url);
    const issued = await admin.operator.request("device.pair.setupCode", { bootstrapProfile: "node", includeQr: true, publicUrl: url });
    expect(issued.qrDataUrl?.startsWith("data:image/png;base64,"), "no QR image");
    const { bootstrapToken } = JSON.parse(Buffer.from(issued.setupCode, "base64url").toString());
    const phone = { url, bootstrapToken, role: "node", scopes: [], mode: "node", clientName: "openclaw-ios", platform: "ios 26.1", deviceFamily: "iPhone" };
    const node = await Operator.connect({ ...phone });
    same([node.hello.auth.role, node.hello.auth.scopes], ["node", []], "auth");
    expect(node.store.get({ deviceId: node.identity.deviceId, role: "node" })?.token, "the client stored no device token");
    const done = await admin.operator.event("device.pair.setup.completed", (e) => e.event === "device.pair.setup.completed");
    same([done.payload.setupId, done.payload.deviceId, done.payload.access], [issued.setupId, node.identity.deviceId, "node"], "event");
    const status = await admin.operator.request("device.pair.setupStatus", { setupId: issued.setupId });
    conforms("DevicePairSetupStatusResult", status);
    same(status.completion?.deviceId, node.identity.deviceId, "setupStatus");
    const { error } = await Operator.refused({ ...phone });
    same([error.gatewayCode, error.details?.code], ["INVALID_REQUEST", "AUTH_BOOTSTRAP_TOKEN_INVALID"], "second use");
    conforms("HelloOk", node.hello);
  });
}

/** Methods of our own: a desktop app attaches, and is asked for other settings. */
async function desktop(url) {
  await test("devices.desktop-app", async () => {
    const [app, admin] = [await paired(url), await paired(url)];
    same(await admin.operator.request("desktop.get", {}), { attached: false }, "before");
    const settings = { startAtLogin: false, keepRunning: true, quickSend: false, showIcon: true, version: "1.0.0", platform: "linux" };
    const attached = await app.operator.request("desktop.attach", { settings });
    sameSet(Object.keys(attached), ["cookieName", "cookieValue", "url"], "answer");
    const set = admin.operator.request("desktop.set", { quickSend: true });
    const wish = await app.operator.event("desktop.settings.requested", (e) => e.event === "desktop.settings.requested");
    same(wish.payload.changes, { quickSend: true }, "changes");
    const changed = { ...settings, quickSend: true };
    same(await app.operator.request("desktop.update", { settings: changed }), { ok: true }, "update");
    same(await set, { settings: changed }, "set");
    same(await admin.operator.request("desktop.get", {}), { attached: true, settings: changed }, "after");
  });
}
