//! Connecting with the official client: identities, credentials, refusals, hello-ok.
import { TOKEN } from "../gateway.mjs";
import { TokenStore, newIdentity } from "../identity.mjs";
import { Operator } from "../operator.mjs";
import { test, withGateway } from "../suite.mjs";
import { until } from "../until.mjs";
import { conforms, expect, same, shaped } from "../validate.mjs";

export async function handshake() {
  await withGateway("connect", {}, accepted);
  await withGateway("connect", {}, otherKinds);
  await withGateway("connect", {}, refused);
}

async function accepted({ url, ready, stdout }) {
  await test("gateway.ready-line", async () => {
    const texts = { event: "string", url: "string", stateDir: "string", configPath: "string", authMode: "string", version: "string" };
    shaped(ready, { ...texts, port: "int", pid: "int" }, "ready line");
    same(stdout.length, 1, "lines on stdout");
  });

  const paired = { url, deviceIdentity: newIdentity(), store: new TokenStore() };

  await test("connect.pairs-silently-on-loopback", async () => {
    const { hello } = await Operator.connect({ ...paired, token: TOKEN });
    conforms("HelloOk", hello);
    same(hello.protocol, 4, "protocol");
    same([hello.auth.role, hello.auth.scopes], ["operator", ["operator.admin"]], "auth");
    expect(hello.auth.deviceToken?.length >= 32, "hello-ok has no device token");
    expect(hello.server.buildId === undefined, "server.buildId makes the Control UI refuse us");
    expect(hello.snapshot.presence.some((entry) => entry.reason === "self"), "the gateway itself is missing in the presence list");
  });

  await test("connect.device-token-only", async () => {
    const before = paired.store.get({ deviceId: paired.deviceIdentity.deviceId, role: "operator" });
    const { hello } = await Operator.connect(paired);
    same(hello.auth.deviceToken, before.token, "the device token changed between two connects");
    same(hello.auth.scopes, before.scopes, "scopes");
  });

  await test("connect.stale-shared-token-retries-with-device-token", async () => {
    const operator = new Operator({ ...paired, token: "an-old-shared-token" });
    await until("hello-ok after the retry", () => operator.hellos.length > 0);
    same(operator.errors.map((e) => e.details?.code), ["AUTH_TOKEN_MISMATCH"], "errors before the retry");
    same(operator.errors[0].details.canRetryWithDeviceToken, true, "canRetryWithDeviceToken");
  });

  await test("connect.narrower-scopes", async () => {
    const { hello } = await Operator.connect({ ...paired, token: TOKEN, scopes: ["operator.read"] });
    same(hello.auth.scopes, ["operator.read"], "effective scopes");
  });

  await test("connect.shared-token-in-password-field", async () => {
    const { hello } = await Operator.connect({ url, password: TOKEN });
    same(hello.auth.role, "operator", "role");
  });
}

async function otherKinds({ url }) {
  await test("connect.local-backend-without-device", async () => {
    const { hello } = await Operator.connect({ url, token: TOKEN, deviceIdentity: null, clientName: "gateway-client", mode: "backend" });
    conforms("HelloOk", hello);
    same(hello.auth.scopes, ["operator.admin"], "scopes");
    expect(hello.auth.deviceToken === undefined, "a connection without device got a device token");
  });

  await test("connect.device-less-ui-gets-no-scopes", async () => {
    const operator = await Operator.connect({ url, token: TOKEN, deviceIdentity: null, clientName: "openclaw-macos", mode: "ui" });
    same(operator.hello.auth.scopes, [], "scopes");
    same((await operator.refusal("status", {})).gatewayCode, "FORBIDDEN", "status");
    await operator.request("health", {});
  });

  await test("connect.node", async () => {
    const surface = { caps: ["system"], commands: ["system.notify"] };
    const node = await Operator.connect({ url, token: TOKEN, role: "node", scopes: [], mode: "node", clientName: "node-host", ...surface });
    conforms("HelloOk", node.hello);
    same([node.hello.protocol, node.hello.auth.role, node.hello.auth.scopes], [4, "node", []], "protocol and auth");
    same(node.hello.snapshot.presence, [], "presence of a node hello");
    expect(node.hello.auth.deviceToken?.length >= 32, "a node needs a device token in hello-ok");
    expect((await node.refusal("status", {})).message.includes("unauthorized role: node"), "a node may not call status");
  });

  await test("connect.probe-range-3-4-gets-4", async () => {
    const { hello } = await Operator.connect({ url, token: TOKEN, clientName: "openclaw-probe", mode: "probe" });
    same(hello.protocol, 4, "protocol");
  });
}

async function refused({ url }) {
  await test("refuse.wrong-token", async () => {
    const { operator, error } = await Operator.refused({ url, token: "wrong" });
    same([error.gatewayCode, error.details?.code, error.details?.authReason], ["INVALID_REQUEST", "AUTH_TOKEN_MISMATCH", "token_mismatch"], "error");
    expect(error.message.startsWith("unauthorized: gateway token mismatch ("), `message: ${error.message}`);
    await until("end of reconnecting", () => operator.paused.length > 0);
    same(operator.closes.at(-1).code, 1008, "close code");
  });

  await test("refuse.missing-token", async () => {
    const { error } = await Operator.refused({ url });
    same([error.gatewayCode, error.details?.code], ["INVALID_REQUEST", "AUTH_TOKEN_MISSING"], "error");
  });

  await test("refuse.unknown-device-token", async () => {
    const deviceIdentity = newIdentity();
    const store = new TokenStore();
    store.set({ deviceId: deviceIdentity.deviceId, role: "operator", token: "A".repeat(43), scopes: ["operator.read"] });
    const { operator, error } = await Operator.refused({ url, deviceIdentity, store });
    same([error.gatewayCode, error.details?.code], ["INVALID_REQUEST", "AUTH_DEVICE_TOKEN_MISMATCH"], "error");
    await until("removal of the stored token", () => operator.store.cleared.includes("operator"));
  });

  await test("refuse.no-device-no-credentials", async () => {
    const { error } = await Operator.refused({ url, deviceIdentity: null });
    same([error.gatewayCode, error.details?.code, error.message], ["NOT_PAIRED", "DEVICE_IDENTITY_REQUIRED", "device identity required"], "error");
  });

  await test("refuse.protocol-5", async () => {
    const { operator, error } = await Operator.refused({ url, token: TOKEN, minProtocol: 5, maxProtocol: 5 });
    same([error.gatewayCode, error.details?.code, error.details?.expectedProtocol], ["INVALID_REQUEST", "PROTOCOL_MISMATCH", 4], "error");
    await until("end of reconnecting", () => operator.paused.length > 0);
    same(operator.closes.at(-1).code, 1002, "close code");
  });

  await test("refuse.foreign-signature", async () => {
    const [deviceIdentity, other] = [newIdentity(), newIdentity()];
    const forged = { ...deviceIdentity, privateKeyPem: other.privateKeyPem };
    const { error } = await Operator.refused({ url, token: TOKEN, deviceIdentity: forged });
    same([error.message, error.details?.code], ["device signature invalid", "DEVICE_AUTH_SIGNATURE_INVALID"], "error");
  });

  await test("refuse.device-id-of-another-key", async () => {
    const forged = { ...newIdentity(), deviceId: newIdentity().deviceId };
    const { error } = await Operator.refused({ url, token: TOKEN, deviceIdentity: forged });
    same([error.message, error.details?.code], ["device identity mismatch", "DEVICE_AUTH_DEVICE_ID_MISMATCH"], "error");
  });
}
