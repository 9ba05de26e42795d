//! Agents, models, tools, commands and usage with the official client.
import { converse, ended } from "../conversation.mjs";
import { TOKEN } from "../gateway.mjs";
import { Operator } from "../operator.mjs";
import { Provider } from "../provider.mjs";
import { test, withGateway } from "../suite.mjs";
import { until } from "../until.mjs";
import { conforms, expect, same, shaped } from "../validate.mjs";

export async function agents() {
  const provider = await Provider.start();
  await withGateway("agents", { config: provider.config() }, async ({ url }) => {
    const agentTest = (name, body) => test(name, async () => body(await Operator.connect({ url, token: TOKEN }), url));
    await runs(agentTest, provider);
    await profiles(agentTest);
    await catalogues(agentTest);
    await tools(agentTest);
    await usage(agentTest);
  });
  provider.close();
}

/** The result of an `agent` call that went well. */
function completed(result, runId, text) {
  same([result.runId, result.status, result.summary], [runId, "ok", "completed"], "final answer");
  same(result.result.payloads, [{ text }], "payloads");
  const { durationMs, agentMeta } = result.result.meta;
  expect(Number.isSafeInteger(durationMs), `durationMs ${durationMs}`);
  shaped(agentMeta, { sessionId: "string", provider: "string", model: "string", usage: "object" }, "agentMeta");
}

async function runs(agentTest, provider) {
  await agentTest("agent.two-answers", async (operator) => {
    const accepted = [];
    const params = { message: "twice", sessionKey: "twofold", idempotencyKey: "agent-run-1" };
    const result = await operator.request("agent", params, { expectFinal: true, onAccepted: (payload) => accepted.push(payload) });
    same(accepted.map(({ runId, status }) => [runId, status]), [["agent-run-1", "accepted"]], "first answer");
    expect(Number.isSafeInteger(accepted[0].acceptedAt), "acceptedAt");
    completed(result, "agent-run-1", "echo: twice");
    same((await ended(operator, "agent-run-1")).state, "final", "chat event");
    const again = await operator.request("agent", params, { expectFinal: true });
    same([again.runId, again.status, provider.requests.length], ["agent-run-1", "ok", 1], "the same key again");
  });

  await agentTest("agent.without-expectFinal-resolves-at-once", async (operator) => {
    const first = await operator.request("agent", { message: "hold the answer", sessionKey: "twofold", idempotencyKey: "agent-run-2" });
    same([first.runId, first.status], ["agent-run-2", "accepted"], "answer");
    same((await operator.request("agent.wait", { runId: "agent-run-2", timeoutMs: 1 })).status, "timeout", "agent.wait before the end");
    const waiting = operator.request("agent.wait", { runId: "agent-run-2", timeoutMs: 9_000 });
    await until("the model to be asked", () => provider.held > 0);
    provider.release();
    const waited = await waiting;
    same([waited.runId, waited.status], ["agent-run-2", "ok"], "agent.wait");
    shaped(waited, { startedAt: "int", endedAt: "int" }, "agent.wait");
  });

  await agentTest("agent.failure-and-refusals", async (operator) => {
    const error = await operator.request("agent", { message: "fail 400", idempotencyKey: "agent-run-3" }, { expectFinal: true }).then(() => null, (e) => e);
    same(error?.gatewayCode, "UNAVAILABLE", `failure: ${error?.message}`);
    const waited = await operator.request("agent.wait", { runId: "agent-run-3" });
    same([waited.status, typeof waited.error], ["error", "string"], "agent.wait");
    const unknown = await operator.refusal("agent", { message: "hi", agentId: "nobody", idempotencyKey: "agent-run-4" });
    expect(unknown.gatewayCode === "INVALID_REQUEST" && unknown.message.includes("nobody"), `unknown agent: ${unknown.message}`);
  });
}

async function profiles(agentTest) {
  await agentTest("agents.list-and-identity", async (operator) => {
    const list = await operator.request("agents.list", {});
    conforms("AgentsListResult", list);
    same([list.defaultId, list.mainKey, list.scope, list.agents.map((a) => a.id)], ["main", "main", "per-sender", ["main"]], "list");
    const identity = await operator.request("agent.identity.get", { sessionKey: "main" });
    conforms("AgentIdentityResult", identity);
    same(identity.agentId, "main", "agentId");
  });

  await agentTest("agents.create-update-delete", async (operator) => {
    const created = await operator.request("agents.create", { name: "Second", workspace: "second", emoji: "🦊" });
    conforms("AgentsCreateResult", created);
    same([created.agentId, created.name], ["second", "Second"], "created");
    conforms("AgentsUpdateResult", await operator.request("agents.update", { agentId: "second", name: "Two" }));
    const row = (await operator.request("agents.list", {})).agents.find((a) => a.id === "second");
    expect(row.name === "Two" || row.identity.name === "Two", `row: ${JSON.stringify(row)}`);
    same((await converse(operator, "agent:second:main", "who?")).last.agentId, "second", "it answers for itself");
    const deleted = await operator.request("agents.delete", { agentId: "second" });
    conforms("AgentsDeleteResult", deleted);
    same((await operator.request("agents.list", {})).agents.map((a) => a.id), ["main"], "list afterwards");
    same((await operator.refusal("agents.delete", { agentId: "main" })).gatewayCode, "INVALID_REQUEST", "the default agent");
  });

  await agentTest("agents.files", async (operator) => {
    const list = await operator.request("agents.files.list", { agentId: "main" });
    conforms("AgentsFilesListResult", list);
    for (const name of ["AGENTS.md", "SOUL.md", "TOOLS.md", "IDENTITY.md", "USER.md", "HEARTBEAT.md", "MEMORY.md"]) {
      expect(list.files.some((file) => file.name === name), `${name} is not listed`);
    }
    const set = await operator.request("agents.files.set", { agentId: "main", name: "SOUL.md", content: "# Kind\n" });
    conforms("AgentsFilesSetResult", set);
    const got = await operator.request("agents.files.get", { agentId: "main", name: "SOUL.md" });
    conforms("AgentsFilesGetResult", got);
    same([got.file.content, got.file.missing, got.file.size], ["# Kind\n", false, 7], "file");
    await operator.request("agents.files.set", { agentId: "main", name: "IDENTITY.md", content: "- Name: Nova\n" });
    const identity = await operator.request("agent.identity.get", { agentId: "main" });
    conforms("AgentIdentityResult", identity);
    same([identity.name, identity.nameSource], ["Nova", "workspace"], "the name it gave itself");
    for (const name of ["../state.json", "/etc/passwd", "notes.txt"]) {
      same((await operator.refusal("agents.files.get", { agentId: "main", name })).gatewayCode, "INVALID_REQUEST", name);
    }
  });
}

async function catalogues(agentTest) {
  await agentTest("models.list", async (operator) => {
    const list = await operator.request("models.list", {});
    conforms("ModelsListResult", list);
    const echo = list.models.find((m) => m.provider === "fake" && m.id === "echo-1");
    same([echo.name, echo.contextWindow, echo.reasoning, echo.input], ["Echo", 32_000, false, ["text"]], "configured model");
    const all = await operator.request("models.list", { view: "all" });
    conforms("ModelsListResult", all);
    expect(all.models.length > list.models.length, "the whole catalogue is not longer");
  });

  await agentTest("models.auth", async (operator) => {
    const status = await operator.request("models.authStatus", {});
    shaped(status, { ts: "int", providers: "array" }, "models.authStatus");
    for (const row of status.providers) shaped(row, { provider: "string", displayName: "string", status: "string", profiles: "array" }, `status of ${row.provider}`);
    const probe = await operator.request("models.probe", { provider: "fake" });
    conforms("ModelsProbeResult", probe);
    same(probe.status, "ok", "probe");
    const apiKey = "sk-conformance-0123456789";
    const known = async () => (await operator.request("models.authStatus", {})).providers.find((row) => row.provider === "openai");
    same([(await known()).status, (await known()).profiles], ["missing", []], "before");
    const login = await operator.request("models.authLogin", { provider: "openai", apiKey });
    same([login.ok, login.provider, JSON.stringify(login).includes(apiKey)], [true, "openai", false], "login");
    const row = await known();
    same([row.status, row.profiles.length, JSON.stringify(row).includes(apiKey)], ["ok", 1, false], "with a key");
    const logout = await operator.request("models.authLogout", { provider: "openai" });
    same([logout.provider, logout.removedProfiles.length, (await known()).status], ["openai", 1, "missing"], "logout");
  });

  await agentTest("commands.list", async (operator) => {
    const list = await operator.request("commands.list", {});
    conforms("CommandsListResult", list);
    for (const name of ["help", "status", "model", "new", "stop", "usage", "pair"]) {
      expect(list.commands.some((c) => c.name === name || c.textAliases?.includes(`/${name}`)), `/${name} is not listed`);
    }
  });

  await agentTest("lists-of-nothing", async (operator) => {
    conforms("QuestionListResult", await operator.request("question.list", {}));
    for (const method of ["plugin.approval.list", "openclaw.approval.list"]) same(await operator.request(method, {}), [], method);
  });
}

async function tools(agentTest) {
  await agentTest("tools.catalog-and-effective", async (operator) => {
    const catalog = await operator.request("tools.catalog", {});
    conforms("ToolsCatalogResult", catalog);
    const effective = await operator.request("tools.effective", { sessionKey: "main" });
    conforms("ToolsEffectiveResult", effective);
    const names = ({ groups }) => groups.flatMap((group) => group.tools.map((tool) => tool.id)).sort();
    for (const tool of ["read", "write", "edit", "list", "search", "exec", "web_fetch"]) expect(names(catalog).includes(tool), `${tool} is not there`);
    same(names(effective), names(catalog), "an agent without rules gets every tool");
  });

  await agentTest("tools.invoke", async (operator) => {
    const invoked = await operator.request("tools.invoke", { name: "list", args: { path: "." }, sessionKey: "main" });
    conforms("ToolsInvokeResult", invoked);
    same([invoked.ok, invoked.toolName, invoked.output.content[0].type], [true, "list", "text"], "result");
    const unknown = await operator.request("tools.invoke", { name: "no_such_tool", sessionKey: "main" });
    conforms("ToolsInvokeResult", unknown);
    same([unknown.ok, unknown.error.code], [false, "not_found"], "unknown tool");
    const outside = await operator.request("tools.invoke", { name: "read", args: { path: "../../etc/passwd" }, sessionKey: "main" });
    same([outside.ok, outside.output], [false, undefined], "a path outside of the workspace");
  });

  await agentTest("tools.invoke-needs-admin-for-commands", async (_, url) => {
    const writer = await Operator.connect({ url, token: TOKEN, scopes: ["operator.read", "operator.write"] });
    const refused = await writer.request("tools.invoke", { name: "exec", args: { argv: ["true"] }, sessionKey: "main" });
    conforms("ToolsInvokeResult", refused);
    same([refused.ok, refused.error.code], [false, "forbidden"], "exec with operator.write");
  });
}

const TOKENS = { input: "int", output: "int", cacheRead: "int", cacheWrite: "int", totalTokens: "int", missingCostEntries: "int" };

async function usage(agentTest) {
  await agentTest("usage.status-and-cost", async (operator) => {
    for (const method of ["usage.status", "usage"]) {
      shaped(await operator.request(method, {}), { updatedAt: "int", providers: "array" }, method);
    }
    const cost = await operator.request("usage.cost", { days: 7 });
    shaped(cost, { updatedAt: "int", days: "int", daily: "array", totals: "object" }, "usage.cost");
    shaped(cost.totals, TOKENS, "totals");
    for (const day of cost.daily) shaped(day, { date: "string", ...TOKENS }, `day ${day.date}`);
    expect(cost.totals.output > 0 && cost.totals.totalCost > 0 && cost.totals.missingCostEntries === 0, `totals: ${JSON.stringify(cost.totals)}`);
  });

  await agentTest("usage.override-is-for-admins", async (_, url) => {
    const writer = await Operator.connect({ url, token: TOKEN, scopes: ["operator.read", "operator.write"] });
    const error = await writer.refusal("usage.override", { agentId: "main", forMs: 1_000 });
    same([error.gatewayCode, error.message], ["FORBIDDEN", "missing scope: operator.admin"], "with operator.write");
  });
}
