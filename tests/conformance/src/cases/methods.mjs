//! Every method the gateway advertises is called; answers are checked with the official validators where one exists.
import * as protocol from "@openclaw/gateway-protocol";
import { readMissingScopeError } from "@openclaw/gateway-protocol/gateway-error-details";
import { TOKEN } from "../gateway.mjs";
import { newIdentity } from "../identity.mjs";
import { Operator } from "../operator.mjs";
import { test, withGateway } from "../suite.mjs";
import { conforms, expect, healthObject, presenceList, same, shaped } from "../validate.mjs";

/** Params and answer check of each method that needs no second party; the others are covered by the named case. */
const CALLS = {
  health: [{}, healthObject],
  status: [{}, (r) => shaped(r, {}, "status")],
  "system-presence": [{}, (r) => presenceList(r, "system-presence")],
  "system-event": [{ text: "conformance says hello", host: "bench", mode: "ui", reason: "launch" }, (r) => same(r, { ok: true }, "answer")],
  "system.info": [{}, (r) => conforms("SystemInfoResult", r)],
  "gateway.identity.get": [{}, identity],
  "last-heartbeat": [{}, (r) => r === null || shaped(r, { ts: "int", status: "string" }, "last-heartbeat")],
  "device.pair.list": [{}, pairingList],
  "device.pair.setupCode": [{ bootstrapProfile: "node", publicUrl: "wss://gateway.example.test" }, setupCode],
  "device.pair.setupStatus": [{ setupId: "no-such-setup" }, (r) => (conforms("DevicePairSetupStatusResult", r), same(r, {}, "answer"))],
};

/** Advertised methods whose call is part of another case. */
const ELSEWHERE = {
  connect: "connect.pairs-silently-on-loopback",
  "desktop.attach": "devices.desktop-app",
  "desktop.get": "devices.desktop-app",
  "desktop.set": "devices.desktop-app",
  "desktop.update": "devices.desktop-app",
  "device.pair.approve": "pairing.approved-by-second-client",
  "device.pair.reject": "pairing.rejected",
  "device.pair.remove": "devices.remove-closes-the-socket",
  "device.pair.rename": "devices.rename",
  "device.token.rotate": "devices.rotate-own-token",
  "device.token.revoke": "devices.revoke-closes-and-forgets",
  "device.scopes.requestUpgrade": "scopes.upgrade-approved",
  "device.scopes.waitUpgrade": "scopes.upgrade-approved",
  agent: "agent.two-answers",
  "agent.identity.get": "agents.list-and-identity",
  "agent.wait": "agent.without-expectFinal-resolves-at-once",
  "agents.create": "agents.create-update-delete",
  "agents.delete": "agents.create-update-delete",
  "agents.files.get": "agents.files",
  "agents.files.list": "agents.files",
  "agents.files.set": "agents.files",
  "agents.list": "agents.list-and-identity",
  "agents.update": "agents.create-update-delete",
  "backup.create": "backup.create-read-verify-remove",
  "backup.list": "backup.create-read-verify-remove",
  "backup.read": "backup.create-read-verify-remove",
  "backup.remove": "backup.create-read-verify-remove",
  "backup.restore": "backup.upload-and-restore",
  "backup.upload": "backup.upload-and-restore",
  "backup.verify": "backup.create-read-verify-remove",
  "chat.abort": "chat.abort-keeps-what-was-said",
  "chat.history": "chat.history-holds-what-was-said",
  "chat.inject": "chat.inject",
  "chat.message.get": "chat.message-get",
  "chat.metadata": "chat.startup-and-metadata",
  "chat.send": "chat.streams-while-the-model-speaks",
  "chat.startup": "chat.startup-and-metadata",
  "commands.list": "commands.list",
  "config.apply": "config.apply-restarts-where-it-must",
  "config.get": "config.get-hides-secrets",
  "config.openFile": "config.openFile-only-on-its-own-machine",
  "config.patch": "config.patch",
  "config.restore": "config.versions-and-restore",
  "config.schema": "config.schema",
  "config.schema.lookup": "config.schema-lookup-from-the-top-down",
  "config.set": "config.set-keeps-secrets-and-needs-the-hash",
  "config.versions": "config.versions-and-restore",
  "diagnostics.bundle": "diagnostics.bundle",
  "doctor.fix": "doctor.run-and-fix",
  "doctor.run": "doctor.run-and-fix",
  "environments.list": "nodes.machines-and-programs-of-skills",
  "environments.status": "nodes.machines-and-programs-of-skills",
  "exec.approval.get": "approval.two-phases",
  "exec.approval.list": "approval.two-phases",
  "exec.approval.request": "approval.two-phases",
  "exec.approval.resolve": "approval.two-phases",
  "exec.approval.waitDecision": "approval.two-phases",
  "exec.approvals.get": "approvals.get-and-set",
  "exec.approvals.node.get": "official-node.rules-are-read-and-written",
  "exec.approvals.node.set": "official-node.rules-are-read-and-written",
  "exec.approvals.set": "approvals.get-and-set",
  "gateway.restart.preflight": "restart.preflight-and-request",
  "gateway.restart.request": "restart.preflight-and-request",
  "import.openclaw": "import.dry-run-changes-nothing",
  "logs.tail": "logs.tail-by-cursor",
  "models.authLogin": "models.auth",
  "models.authLogout": "models.auth",
  "models.authStatus": "models.auth",
  "models.list": "models.list",
  "models.probe": "models.auth",
  "node.describe": "official-node.local-host-is-listed-with-its-commands",
  "node.event": "nodes.tells-and-is-renamed",
  "node.invoke": "official-node.answers-calls",
  "node.invoke.input": "nodes.parts-input-and-answer",
  "node.invoke.progress": "nodes.parts-input-and-answer",
  "node.invoke.result": "nodes.parts-input-and-answer",
  "node.list": "official-node.local-host-is-listed-with-its-commands",
  "node.pair.approve": "official-node.device-and-commands-from-elsewhere-are-approved",
  "node.pair.list": "official-node.device-and-commands-from-elsewhere-are-approved",
  "node.pair.reject": "nodes.older-pairing-is-verified-or-rejected",
  "node.pair.remove": "official-node.removed-node-asks-again",
  "node.pair.request": "nodes.older-pairing-is-verified-or-rejected",
  "node.pair.verify": "nodes.older-pairing-is-verified-or-rejected",
  "node.pending.ack": "nodes.what-waits-is-pulled-and-drained",
  "node.pending.drain": "nodes.what-waits-is-pulled-and-drained",
  "node.pending.enqueue": "nodes.what-waits-is-pulled-and-drained",
  "node.pending.pull": "nodes.what-waits-is-pulled-and-drained",
  "node.pluginSurface.refresh": "nodes.canvas-address-is-refreshed",
  "node.rename": "nodes.tells-and-is-renamed",
  "openclaw.approval.list": "lists-of-nothing",
  "plugin.approval.list": "lists-of-nothing",
  "plugin.surface.refresh": "nodes.canvas-address-is-refreshed",
  "question.list": "lists-of-nothing",
  "remote.status": "remote.status",
  "service.status": "service.status",
  "sessions.abort": "sessions.send-and-abort",
  "sessions.compact": "sessions.compact",
  "sessions.create": "sessions.create",
  "sessions.delete": "sessions.delete",
  "sessions.describe": "sessions.describe-resolve-preview",
  "sessions.get": "sessions.search",
  "sessions.groups.list": "sessions.groups-viewers-observers",
  "sessions.list": "sessions.list-rows",
  "sessions.messages.subscribe": "sessions.messages-through-the-official-coordinator",
  "sessions.messages.unsubscribe": "sessions.messages-through-the-official-coordinator",
  "sessions.observer.visibility": "sessions.groups-viewers-observers",
  "sessions.patch": "sessions.patch",
  "sessions.patchMany": "sessions.patch-many",
  "sessions.preview": "sessions.describe-resolve-preview",
  "sessions.recover": "sessions.recover-only-what-was-interrupted",
  "sessions.reset": "sessions.reset",
  "sessions.resolve": "sessions.describe-resolve-preview",
  "sessions.search": "sessions.search",
  "sessions.send": "sessions.send-and-abort",
  "sessions.steer": "sessions.steer",
  "sessions.subscribe": "sessions.changed-only-when-subscribed",
  "sessions.unsubscribe": "sessions.changed-only-when-subscribed",
  "sessions.usage": "sessions.usage",
  "sessions.usage.logs": "sessions.usage",
  "sessions.usage.timeseries": "sessions.usage",
  "sessions.viewers.set": "sessions.groups-viewers-observers",
  "skills.bins": "nodes.machines-and-programs-of-skills",
  "tailscale.set": "tailscale.without-a-daemon",
  "tailscale.status": "tailscale.without-a-daemon",
  "talk.config": "nodes.words-and-conversations",
  "talk.mode": "nodes.words-and-conversations",
  "tools.catalog": "tools.catalog-and-effective",
  "tools.effective": "tools.catalog-and-effective",
  "tools.invoke": "tools.invoke",
  "update.check": "update.check-and-hold",
  "update.hold": "update.check-and-hold",
  "update.revert": "update.revert-has-nothing-to-take-back",
  "update.run": "update.run-installs-nothing-that-is-not-signed",
  "update.status": "update.check-and-hold",
  usage: "usage.status-and-cost",
  "usage.cost": "usage.status-and-cost",
  "usage.override": "usage.override-is-for-admins",
  "usage.status": "usage.status-and-cost",
  "voicewake.get": "nodes.words-and-conversations",
  "voicewake.routing.get": "nodes.words-and-conversations",
  "voicewake.routing.set": "nodes.words-and-conversations",
  "voicewake.set": "nodes.words-and-conversations",
  "wizard.cancel": "wizard.cancelled-leaves-nothing-behind",
  "wizard.next": "wizard.cancelled-leaves-nothing-behind",
  "wizard.start": "wizard.cancelled-leaves-nothing-behind",
  "wizard.status": "wizard.cancelled-leaves-nothing-behind",
};

/** Works, but the official gateway does not list them either. */
const UNLISTED = ["device.pair.setupCode", "device.pair.setupStatus"];

export async function methods() {
  await withGateway("method", {}, async ({ url }) => {
    for (const [method, [params, check]] of Object.entries(CALLS)) {
      await test(`method.${method}`, async () => {
        const operator = await Operator.connect({ url, token: TOKEN });
        const features = operator.hello.features.methods;
        expect(features.includes(method) || UNLISTED.includes(method), "not in features.methods");
        check(await operator.request(method, params));
      });
    }
    await errors(url);
    await coverage(url);
  });
}

async function errors(url) {
  await test("error.unknown-method", async () => {
    const operator = await Operator.connect({ url, token: TOKEN });
    const error = await operator.refusal("no.such.method", {});
    same([error.gatewayCode, error.message], ["INVALID_REQUEST", "unknown method: no.such.method"], "error");
  });

  await test("error.invalid-params", async () => {
    const operator = await Operator.connect({ url, token: TOKEN });
    for (const params of [{}, { requestId: 7 }, { requestId: "" }]) {
      expect(!protocol.validateDevicePairApproveParams(params), "the official validator accepts these params");
      const error = await operator.refusal("device.pair.approve", params);
      same(error.gatewayCode, "INVALID_REQUEST", "code");
      expect(error.message.startsWith("invalid device.pair.approve params: "), `message: ${error.message}`);
      expect(error.message.includes("requestId"), `the message does not name the field: ${error.message}`);
    }
  });

  await test("error.missing-scope", async () => {
    const operator = await Operator.connect({ url, token: TOKEN, scopes: ["operator.read"] });
    const error = await operator.refusal("device.pair.list", {});
    same([error.gatewayCode, error.message], ["FORBIDDEN", "missing scope: operator.pairing"], "error");
    same(readMissingScopeError(error), { code: "MISSING_SCOPE", missingScope: "operator.pairing", requiredScopes: ["operator.pairing"] }, "details");
    await operator.request("status", {});
  });

  await test("error.blank-system-event", async () => {
    const operator = await Operator.connect({ url, token: TOKEN });
    const error = await operator.refusal("system-event", { text: "  " });
    same([error.gatewayCode, error.message], ["INVALID_REQUEST", "text required"], "error");
  });

  await test("error.unknown-request-id", async () => {
    const operator = await Operator.connect({ url, token: TOKEN });
    for (const method of ["device.pair.approve", "device.pair.reject"]) {
      const error = await operator.refusal(method, { requestId: "no-such-request" });
      same([error.gatewayCode, error.message], ["INVALID_REQUEST", "unknown requestId"], method);
    }
  });
}

async function coverage(url) {
  await test("method.every-advertised-one-is-covered", async () => {
    const { hello } = await Operator.connect({ url, token: TOKEN });
    const unknown = hello.features.methods.filter((name) => !CALLS[name] && !ELSEWHERE[name]);
    same(unknown, [], "advertised methods without a case");
    return `${hello.features.methods.length} methods advertised`;
  });

  await test("method.answers-out-of-pipelined-requests", async () => {
    const operator = await Operator.connect({ url, token: TOKEN, deviceIdentity: newIdentity() });
    const answers = await Promise.all(Array.from({ length: 50 }, () => operator.request("gateway.identity.get", {})));
    same(new Set(answers.map((a) => a.deviceId)).size, 1, "identities");
  });
}

function identity(result) {
  shaped(result, { deviceId: "string", publicKey: "string" }, "identity");
  expect(/^[0-9a-f]{64}$/.test(result.deviceId), `deviceId ${result.deviceId}`);
  same(Buffer.from(result.publicKey, "base64url").length, 32, "length of the public key");
}

function pairingList(result) {
  shaped(result, { pending: "array", paired: "array" }, "device.pair.list");
  expect(result.paired.length > 0, "no paired device listed");
  for (const device of result.paired) {
    shaped(device, { deviceId: "string", publicKey: "string", roles: "array", createdAtMs: "int", approvedAtMs: "int", tokens: "array" }, "paired device");
    for (const token of device.tokens) shaped(token, { role: "string", scopes: "array", createdAtMs: "int", "lastUsedAtMs?": "int" }, "token summary");
    expect(!JSON.stringify(device).includes('"token":'), "a token value is listed");
  }
}

function setupCode(result) {
  conforms("DevicePairSetupCodeResult", result);
  const code = JSON.parse(Buffer.from(result.setupCode, "base64url").toString());
  shaped(code, { url: "string", bootstrapToken: "string", expiresAtMs: "int" }, "setup code");
  same([code.url, code.expiresAtMs], [result.gatewayUrl, result.expiresAtMs], "url and expiry inside the code");
  same(result.gatewayUrl.replace(/\/$/, ""), "wss://gateway.example.test", "gatewayUrl");
  expect(code.expiresAtMs > Date.now() && code.expiresAtMs <= Date.now() + 600_000, "a setup code lives at most ten minutes");
  same(result.access, "node", "access");
}
