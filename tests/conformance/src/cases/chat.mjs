//! Chat with the official client: a message streams, ends once, and is there afterwards.
import * as projection from "@openclaw/gateway-client";
import { agentEvents, assembled, chats, converse, ended, say, textOf } from "../conversation.mjs";
import { TOKEN } from "../gateway.mjs";
import { Operator } from "../operator.mjs";
import { Provider } from "../provider.mjs";
import { test, withGateway } from "../suite.mjs";
import { until } from "../until.mjs";
import { conforms, expect, same, shaped } from "../validate.mjs";

const MAIN = "agent:main:main";

export async function chat() {
  const provider = await Provider.start();
  await withGateway("chat", { config: provider.config() }, async (gateway) => {
    await streaming(gateway, provider);
    await written(gateway, provider);
    await stopping(gateway, provider);
    await tools(gateway);
    await watching(gateway, provider);
    await restart(gateway, provider);
  });
  provider.close();
  await withGateway("chat", { config: { models: { discovery: { enabled: false } } } }, builtin);
}

/** A case with one connected client. */
function chatTest(name, { url }, body) {
  return test(name, async () => body(await Operator.connect({ url, token: TOKEN })));
}

async function streaming(gateway, provider) {
  await chatTest("chat.streams-while-the-model-speaks", gateway, async (operator) => {
    const runId = await say(operator, "main", "hold one two three");
    const first = await until("the first words before the model is done", () => chats(operator, runId).find((e) => e.state === "delta"));
    same(first.deltaText, "echo: ", "first words");
    provider.release();
    const last = await ended(operator, runId);
    same([last.state, textOf(last.message)], ["final", "echo: one two three"], "last event");
    const events = chats(operator, runId);
    for (const event of events) conforms("ChatEvent", event, `chat ${event.state}`);
    const deltas = events.filter((e) => e.state === "delta");
    same(assembled(deltas), "echo: one two three", "the pieces put together");
    for (const { message } of deltas) if (message) expect(textOf(last.message).startsWith(textOf(message)), "a delta's message is not the text so far");
  });

  await chatTest("chat.ends-exactly-once-in-order", gateway, async (operator) => {
    const { runId, events } = await converse(operator, "main", "one end");
    // What belongs to the run but came later would be seen before the end of the next one.
    await converse(operator, "main", "another");
    same(chats(operator, runId).length, events.length, "chat events of the run after its end");
    same(events.filter((e) => !["status", "delta"].includes(e.state)).length, 1, "terminal events");
    for (const [index, { seq }] of events.entries()) expect(index === 0 || seq > events[index - 1].seq, `seq ${seq} does not grow`);
    for (const e of events) same([e.runId, e.sessionKey, e.agentId], [runId, MAIN, "main"], "runId, sessionKey, agentId");
    same(operator.gaps, [], "gaps");
  });

  await chatTest("chat.agent-events", gateway, async (operator) => {
    const { runId } = await converse(operator, "main", "agent stream");
    const own = operator.events.filter((e) => e.event === "agent" && e.payload.runId === runId).map((e) => e.payload);
    for (const { sessionKey, sessionId, agentId, ...official } of own) {
      conforms("AgentEvent", official, `agent ${official.stream}`);
      same([sessionKey, agentId, typeof sessionId], [MAIN, "main", "string"], "sessionKey, agentId, sessionId");
    }
    const phases = agentEvents(operator, runId, "lifecycle").map((e) => e.data.phase);
    same([phases[0], phases.at(-1)], ["start", "end"], "lifecycle");
    const said = agentEvents(operator, runId, "assistant").map((e) => e.data.delta).join("");
    same(said, "echo: agent stream", "assistant deltas");
    for (const [index, { seq }] of own.entries()) expect(index === 0 || seq > own[index - 1].seq, "agent seq does not grow");
  });

  await chatTest("chat.provider-refusal-is-an-error-event", gateway, async (operator) => {
    const { runId, last } = await converse(operator, "refused", "fail 401");
    conforms("ChatEvent", last);
    same([last.state, last.errorDetail?.provider, last.errorDetail?.httpStatus], ["error", "fake", 401], "error");
    expect(last.errorMessage.length > 0, "error without a message");
    const again = await operator.request("chat.send", { sessionKey: "refused", message: "fail 401", idempotencyKey: runId });
    same([again.status, again.summary], ["error", last.errorMessage], "the same key after the failure");
    same((await converse(operator, "refused", "and now")).last.state, "final", "the next message");
  });
}

async function written(gateway, provider) {
  await chatTest("chat.history-holds-what-was-said", gateway, async (operator) => {
    const { runId, last } = await converse(operator, "kept", "remember me");
    const history = await operator.request("chat.history", { sessionKey: "kept", limit: 50 });
    same([history.sessionKey, history.totalMessages, history.hasMore], ["kept", 2, false], "sessionKey as asked, totals");
    const [asked, answered] = history.messages;
    same([asked.role, textOf(asked), asked.idempotencyKey], ["user", "remember me", `${runId}:user`], "question");
    same([answered.role, textOf(answered), answered.provider, answered.model], ["assistant", "echo: remember me", "fake", "echo-1"], "answer");
    same([asked.__openclaw.seq, answered.__openclaw.seq, answered.__openclaw.runId], [1, 2, runId], "positions");
    same(last.message.__openclaw, answered.__openclaw, "the final event and the history name one message");
    shaped(answered.usage, { input: "int", output: "int", totalTokens: "int", cost: "object" }, "usage");
  });

  await chatTest("chat.history-by-cursor", gateway, async (operator) => {
    const page = await operator.request("chat.history", { sessionKey: "kept" });
    await converse(operator, "kept", "one more");
    const delta = await operator.request("chat.history", { sessionKey: "kept", cursor: page.deltaCursor });
    conforms("ChatHistoryDeltaResult", delta);
    same(delta.messages.map(textOf), ["one more", "echo: one more"], "what was missed");
    const reset = await operator.request("chat.history", { sessionKey: "kept", cursor: "of another gateway" });
    conforms("ChatHistoryResetResult", reset);
  });

  await chatTest("chat.history-in-pages", gateway, async (operator) => {
    const newest = await operator.request("chat.history", { sessionKey: "kept", limit: 2 });
    same([newest.messages.map(textOf), newest.hasMore], [["one more", "echo: one more"], true], "newest page");
    const older = await operator.request("chat.history", { sessionKey: "kept", limit: 2, offset: newest.nextOffset });
    same([older.messages.map(textOf), older.hasMore], [["remember me", "echo: remember me"], false], "older page");
    const unknown = await operator.request("chat.history", { sessionKey: "never-seen" });
    same([unknown.messages, unknown.sessionId], [[], undefined], "a session that is not there");
  });

  await chatTest("chat.startup-and-metadata", gateway, async (operator) => {
    const startup = await operator.request("chat.startup", { sessionKey: "kept" });
    conforms("AgentsListResult", startup.agentsList);
    conforms("ModelsListResult", { models: startup.metadata.models });
    conforms("CommandsListResult", { commands: startup.metadata.commands });
    conforms("SessionRow", startup.sessionInfo);
    same(startup.messages.length, 4, "messages");
    const { messages: _, metadata, agentsList, ...rest } = startup;
    const { messages: __, ...history } = await operator.request("chat.history", { sessionKey: "kept" });
    same(Object.keys(rest).sort(), Object.keys(history).sort(), "startup holds what history holds");
    same(Object.keys(await operator.request("chat.metadata", { sessionKey: "kept" })).sort(), ["commands", "models"], "chat.metadata");
    expect(metadata.models.some((m) => m.provider === "fake" && m.id === "echo-1") && agentsList.defaultId === "main", "model or agent is missing");
  });

  await chatTest("chat.message-get", gateway, async (operator) => {
    const { messages } = await operator.request("chat.history", { sessionKey: "kept", limit: 1 });
    const found = await operator.request("chat.message.get", { sessionKey: "kept", messageId: messages[0].__openclaw.id });
    same([found.ok, found.message], [true, messages[0]], "found");
    const missing = await operator.request("chat.message.get", { sessionKey: "kept", messageId: "no-such-message" });
    same(missing, { ok: false, unavailableReason: "not_found" }, "missing");
  });

  await chatTest("chat.inject", gateway, async (operator) => {
    const { messageId } = await operator.request("chat.inject", { sessionKey: "kept", message: "a note", label: "from outside" });
    const final = (await operator.event("final of the note", (e) => e.event === "chat" && e.payload.runId === `inject-${messageId}`)).payload;
    same([final.state, final.seq, textOf(final.message)], ["final", 0, "[from outside]\n\na note"], "event");
    const error = await operator.refusal("chat.inject", { sessionKey: "never-seen", message: "a note" });
    same([error.gatewayCode, error.message], ["INVALID_REQUEST", "session not found"], "unknown session");
  });

  await chatTest("chat.repeated-key-runs-once", gateway, async (operator) => {
    const before = provider.requests.length;
    const runId = await say(operator, "main", "hold only once");
    const send = () => operator.request("chat.send", { sessionKey: "main", message: "hold only once", idempotencyKey: runId });
    same(await send(), { runId, status: "in_flight" }, "while it runs");
    await until("the model to be asked", () => provider.held > 0);
    provider.release();
    await ended(operator, runId);
    same(await send(), { runId, status: "ok" }, "afterwards");
    same(provider.requests.length - before, 1, "requests to the model");
    const { messages } = await operator.request("chat.history", { sessionKey: "main" });
    same(messages.filter((m) => m.idempotencyKey === `${runId}:user`).length, 1, "user messages");
  });

  await chatTest("chat.send-refusals", gateway, async (operator) => {
    const keyless = await operator.refusal("chat.send", { sessionKey: "main", message: "no key" });
    expect(keyless.gatewayCode === "INVALID_REQUEST" && keyless.message.includes("idempotencyKey"), `message: ${keyless.message}`);
    const empty = await operator.refusal("chat.send", { sessionKey: "main", message: " ", idempotencyKey: "empty-message" });
    same([empty.gatewayCode, empty.message], ["INVALID_REQUEST", "message or attachment required"], "empty");
    const reader = await Operator.connect({ url: gateway.url, token: TOKEN, scopes: ["operator.read"] });
    const refused = await reader.refusal("chat.send", { sessionKey: "main", message: "hi", idempotencyKey: "reader" });
    same([refused.gatewayCode, refused.message], ["FORBIDDEN", "missing scope: operator.write"], "reader");
  });
}

async function stopping(gateway, provider) {
  await chatTest("chat.abort-keeps-what-was-said", gateway, async (operator) => {
    const runId = await say(operator, "stopped", "hold a long story");
    await until("first words", () => chats(operator, runId).some((e) => e.state === "delta"));
    const wrong = await operator.refusal("chat.abort", { sessionKey: "main", runId });
    same([wrong.gatewayCode, wrong.message], ["INVALID_REQUEST", "runId does not match sessionKey"], "another session");
    const answer = await operator.request("chat.abort", { sessionKey: "stopped", runId });
    same(answer, { ok: true, aborted: true, runIds: [runId] }, "answer");
    const last = await ended(operator, runId);
    conforms("ChatEvent", last);
    same([last.state, last.stopReason, textOf(last.message).trim()], ["aborted", "rpc", "echo:"], "last event");
    await until("the gateway to hang up on the model", () => provider.held === 0);
    const { messages } = await operator.request("chat.history", { sessionKey: "stopped" });
    same(messages.map((m) => [m.role, m.stopReason]), [["user", undefined], ["assistant", "aborted"]], "history");
    same(await operator.request("chat.abort", { sessionKey: "stopped" }), { ok: true, aborted: false, runIds: [] }, "nothing left");
    same((await converse(operator, "stopped", "go on")).last.state, "final", "the next message");
  });

  await chatTest("chat.stop-word-stops", gateway, async (operator) => {
    for (const word of ["/stop", "stop"]) {
      const runId = await say(operator, "stopped", "hold on");
      await until("first words", () => chats(operator, runId).some((e) => e.state === "delta"));
      const answer = await operator.request("chat.send", { sessionKey: "stopped", message: word, idempotencyKey: `word-${runId}` });
      same([answer.ok, answer.aborted, answer.runIds], [true, true, [runId]], word);
      same([(await ended(operator, runId)).state, chats(operator, runId).at(-1).stopReason], ["aborted", "stop"], word);
    }
  });
}

const TOOL_CALL = 'tool list {"path":"."}';

async function tools(gateway) {
  await test("chat.tool-events-for-those-who-declare-them", async () => {
    const [declared, plain] = await Promise.all([["tool-events"], []].map((caps) => Operator.connect({ url: gateway.url, token: TOKEN, caps })));
    for (const operator of [declared, plain]) await operator.request("chat.history", { sessionKey: "tooled" });
    const { runId } = await converse(declared, "tooled", TOOL_CALL);
    await ended(plain, runId);
    const steps = agentEvents(declared, runId, "tool").map((e) => e.data);
    same(steps.map((s) => [s.phase, s.name, s.toolCallId]), [["start", "list", "call-1"], ["result", "list", "call-1"]], "steps");
    same([steps[0].args, steps[1].isError], [{ path: "." }, false], "arguments and outcome");
    expect(steps[1].result.content[0].text.includes("AGENTS.md"), "the result is not the folder");
    same(agentEvents(plain, runId, "tool"), [], "tool events without the capability");
  });

  await chatTest("chat.tool-calls-in-history", gateway, async (operator) => {
    const { messages } = await operator.request("chat.history", { sessionKey: "tooled" });
    same(messages.map((m) => m.role), ["user", "assistant", "toolResult", "assistant"], "roles");
    const [, call, result, answer] = messages;
    same(call.content, [{ type: "toolCall", id: "call-1", name: "list", arguments: { path: "." } }], "call");
    same([call.stopReason, result.toolCallId, result.toolName, result.isError], ["toolUse", "call-1", "list", false], "result");
    same(textOf(answer), `tool said: ${textOf(result)}`, "answer");
  });
}

async function watching(gateway, provider) {
  await test("chat.events-only-of-named-sessions", async () => {
    const [a, b] = await Promise.all([1, 2].map(() => Operator.connect({ url: gateway.url, token: TOKEN })));
    await b.request("chat.history", { sessionKey: "of-b" });
    const { runId } = await converse(a, "of-a", "only for a");
    await converse(b, "of-b", "only for b");
    same(b.events.filter((e) => e.payload?.runId === runId), [], "events of a session that b never named");
    expect(!b.events.some((e) => JSON.stringify(e).includes("only for a")), "words of another session");
  });

  await test("chat.two-clients-see-one-conversation", async () => {
    const [speaker, listener] = await Promise.all([1, 2].map(() => Operator.connect({ url: gateway.url, token: TOKEN })));
    await listener.request("chat.history", { sessionKey: MAIN });
    const { runId, last } = await converse(speaker, "main", "both of us");
    same(await ended(listener, runId), last, "last event");
    same(assembled(chats(listener, runId).filter((e) => e.state === "delta")), "echo: both of us", "text");
  });

  await chatTest("chat.official-projection-shows-each-message-once", gateway, async (operator) => {
    await operator.request("sessions.messages.subscribe", { key: "projected" });
    const { runId, last } = await converse(operator, "projected", "show me");
    await until("both messages", () => operator.events.filter((e) => e.event === "session.message").length >= 2);
    const state = operator.events.reduce(project, projection.createSessionProjection({ sessionKey: "agent:main:projected", agentId: "main" }));
    same([state.runs[runId].status, textOf(state.runs[runId].message)], ["completed", "echo: show me"], "run");
    const { messages } = await operator.request("chat.history", { sessionKey: "projected" });
    const whole = projection.reconcileSessionProjectionSnapshot(state, messages);
    same(whole.messages.map(textOf), ["show me", "echo: show me"], "messages after the history was read");
    expect(projection.hasSessionProjectionAcceptedFinal(whole.runs[runId], last.message), "the final message is not known by its id");
  });

  await chatTest("chat.session-rows-follow-the-run", gateway, async (operator) => {
    await operator.request("sessions.subscribe", {});
    const runId = await say(operator, "brand-new", "hold the line");
    const changed = (reason) => (e) => e.event === "sessions.changed" && e.payload.reason === reason && e.payload.sessionKey === "agent:main:brand-new";
    const started = (await operator.event("start", changed("agent.run.started"))).payload;
    same([started.session.status, started.session.hasActiveRun, started.session.activeRunIds], ["running", true, [runId]], "row while it runs");
    same([started.status, started.key], [started.session.status, "agent:main:brand-new"], "the row's fields beside it");
    await until("the model to be asked", () => provider.held > 0);
    const { inFlightRun } = await operator.request("chat.history", { sessionKey: "brand-new" });
    same(inFlightRun?.runId, runId, "inFlightRun");
    provider.release();
    const row = (await operator.event("end", changed("agent.run.ended"))).payload.session;
    same([row.status, row.hasActiveRun, row.activeRunIds, row.lastRunId], ["done", false, [], runId], "row afterwards");
  });
}

/** One step of the official projection. */
function project(state, { event, payload }) {
  if (event === "chat") return projection.reduceSessionProjectionRunEvent(state, payload)?.projection ?? state;
  if (event === "session.message") return projection.projectLiveSessionMessage(state, payload.message, payload);
  return state;
}

async function restart(gateway, provider) {
  await chatTest("chat.survives-a-restart", gateway, async (operator) => {
    const { runId } = await converse(operator, "lasting", "still there?");
    const before = await operator.request("chat.history", { sessionKey: "lasting" });
    const asked = provider.requests.length;
    await gateway.stop();
    await gateway.launch();
    await until("second hello-ok", () => operator.hellos.length > 1);
    const after = await operator.request("chat.history", { sessionKey: "lasting" });
    same(after.messages, before.messages, "messages");
    const again = await operator.request("chat.send", { sessionKey: "lasting", message: "still there?", idempotencyKey: runId });
    same([again, provider.requests.length], [{ runId, status: "ok" }, asked], "the same key after the restart");
    same((await operator.request("agent.wait", { runId })).status, "ok", "agent.wait of a run before the restart");
    same((await converse(operator, "lasting", "yes")).last.state, "final", "the next message");
  });
}

/** No model is configured: the built-in assistant answers by itself. */
async function builtin(gateway) {
  await chatTest("chat.built-in-assistant", gateway, async (operator) => {
    const { runId, last, events } = await converse(operator, "main", "hello");
    for (const event of events) conforms("ChatEvent", event);
    same(last.state, "final", "state");
    expect(textOf(last.message).length > 0, "an empty answer");
    const { messages } = await operator.request("chat.history", { sessionKey: "main" });
    same(messages.map((m) => [m.role, m.__openclaw.runId]), [["user", runId], ["assistant", runId]], "history");
    same([messages[1].provider, messages[1].model], ["postern", "assistant"], "who answered");
  });

  await chatTest("chat.slash-command", gateway, async (operator) => {
    const { last } = await converse(operator, "main", "/help");
    conforms("ChatEvent", last);
    same(last.state, "final", "state");
    const { commands } = await operator.request("commands.list", {});
    expect(textOf(last.message).includes(commands[0].textAliases[0]), "the help names no command");
  });
}
