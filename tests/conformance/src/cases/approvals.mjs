//! Approvals of commands between official clients: one asks, another answers.
import { agentEvents, converse, ended, say } from "../conversation.mjs";
import { TOKEN } from "../gateway.mjs";
import { Operator } from "../operator.mjs";
import { Provider } from "../provider.mjs";
import { test, withGateway } from "../suite.mjs";
import { conforms, expect, same, shaped } from "../validate.mjs";

const SCOPES = ["operator.read", "operator.write", "operator.approvals"];

/** A command that every system has and that no rule allows. */
const COMMAND = 'tool exec {"argv":["hostname"]}';

export async function approvals() {
  const provider = await Provider.start();
  await withGateway("approvals", { config: provider.config() }, async ({ url }) => {
    await alone(url);
    await asking(url);
    await running(url);
    await rules(url);
  });
  provider.close();
}

const approver = (url) => Operator.connect({ url, token: TOKEN, scopes: SCOPES, caps: ["approvals", "tool-events"] });

const requested = (operator, matches = () => true) => operator.event("exec.approval.requested", (e) => e.event === "exec.approval.requested" && matches(e.payload));

async function alone(url) {
  await test("approval.nobody-to-ask", async () => {
    const asker = await approver(url);
    const answer = await asker.request("exec.approval.request", { id: "approval-alone", command: "hostname", timeoutMs: 60_000 });
    same([answer.id, answer.decision], ["approval-alone", null], "answer");
  });
}

async function asking(url) {
  await test("approval.two-phases", async () => {
    const [asker, answerer] = await Promise.all([approver(url), approver(url)]);
    const params = { id: "approval-1", command: "hostname -f", commandArgv: ["hostname", "-f"], cwd: "/tmp", host: "gateway", agentId: "main", twoPhase: true, timeoutMs: 60_000 };
    const accepted = await asker.request("exec.approval.request", params);
    same([accepted.status, accepted.id, accepted.expiresAtMs - accepted.createdAtMs], ["accepted", "approval-1", 60_000], "first answer");
    const { payload } = await requested(answerer);
    shaped(payload, { id: "string", approvalKind: "string", request: "object", createdAtMs: "int", expiresAtMs: "int" }, "exec.approval.requested");
    same([payload.id, payload.approvalKind, payload.request.command, payload.request.allowedDecisions], ["approval-1", "exec", "hostname -f", ["allow-once", "allow-always", "deny"]], "request");
    same(await answerer.request("exec.approval.list", {}), [payload], "exec.approval.list");
    const shown = await answerer.request("exec.approval.get", { id: "approval-1" });
    same([shown.id, shown.commandText, shown.agentId, shown.expiresAtMs], ["approval-1", "hostname -f", "main", payload.expiresAtMs], "exec.approval.get");
    const waiting = asker.request("exec.approval.waitDecision", { id: "approval-1" });
    same(await answerer.request("exec.approval.resolve", { id: "approval-1", decision: "allow-once" }), { ok: true }, "exec.approval.resolve");
    same([(await waiting).id, (await waiting).decision], ["approval-1", "allow-once"], "exec.approval.waitDecision");
    const resolved = (await asker.event("exec.approval.resolved", (e) => e.event === "exec.approval.resolved")).payload;
    shaped(resolved, { id: "string", decision: "string", ts: "int", request: "object" }, "exec.approval.resolved");
    same([resolved.id, resolved.decision, await answerer.request("exec.approval.list", {})], ["approval-1", "allow-once", []], "afterwards");
  });

  await test("approval.first-answer-wins", async () => {
    const [asker, first, second] = await Promise.all([approver(url), approver(url), approver(url)]);
    const waiting = asker.request("exec.approval.request", { id: "approval-2", command: "hostname", timeoutMs: 60_000 });
    await Promise.all([requested(first), requested(second)]);
    await first.request("exec.approval.resolve", { id: "approval-2", decision: "deny" });
    const late = await second.refusal("exec.approval.resolve", { id: "approval-2", decision: "allow-once" });
    same([late.gatewayCode, late.message], ["INVALID_REQUEST", "approval already resolved"], "second answer");
    same((await waiting).decision, "deny", "the one answer of a request in one phase");
    for (const [params, message] of [[{ id: "none", decision: "deny" }, "unknown or expired approval id"], [{ id: "approval-2", decision: "perhaps" }, "invalid decision"]]) {
      same((await second.refusal("exec.approval.resolve", params)).message, message, JSON.stringify(params));
    }
  });

  await test("approval.expires-as-denied", async () => {
    const [asker, answerer] = await Promise.all([approver(url), approver(url)]);
    const answer = await asker.request("exec.approval.request", { id: "approval-3", command: "hostname", timeoutMs: 50 });
    same(answer.decision, null, "answer");
    const resolved = (await answerer.event("exec.approval.resolved", (e) => e.event === "exec.approval.resolved")).payload;
    same([resolved.id, resolved.decision, resolved.resolvedBy], ["approval-3", "deny", null], "event");
  });

  await test("approval.only-for-approvers", async () => {
    const [asker, answerer] = await Promise.all([approver(url), approver(url)]);
    const reader = await Operator.connect({ url, token: TOKEN, scopes: ["operator.read"] });
    const waiting = asker.request("exec.approval.request", { id: "approval-4", command: "hostname", timeoutMs: 60_000 });
    await requested(answerer);
    same((await reader.refusal("exec.approval.resolve", { id: "approval-4", decision: "allow-once" })).message, "missing scope: operator.approvals", "reader");
    await answerer.request("exec.approval.resolve", { id: "approval-4", decision: "deny" });
    await waiting;
    await reader.request("health", {});
    same(reader.events.filter((e) => e.event.startsWith("exec.approval.")), [], "approval events without the scope");
  });
}

async function running(url) {
  await test("approval.an-agent-waits-for-it", async () => {
    const [speaker, answerer] = await Promise.all([approver(url), approver(url)]);
    const runId = await say(speaker, "commands", COMMAND);
    const { payload } = await requested(answerer);
    same([payload.request.agentId, payload.request.sessionKey, payload.request.runId], ["main", "agent:main:commands", runId], "whose command");
    await answerer.request("exec.approval.resolve", { id: payload.id, decision: "allow-once" });
    const last = await ended(speaker, runId);
    same(last.state, "final", "last event");
    const [result] = agentEvents(speaker, runId, "tool").map((e) => e.data).filter((step) => step.phase === "result");
    same([result.name, result.isError], ["exec", false], "outcome of the tool");
  });

  await test("approval.denied-command-does-not-run", async () => {
    const [speaker, answerer] = await Promise.all([approver(url), approver(url)]);
    const runId = await say(speaker, "commands", COMMAND);
    const { payload } = await requested(answerer);
    await answerer.request("exec.approval.resolve", { id: payload.id, decision: "deny" });
    same((await ended(speaker, runId)).state, "final", "the run goes on without it");
    const [result] = agentEvents(speaker, runId, "tool").map((e) => e.data).filter((step) => step.phase === "result");
    same(result.isError, true, "outcome of the tool");
  });

  await test("approval.allow-always-asks-once", async () => {
    const [speaker, answerer] = await Promise.all([approver(url), approver(url)]);
    const runId = await say(speaker, "commands", COMMAND);
    const { payload } = await requested(answerer);
    await answerer.request("exec.approval.resolve", { id: payload.id, decision: "allow-always" });
    await ended(speaker, runId);
    same((await converse(speaker, "commands", COMMAND)).last.state, "final", "the second time");
    same(answerer.events.filter((e) => e.event === "exec.approval.requested").length, 1, "requests");
    const admin = await Operator.connect({ url, token: TOKEN });
    const snapshot = await admin.request("exec.approvals.get", {});
    conforms("ExecApprovalsSnapshot", snapshot);
    expect(snapshot.file.agents.main.allowlist.length === 1, `allowlist: ${JSON.stringify(snapshot.file)}`);
  });
}

async function rules(url) {
  await test("approvals.get-and-set", async () => {
    const admin = await Operator.connect({ url, token: TOKEN });
    const before = await admin.request("exec.approvals.get", {});
    conforms("ExecApprovalsSnapshot", before);
    const allowlist = [{ pattern: "/usr/bin/true" }];
    const file = { version: 1, defaults: { security: "allowlist", ask: "always" }, agents: { main: { allowlist } } };
    const after = await admin.request("exec.approvals.set", { file, baseHash: before.hash });
    conforms("ExecApprovalsSnapshot", after);
    same([after.exists, after.file.defaults.ask, after.file.agents.main.allowlist[0].pattern], [true, "always", "/usr/bin/true"], "file");
    same((await admin.request("exec.approvals.get", {})).hash, after.hash, "hash");
    same((await admin.refusal("exec.approvals.set", { file, baseHash: before.hash })).gatewayCode, "INVALID_REQUEST", "a stale hash");
    const writer = await approver(url);
    same((await writer.refusal("exec.approvals.get", {})).message, "missing scope: operator.admin", "an approver");
  });
}
