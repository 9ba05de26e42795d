//! Sessions with the official client: the list and its changes, settings, the ways to begin anew and to end.
import { getGatewaySessionMessageSubscriptionCoordinator, releaseGatewaySessionMessageSubscription } from "@openclaw/gateway-client";
import { chats, converse, ended, say, textOf } from "../conversation.mjs";
import { TOKEN } from "../gateway.mjs";
import { Operator } from "../operator.mjs";
import { Provider } from "../provider.mjs";
import { test, withGateway } from "../suite.mjs";
import { until } from "../until.mjs";
import { conforms, expect, same, sessionRow, shaped } from "../validate.mjs";

export async function sessions() {
  const provider = await Provider.start();
  await withGateway("sessions", { config: provider.config() }, async ({ url }) => {
    const sessionTest = (name, body) => test(name, async () => body(await Operator.connect({ url, token: TOKEN })));
    await listing(sessionTest);
    await settings(sessionTest);
    await runs(sessionTest, provider);
    await endings(sessionTest);
    await events(sessionTest);
    await stubs(sessionTest);
  });
  provider.close();
}

async function listing(sessionTest) {
  await sessionTest("sessions.list-rows", async (operator) => {
    for (const name of ["first", "second", "third"]) await converse(operator, name, `words of ${name}`);
    const list = await operator.request("sessions.list", { includeDerivedTitles: true, includeLastMessage: true });
    shaped(list, { ts: "int", path: "string", count: "int", defaults: "object", sessions: "array", totalCount: "int", hasMore: "boolean", owners: "array" }, "sessions.list");
    for (const row of list.sessions) sessionRow(row, `row ${row.key}`);
    same(list.sessions.map((row) => row.key), ["third", "second", "first"].map((name) => `agent:main:${name}`), "newest first");
    const [row] = list.sessions;
    same([row.derivedTitle, row.lastMessagePreview, row.status], ["words of third", "echo: words of third", "done"], "title, preview, status");
    same([list.defaults.modelProvider, list.defaults.model], ["fake", "echo-1"], "defaults");
  });

  await sessionTest("sessions.list-filters", async (operator) => {
    const keys = async (params) => (await operator.request("sessions.list", params)).sessions.map((row) => row.key);
    const page = await operator.request("sessions.list", { limit: 1 });
    same([page.sessions.length, page.totalCount, page.hasMore, page.nextOffset], [1, 3, true, 1], "page");
    same(await keys({ limit: 1, offset: page.nextOffset }), ["agent:main:second"], "second page");
    same(await keys({ search: "first" }), ["agent:main:first"], "search");
    same(await keys({ agentId: "nobody" }), [], "another agent");
  });

  await sessionTest("sessions.describe-resolve-preview", async (operator) => {
    const { session } = await operator.request("sessions.describe", { key: "first", includeDerivedTitles: true });
    sessionRow(session, "sessions.describe");
    same([session.key, session.derivedTitle], ["agent:main:first", "words of first"], "row");
    same(await operator.request("sessions.describe", { key: "not-there" }), { session: null }, "unknown");
    for (const params of [{ key: "first" }, { sessionId: session.sessionId }]) {
      const found = await operator.request("sessions.resolve", params);
      conforms("SessionsResolveResult", found);
      same([found.ok, found.key], [true, "agent:main:first"], JSON.stringify(params));
    }
    const error = await operator.refusal("sessions.resolve", { key: "not-there" });
    same([error.gatewayCode, error.message.startsWith("No session found: ")], ["INVALID_REQUEST", true], `refusal: ${error.message}`);
    conforms("SessionsResolveResult", await operator.request("sessions.resolve", { key: "not-there", allowMissing: true }));
    const { previews } = await operator.request("sessions.preview", { keys: ["first", "not-there"], limit: 5, maxChars: 40 });
    same(previews.map((p) => [p.key, p.status]), [["first", "ok"], ["not-there", "missing"]], "previews");
    same(previews[0].items, [{ role: "user", text: "words of first" }, { role: "assistant", text: "echo: words of first" }], "items");
  });

  await sessionTest("sessions.search", async (operator) => {
    const found = await operator.request("sessions.search", { query: "second" });
    conforms("SessionsSearchResult", found);
    expect(found.results.some((hit) => hit.sessionKey === "agent:main:second"), `hits: ${JSON.stringify(found.results)}`);
    const { messages } = await operator.request("sessions.get", { key: "second" });
    same(messages.map(textOf), ["words of second", "echo: words of second"], "sessions.get");
  });
}

async function settings(sessionTest) {
  await sessionTest("sessions.create", async (operator) => {
    const created = await operator.request("sessions.create", { key: "made", label: "Made here" });
    conforms("SessionsCreateResult", created);
    same([created.key, created.runStarted ?? false, created.entry.label], ["agent:main:made", false, "Made here"], "created");
    const talking = await operator.request("sessions.create", { message: "begin with this" });
    conforms("SessionsCreateResult", talking);
    same([talking.runStarted, (await ended(operator, talking.runId)).state], [true, "final"], "with a first message");
    const { sessionInfo } = await operator.request("chat.history", { sessionKey: talking.key });
    same(sessionInfo.sessionId, talking.sessionId, "sessionId");
  });

  await sessionTest("sessions.patch", async (operator) => {
    const patched = await operator.request("sessions.patch", { key: "made", label: "Renamed", verboseLevel: "on", pinned: true, model: "fake/echo-1" });
    shaped(patched, { ok: "boolean", path: "string", key: "string", entry: "object", resolved: "object" }, "sessions.patch");
    same([patched.key, patched.entry.label, patched.entry.verboseLevel], ["agent:main:made", "Renamed", "on"], "entry");
    same([patched.resolved.modelProvider, patched.resolved.model], ["fake", "echo-1"], "resolved");
    const row = async () => (await operator.request("sessions.describe", { key: "made" })).session;
    same([(await row()).label, (await row()).pinned, (await row()).verboseLevel], ["Renamed", true, "on"], "row");
    await operator.request("sessions.patch", { key: "made", label: null, verboseLevel: null });
    same([(await row()).label, (await row()).verboseLevel], [undefined, undefined], "null clears");
  });

  await sessionTest("sessions.patch-refusals", async (operator) => {
    await operator.request("sessions.patch", { key: "made", label: "taken" });
    for (const [patch, named] of [[{ label: "taken" }, "label"], [{ thinkingLevel: "sideways" }, "thinkingLevel"], [{ model: "nowhere/none" }, "nowhere"]]) {
      const error = await operator.refusal("sessions.patch", { key: "first", ...patch });
      expect(error.gatewayCode === "INVALID_REQUEST" && error.message.includes(named), `${JSON.stringify(patch)}: ${error.message}`);
    }
    const writer = await Operator.connect({ url: operator.url, token: TOKEN, scopes: ["operator.read", "operator.write"] });
    await writer.request("sessions.patch", { key: "first", unread: true });
    const error = await writer.refusal("sessions.patch", { key: "first", execSecurity: "full" });
    same([error.gatewayCode, error.message], ["FORBIDDEN", "missing scope: operator.admin"], "execSecurity with operator.write");
  });

  await sessionTest("sessions.patch-many", async (operator) => {
    const result = await operator.request("sessions.patchMany", { targets: [{ key: "first" }, { key: "second" }], patch: { archived: true } });
    conforms("SessionsPatchManyResult", result);
    same(result.outcomes.map((o) => [o.ok, o.key]), [[true, "agent:main:first"], [true, "agent:main:second"]], "outcomes");
    const keys = async (params) => (await operator.request("sessions.list", params)).sessions.map((row) => row.key);
    expect(!(await keys({})).includes("agent:main:first"), "an archived session is in the list");
    same((await keys({ archived: true })).sort(), ["agent:main:first", "agent:main:second"], "archived sessions");
  });
}

async function runs(sessionTest, provider) {
  await sessionTest("sessions.send-and-abort", async (operator) => {
    const sent = await operator.request("sessions.send", { key: "sent", message: "hold this", idempotencyKey: "sessions-send-1" });
    same(sent, { runId: "sessions-send-1", status: "started" }, "sessions.send");
    await until("first words", () => chats(operator, sent.runId).some((e) => e.state === "delta"));
    const aborted = await operator.request("sessions.abort", { key: "sent" });
    same(aborted, { ok: true, abortedRunId: sent.runId, status: "aborted" }, "sessions.abort");
    same((await ended(operator, sent.runId)).state, "aborted", "last event");
    await until("the row without the run", async () => !(await operator.request("sessions.describe", { key: "sent" })).session.hasActiveRun);
    same(await operator.request("sessions.abort", { key: "sent" }), { ok: true, abortedRunId: null, status: "no-active-run" }, "nothing left");
  });

  await sessionTest("sessions.steer", async (operator) => {
    const runId = await say(operator, "steered", "hold your course");
    await until("first words", () => chats(operator, runId).some((e) => e.state === "delta"));
    const steer = await operator.request("sessions.steer", { key: "steered", message: "turn left", idempotencyKey: "steer-1" });
    same(steer.runId, "steer-1", "runId");
    provider.release();
    for (const id of [runId, "steer-1"]) same((await ended(operator, id)).state, "final", `end of ${id}`);
    const { messages } = await operator.request("chat.history", { sessionKey: "steered" });
    same(messages.filter((m) => m.role === "user").map(textOf), ["hold your course", "turn left"], "what was said");
  });

  await sessionTest("sessions.recover-only-what-was-interrupted", async (operator) => {
    const error = await operator.refusal("sessions.recover", { key: "steered" });
    same(error.gatewayCode, "INVALID_REQUEST", `refusal: ${error.message}`);
  });

  await sessionTest("sessions.usage", async (operator) => {
    const usage = await operator.request("sessions.usage", { limit: 10 });
    shaped(usage, { updatedAt: "int", startDate: "string", endDate: "string", sessions: "array", totals: "object", aggregates: "object" }, "sessions.usage");
    const row = usage.sessions.find((s) => s.key === "agent:main:third");
    same([row.usage.output, row.usage.totalTokens > 0, row.usage.missingCostEntries], [4, true, 0], "tokens of a session");
    const { points } = await operator.request("sessions.usage.timeseries", { key: "third" });
    shaped(points[0], { timestamp: "int", input: "int", output: "int", totalTokens: "int", cumulativeTokens: "int" }, "point");
    const { logs } = await operator.request("sessions.usage.logs", { key: "third" });
    shaped(logs[0], { timestamp: "int", role: "string", content: "string", tokens: "int" }, "log");
  });
}

async function endings(sessionTest) {
  await sessionTest("sessions.reset", async (operator) => {
    await operator.request("sessions.patch", { key: "third", label: "Third", verboseLevel: "on" });
    const before = (await operator.request("sessions.describe", { key: "third" })).session;
    const reset = await operator.request("sessions.reset", { key: "third" });
    same([reset.ok, reset.key, reset.entry.label, reset.entry.verboseLevel], [true, "agent:main:third", "Third", "on"], "what stays");
    expect(reset.entry.sessionId !== before.sessionId, "the session kept its id");
    same((await operator.request("chat.history", { sessionKey: "third" })).messages, [], "history");
    const former = await operator.request("chat.history", { sessionKey: "third", sessionId: before.sessionId });
    same(former.messages.map(textOf), ["words of third", "echo: words of third"], "the former conversation by its id");
  });

  await sessionTest("sessions.compact", async (operator) => {
    await operator.request("sessions.subscribe", {});
    for (const words of ["one", "two"]) await converse(operator, "long", words);
    const compacted = await operator.request("sessions.compact", { key: "long" });
    same([compacted.ok, compacted.key, compacted.compacted], [true, "agent:main:long", true], "answer");
    const phases = () => operator.events.filter((e) => e.event === "session.operation").map((e) => e.payload);
    await until("end of the operation", () => phases().some((p) => p.phase === "end"));
    for (const payload of phases()) conforms("SessionOperationEvent", payload);
    same(phases().map((p) => [p.phase, p.sessionKey, p.completed]), [["start", "agent:main:long", undefined], ["end", "agent:main:long", true]], "session.operation");
    same((await converse(operator, "long", "go on")).last.state, "final", "the next message");
  });

  await sessionTest("sessions.delete", async (operator) => {
    await operator.request("sessions.subscribe", {});
    const { session } = await operator.request("sessions.describe", { key: "third" });
    const deleted = await operator.request("sessions.delete", { key: "third" });
    conforms("SessionsDeleteResult", deleted);
    same([deleted.key, deleted.deleted], ["agent:main:third", true], "answer");
    const gone = (await operator.event("sessions.changed", (e) => e.event === "sessions.changed" && e.payload.reason === "delete")).payload;
    same([gone.sessionKey, gone.sessionId, gone.session], ["agent:main:third", session.sessionId, undefined], "event");
    same((await operator.request("sessions.delete", { key: "third" })).deleted, false, "again");
    await converse(operator, "main", "the main session");
    const error = await operator.refusal("sessions.delete", { key: "main" });
    same([error.gatewayCode, error.message], ["INVALID_REQUEST", "Cannot delete the main session (agent:main:main)."], "main session");
  });
}

async function events(sessionTest) {
  await sessionTest("sessions.changed-only-when-subscribed", async (operator) => {
    const changes = () => operator.events.filter((e) => e.event === "sessions.changed");
    await operator.request("sessions.create", { key: "unheard" });
    await operator.request("sessions.subscribe", {});
    await operator.request("sessions.create", { key: "heard" });
    const event = await operator.event("sessions.changed", (e) => e.event === "sessions.changed");
    shaped(event.payload, { reason: "string", ts: "int", sessionKey: "string", agentId: "string", sessionId: "string", session: "object" }, "sessions.changed");
    same([event.payload.reason, event.payload.sessionKey], ["create", "agent:main:heard"], "what and which");
    const { session, reason: _, ts: __, sessionKey: ___, ...beside } = event.payload;
    same(Object.keys(session).filter((key) => JSON.stringify(beside[key]) !== JSON.stringify(session[key])), [], "row fields that are not beside the row");
    await operator.request("sessions.unsubscribe", {});
    const seen = changes().length;
    await operator.request("sessions.create", { key: "unheard-again" });
    same(changes().length, seen, "changes after unsubscribing");
  });

  await sessionTest("sessions.messages-through-the-official-coordinator", async (operator) => {
    const coordinator = getGatewaySessionMessageSubscriptionCoordinator(operator.client);
    const subscription = await coordinator.acquire("listened", { includeApprovals: true });
    same([subscription.key, subscription.approvalReplay.approvals], ["agent:main:listened", []], "subscription");
    conforms("SessionApprovalReplay", subscription.approvalReplay);
    const { runId } = await converse(operator, "listened", "hear this");
    const heard = () => operator.events.filter((e) => e.event === "session.message").map((e) => e.payload);
    await until("both messages", () => heard().length === 2);
    same(heard().map((p) => [p.message.role, p.messageSeq, textOf(p.message)]), [["user", 1, "hear this"], ["assistant", 2, "echo: hear this"]], "messages");
    for (const payload of heard()) {
      shaped(payload, { sessionKey: "string", sessionId: "string", agentId: "string", messageId: "string", updatedAt: "int" }, "session.message");
      same([payload.messageId, payload.message.__openclaw.runId], [payload.message.__openclaw.id, runId], "ids");
      sessionRow(payload.session, "session.message");
    }
    const { messages } = await operator.request("chat.history", { sessionKey: "listened" });
    same(heard().map((p) => p.message), messages, "the events hold what the history holds");
    await releaseGatewaySessionMessageSubscription(subscription);
    await converse(operator, "listened", "not this");
    same(heard().length, 2, "messages after the release");
  });
}

/** Lists of features that this gateway has nothing to put in: they must still be what the Control UI expects. */
async function stubs(sessionTest) {
  await sessionTest("sessions.groups-viewers-observers", async (operator) => {
    const groups = await operator.request("sessions.groups.list", {});
    conforms("SessionsGroupsListResult", groups);
    conforms("SessionsViewerPresenceSetResult", await operator.request("sessions.viewers.set", { sessionKeys: ["main"] }));
    conforms("SessionsObserverVisibilityResult", await operator.request("sessions.observer.visibility", { visible: true }));
  });
}
