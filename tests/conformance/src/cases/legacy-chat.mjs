//! Chat in protocol 3: the real client of January 2026, and what its dialect must not contain.
import { randomUUID } from "node:crypto";
import { TOKEN } from "../gateway.mjs";
import { legacySchemas, LegacyOperator, withLegacyState } from "../legacy-client.mjs";
import { Operator } from "../operator.mjs";
import { Provider } from "../provider.mjs";
import { test, withGateway } from "../suite.mjs";
import { until } from "../until.mjs";
import { expect, same, shaped } from "../validate.mjs";

export async function legacyChat() {
  const provider = await Provider.start();
  await withLegacyState(() =>
    withGateway("v3", { config: provider.config() }, async ({ url }) => {
      await streaming(url, provider);
      await sessions(url, provider);
      await agent(url);
      await approvals(url);
    }),
  );
  provider.close();
}

/** A case with connected clients of protocol 3. */
function legacyTest(name, url, count, body) {
  return test(name, async () => {
    const clients = [];
    try {
      for (let index = 0; index < count; index += 1) clients.push(await connect(url));
      await body(...clients);
    } finally {
      clients.forEach((client) => client.stop());
    }
  });
}

async function connect(url) {
  const client = await LegacyOperator.connect({ url, token: TOKEN });
  if (client.errors.length > 0) throw client.errors[0];
  return client;
}

const own = (client, event, runId) => client.events.filter((e) => e.event === event && e.payload.runId === runId).map((e) => e.payload);

async function say(client, sessionKey, message) {
  const idempotencyKey = randomUUID();
  const sent = await client.request("chat.send", { sessionKey, message, idempotencyKey });
  same(sent, { runId: idempotencyKey, status: "started" }, "chat.send");
  return idempotencyKey;
}

async function ended(client, runId) {
  return (await client.event(`end of ${runId}`, (e) => e.event === "chat" && e.payload.runId === runId && e.payload.state !== "delta")).payload;
}

async function converse(client, sessionKey, message) {
  const runId = await say(client, sessionKey, message);
  return { runId, last: await ended(client, runId) };
}

const textOf = (message) => message.content[0].text;

async function streaming(url, provider) {
  await legacyTest("v3.chat-streams-the-whole-text-so-far", url, 1, async (client) => {
    const runId = await say(client, "main", "hold one two three");
    await until("the first words before the model is done", () => own(client, "chat", runId).length > 0);
    provider.release();
    const last = await ended(client, runId);
    same([last.state, textOf(last.message)], ["final", "echo: one two three"], "last event");
    const deltas = own(client, "chat", runId).filter((e) => e.state === "delta");
    expect(deltas.length >= 2, `${deltas.length} deltas`);
    for (const [index, { message }] of deltas.entries()) {
      same([message.role, message.content[0].type], ["assistant", "text"], "message");
      if (index > 0) expect(textOf(message).startsWith(textOf(deltas[index - 1].message)), "a delta is not the whole text so far");
    }
    same(textOf(deltas.at(-1).message), "echo: one two three", "last delta");
  });

  await legacyTest("v3.chat-events-without-later-fields", url, 1, async (client) => {
    const conforms = await legacySchemas();
    const { runId } = await converse(client, "main", "plain");
    for (const payload of own(client, "chat", runId)) conforms("ChatEvent", payload);
    for (const { sessionKey, ...payload } of own(client, "agent", runId)) {
      conforms("AgentEvent", payload);
      same(sessionKey, "main", "sessionKey of an agent event");
    }
    const failed = await converse(client, "main", "fail 401");
    conforms("ChatEvent", failed.last);
    same([failed.last.state, typeof failed.last.errorMessage], ["error", "string"], "failure");
    const streams = own(client, "agent", runId).map((e) => e.stream);
    same([...new Set(streams)].sort(), ["assistant", "lifecycle"], "streams");
  });

  await legacyTest("v3.chat-echoes-the-key-as-each-client-writes-it", url, 3, async (short, long, silent) => {
    await long.request("chat.history", { sessionKey: "agent:main:main" });
    const { runId } = await converse(short, "main", "whose key?");
    await Promise.all([ended(long, runId), ended(silent, runId)]);
    for (const [client, key] of [[short, "main"], [long, "agent:main:main"], [silent, "agent:main:main"]]) {
      const keys = [...own(client, "chat", runId), ...own(client, "agent", runId)].map((e) => e.sessionKey);
      same([...new Set(keys)], [key], "session key");
    }
  });

  await test("v3.chat-and-protocol-4-share-a-conversation", async () => {
    const [old, current] = [await connect(url), await Operator.connect({ url, token: TOKEN })];
    try {
      await current.request("chat.history", { sessionKey: "main" });
      const { runId, last } = await converse(old, "main", "both generations");
      const final = await current.event("final", (e) => e.event === "chat" && e.payload.runId === runId && e.payload.state === "final");
      same(textOf(final.payload.message), textOf(last.message), "text");
      same(own(current, "chat", runId).filter((e) => e.state === "delta").map((e) => e.deltaText).join(""), textOf(last.message), "deltas of protocol 4");
    } finally {
      old.stop();
    }
  });
}

async function sessions(url, provider) {
  await legacyTest("v3.chat-history", url, 1, async (client) => {
    await converse(client, "kept", "remember");
    const history = await client.request("chat.history", { sessionKey: "kept", limit: 10 });
    same(Object.keys(history).filter((key) => !["sessionKey", "sessionId", "messages", "thinkingLevel"].includes(key)), [], "keys of protocol 4");
    same([history.sessionKey, history.messages.map(({ role }) => role)], ["kept", ["user", "assistant"]], "history");
    same(history.messages.map(textOf), ["remember", "echo: remember"], "texts");
  });

  await legacyTest("v3.chat-abort", url, 1, async (client) => {
    const runId = await say(client, "kept", "hold still");
    await until("first words", () => own(client, "chat", runId).length > 0);
    same(await client.request("chat.abort", { sessionKey: "kept", runId }), { ok: true, aborted: true, runIds: [runId] }, "answer");
    const last = await ended(client, runId);
    (await legacySchemas())("ChatEvent", last);
    same([last.state, last.stopReason], ["aborted", "rpc"], "last event");
    await until("the gateway to hang up on the model", () => provider.held === 0);
    const error = await client.refusal("chat.abort", { sessionKey: "main", runId });
    same(error.message, "runId does not match sessionKey", "another session");
  });

  await legacyTest("v3.sessions-list-patch-delete", url, 1, async (client) => {
    const list = await client.request("sessions.list", { limit: 50 });
    shaped(list, { ts: "int", path: "string", count: "int", defaults: "object", sessions: "array" }, "sessions.list");
    for (const row of list.sessions) shaped(row, { key: "string", kind: "string", updatedAt: "int", "sessionId?": "string" }, `row ${row.key}`);
    const patched = await client.request("sessions.patch", { key: "kept", label: "Old", thinkingLevel: "off" });
    shaped(patched, { ok: "boolean", path: "string", key: "string", entry: "object" }, "sessions.patch");
    same([patched.key, patched.entry.label], ["agent:main:kept", "Old"], "entry");
    const found = await client.request("sessions.resolve", { label: "Old" });
    same([found.ok, found.key], [true, "agent:main:kept"], "sessions.resolve");
    const reset = await client.request("sessions.reset", { key: "kept" });
    same([reset.ok, reset.key, reset.entry.label], [true, "agent:main:kept", "Old"], "sessions.reset");
    const deleted = await client.request("sessions.delete", { key: "kept" });
    same([deleted.ok, deleted.key, deleted.deleted], [true, "agent:main:kept", true], "sessions.delete");
  });

  await legacyTest("v3.tool-events-only-while-verbose", url, 1, async (client) => {
    const tools = (runId) => own(client, "agent", runId).filter((e) => e.stream === "tool").map((e) => [e.data.phase, e.data.name]);
    const call = async () => (await converse(client, "tooled", 'tool list {"path":"."}')).runId;
    same(tools(await call()), [], "quiet");
    await client.request("sessions.patch", { key: "tooled", verboseLevel: "on" });
    same(tools(await call()), [["start", "list"], ["result", "list"]], "verbose");
  });

  await legacyTest("v3.models-agents-identity", url, 1, async (client) => {
    const conforms = await legacySchemas();
    conforms("ModelsListResult", await client.request("models.list", {}));
    conforms("AgentsListResult", await client.request("agents.list", {}));
    conforms("AgentIdentityResult", await client.request("agent.identity.get", { sessionKey: "main" }));
  });

  await legacyTest("v3.approvals-snapshot", url, 1, async (client) => {
    (await legacySchemas())("ExecApprovalsSnapshot", await client.request("exec.approvals.get", {}));
  });
}

async function agent(url) {
  await legacyTest("v3.agent-two-answers", url, 1, async (client) => {
    const params = { message: "twice", sessionKey: "main", idempotencyKey: randomUUID() };
    const result = await client.request("agent", params, { expectFinal: true });
    same([result.runId, result.status, result.summary, result.result.payloads], [params.idempotencyKey, "ok", "completed", [{ text: "echo: twice" }]], "final answer");
    shaped(result.result.meta, { durationMs: "int", agentMeta: "object" }, "meta");
    const accepted = await client.request("agent", { ...params, idempotencyKey: randomUUID() });
    same(accepted.status, "accepted", "first answer");
    const waited = await client.request("agent.wait", { runId: accepted.runId, timeoutMs: 9_000 });
    same([waited.runId, waited.status], [accepted.runId, "ok"], "agent.wait");
  });
}

async function approvals(url) {
  await legacyTest("v3.approval-in-one-phase", url, 2, async (asker, answerer) => {
    const waiting = asker.request("exec.approval.request", { id: "v3-approval", command: "hostname", timeoutMs: 60_000 });
    const { payload } = await answerer.event("exec.approval.requested", (e) => e.event === "exec.approval.requested");
    same(Object.keys(payload).sort(), ["createdAtMs", "expiresAtMs", "id", "request"], "keys of the event");
    same(payload.request, { command: "hostname", cwd: null, host: null, security: null, ask: null, agentId: null, resolvedPath: null, sessionKey: null }, "request");
    same(await answerer.request("exec.approval.resolve", { id: payload.id, decision: "allow-once" }), { ok: true }, "answer");
    same([(await waiting).id, (await waiting).decision], ["v3-approval", "allow-once"], "decision");
    const resolved = (await asker.event("exec.approval.resolved", (e) => e.event === "exec.approval.resolved")).payload;
    same(Object.keys(resolved).sort(), ["decision", "id", "resolvedBy", "ts"], "keys of the second event");
  });
}
