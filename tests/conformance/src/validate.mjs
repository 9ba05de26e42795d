//! The official validators (protocol package, TypeBox) over everything the gateway sends, and the small extra rules of our own.
import * as schemas from "@openclaw/gateway-protocol/schema";
import { Compile } from "typebox/compile";

const compiled = new Map();

/**
 * Keys that servers newer than the published protocol package send. Clients ignore them; the package's closed schemas
 * do not know them yet, so exactly these are taken out before validation. Anything else that is extra fails.
 */
const LATER_KEYS = {
  // Servers say whose run it is; the Control UI reads it there.
  AgentEvent: ["sessionKey", "sessionId", "agentId"],
  HelloOk: ["controlUiUrl", "controlUiLinkReaders", "auth.method", "snapshot.presence[].clientId"],
  PresenceEntry: ["clientId"],
};

/**
 * What this gateway tells beside the official answers, for its own page: its updates are files of its own, its log says
 * which file a cursor is of, its settings which of them wait for a restart. Official clients pass over it.
 */
const UPDATE_KEYS = [
  ...["current", "previousVersion", "mode", "unavailable", "url", "channel", "auto", "hold", "holdUntilMs"],
  ...["lastCheckedAtMs", "lastCheckError", "phase", "lastResult"],
];
const OFFER_KEYS = ["notes", "publishedAtMs", "sizeBytes"];
const OWN_KEYS = {
  ConfigSchemaResponse: ["uiHints.*.restart"],
  LogsTailResult: ["mark"],
  UpdateAvailable: OFFER_KEYS,
  UpdateHoldResult: ["sentinel", "updateAvailable", ...UPDATE_KEYS],
  UpdateStatusResult: [...UPDATE_KEYS, ...OFFER_KEYS.map((key) => `updateAvailable.${key}`)],
};

/** A copy of `value` without the keys above, as the official schema `name` has it. */
export function official(name, value) {
  const known = structuredClone(value);
  for (const path of [...(LATER_KEYS[name] ?? []), ...(OWN_KEYS[name] ?? [])]) remove(known, path.split("."));
  return known;
}

/** Throws unless `value` matches the official schema `name` (without the `Schema` suffix). */
export function conforms(name, value, where = name) {
  if (!compiled.has(name)) {
    const schema = schemas[`${name}Schema`];
    if (!schema) throw new Error(`the protocol package exports no ${name}Schema`);
    compiled.set(name, Compile(schema));
  }
  const known = official(name, value);
  const check = compiled.get(name);
  if (check.Check(known)) return;
  const problems = check.Errors(known).slice(0, 3).map((e) => `${e.instancePath || "/"} ${e.message} ${JSON.stringify(e.params ?? {})}`);
  throw new Error(`${where} does not match ${name}: ${problems.join("; ")}`);
}

function remove(value, [head, ...rest]) {
  const key = head.replace("[]", "");
  if (value === null || typeof value !== "object") return;
  if (head === "*") Object.values(value).forEach((item) => remove(item, rest));
  else if (rest.length === 0) delete value[key];
  else if (head.endsWith("[]")) (value[key] ?? []).forEach((item) => remove(item, rest));
  else remove(value[key], rest);
}

/** Schemas of the event payloads a core gateway sends. */
const EVENT_PAYLOADS = {
  chat: "ChatEvent",
  agent: "AgentEvent",
  "session.operation": "SessionOperationEvent",
  tick: "TickEvent",
  shutdown: "ShutdownEvent",
  "node.invoke.input": "NodeInvokeInputEvent",
  "node.invoke.request": "NodeInvokeRequestEvent",
  "device.pair.requested": "DevicePairRequestedEvent",
  "device.pair.resolved": "DevicePairResolvedEvent",
  "device.pair.setup.completed": "DevicePairSetupCompletedEvent",
  "device.pair.setup.deliveryUncertain": "DevicePairSetupCompletedEvent",
};

/** Schemas of results. Methods without one are looked at by `RESULT_PARTS` and their cases. */
const RESULTS = {
  "agent.identity.get": "AgentIdentityResult",
  "agents.create": "AgentsCreateResult",
  "agents.delete": "AgentsDeleteResult",
  "agents.files.get": "AgentsFilesGetResult",
  "agents.files.list": "AgentsFilesListResult",
  "agents.files.set": "AgentsFilesSetResult",
  "agents.list": "AgentsListResult",
  "agents.update": "AgentsUpdateResult",
  "chat.message.get": "ChatMessageGetResult",
  "commands.list": "CommandsListResult",
  "config.schema": "ConfigSchemaResponse",
  "config.schema.lookup": "ConfigSchemaLookupResult",
  "environments.list": "EnvironmentsListResult",
  "environments.status": "EnvironmentsStatusResult",
  "exec.approvals.get": "ExecApprovalsSnapshot",
  "exec.approvals.node.get": "ExecApprovalsNodeSnapshot",
  "exec.approvals.node.set": "ExecApprovalsNodeSnapshot",
  "exec.approvals.set": "ExecApprovalsSnapshot",
  "logs.tail": "LogsTailResult",
  "models.list": "ModelsListResult",
  "models.probe": "ModelsProbeResult",
  "node.event": "NodeEventResult",
  "node.pending.drain": "NodePendingDrainResult",
  "node.pending.enqueue": "NodePendingEnqueueResult",
  "question.list": "QuestionListResult",
  "sessions.create": "SessionsCreateResult",
  "sessions.delete": "SessionsDeleteResult",
  "sessions.groups.list": "SessionsGroupsListResult",
  "sessions.observer.visibility": "SessionsObserverVisibilityResult",
  "sessions.patchMany": "SessionsPatchManyResult",
  "sessions.recover": "SessionsRecoverResult",
  "sessions.resolve": "SessionsResolveResult",
  "sessions.search": "SessionsSearchResult",
  "sessions.viewers.set": "SessionsViewerPresenceSetResult",
  "tools.catalog": "ToolsCatalogResult",
  "tools.effective": "ToolsEffectiveResult",
  "tools.invoke": "ToolsInvokeResult",
  "update.check": "UpdateStatusResult",
  "update.hold": "UpdateHoldResult",
  "update.status": "UpdateStatusResult",
  "wizard.cancel": "WizardStatusResult",
  "wizard.next": "WizardNextResult",
  "wizard.start": "WizardStartResult",
  "wizard.status": "WizardStatusResult",
};

/** Checks of results that have a schema for their parts alone. */
const RESULT_PARTS = {
  "chat.history": history,
  "chat.startup": history,
  "chat.metadata": metadata,
  "sessions.describe": ({ session }) => session === null || sessionRow(session, "sessions.describe"),
  "sessions.get": ({ messages }) => messages.forEach((message) => chatMessage(message, "sessions.get")),
  "sessions.list": ({ sessions }) => sessions.forEach((row) => sessionRow(row, "sessions.list")),
  "sessions.messages.subscribe": ({ approvalReplay }) => approvalReplay && conforms("SessionApprovalReplay", approvalReplay),
};

/** Checks of events that have a schema for their parts alone. */
const EVENT_PARTS = {
  chat: ({ message }) => message && chatMessage(message, "chat event"),
  "sessions.changed": ({ session }) => session && sessionRow(session, "sessions.changed"),
  "session.message": ({ session, message }) => {
    sessionRow(session, "session.message");
    chatMessage(message, "session.message");
  },
  presence: ({ presence }) => presenceList(presence, "presence event"),
  health: healthObject,
  "config.changed": (payload) => shaped(payload, { path: "string", hash: "string", ts: "int" }, "config.changed"),
  "update.available": ({ updateAvailable }) => updateAvailable && conforms("UpdateAvailable", updateAvailable),
};

/** A result of protocol 4, as far as there is a schema for it. */
export function conformingResult(method, result) {
  if (RESULTS[method]) conforms(RESULTS[method], result, `result of ${method}`);
  RESULT_PARTS[method]?.(result);
}

function history(result) {
  if (result.kind === "reset") return conforms("ChatHistoryResetResult", result);
  if (result.kind === "delta") conforms("ChatHistoryDeltaResult", result);
  else shaped(result, { sessionKey: "string", messages: "array", hasMore: "boolean", totalMessages: "int", pendingInputs: "object" }, "chat.history");
  conforms("ChatPendingInputsPage", result.pendingInputs, "pendingInputs");
  result.messages.forEach((message) => chatMessage(message, "chat.history"));
  if (result.sessionInfo) sessionRow(result.sessionInfo, "sessionInfo");
  if (result.agentsList) conforms("AgentsListResult", result.agentsList, "agentsList");
  if (result.metadata) metadata(result.metadata);
}

function metadata({ models, commands }) {
  conforms("ModelsListResult", { models }, "metadata.models");
  conforms("CommandsListResult", { commands }, "metadata.commands");
}

/** A row of the list of sessions: the official one, and what the Control UI reads beside it. */
export function sessionRow(row, where) {
  conforms("SessionRow", row, where);
  shaped(row, { agentId: "string", hasActiveRun: "boolean", activeRunIds: "array", thinkingLevels: "array", thinkingOptions: "array" }, where);
}

const ROLES = ["user", "assistant", "toolResult", "system"];
const BLOCKS = ["text", "thinking", "toolCall", "image"];

/** A message as it is kept: there is no schema for it, so this is what every client reads. */
export function chatMessage(message, where) {
  expect(ROLES.includes(message.role), `${where}: role ${message.role}`);
  expect(Number.isSafeInteger(message.timestamp) && message.timestamp > 0, `${where}: timestamp ${message.timestamp}`);
  for (const block of message.content) expect(BLOCKS.includes(block.type), `${where}: block ${JSON.stringify(block)}`);
  const place = message.__openclaw;
  if (place) shaped(place, { id: "string", seq: "int", "recordTimestampMs?": "int", "runId?": "string" }, `${where}.__openclaw`);
}

/** A protocol 4 frame from the gateway: the closed envelope, and the payload where a schema exists. */
export function conformingFrame(frame, request) {
  if (frame.type === "res") {
    conforms("ResponseFrame", frame, `answer ${frame.id}`);
    if (frame.ok === (frame.error !== undefined)) throw new Error(`answer ${frame.id}: error must be there exactly when ok is false`);
    if (frame.ok && request) conformingResult(request.method, frame.payload);
    return;
  }
  conforms("EventFrame", frame, `event ${frame.event}`);
  const schema = EVENT_PAYLOADS[frame.event];
  if (schema) conforms(schema, frame.payload, `event ${frame.event} payload`);
  EVENT_PARTS[frame.event]?.(frame.payload ?? {});
  if (frame.event === "presence" && !frame.stateVersion) throw new Error("presence event without stateVersion");
}

/** An array of presence entries, each valid. */
export function presenceList(list, where) {
  if (!Array.isArray(list)) throw new Error(`${where}: not an array of presence entries`);
  list.forEach((entry, index) => conforms("PresenceEntry", entry, `${where}[${index}]`));
}

/** The health object: the official snapshot schema, plus the fields that older native apps cannot decode without. */
export function healthObject(health) {
  conforms("Snapshot", { presence: [], health, stateVersion: { presence: 0, health: 0 }, uptimeMs: 0 }, "health");
  for (const key of ["ok", "ts", "durationMs", "channels", "channelOrder", "channelLabels", "heartbeatSeconds", "defaultAgentId", "agents", "sessions"]) {
    if (health[key] === undefined) throw new Error(`health.${key} is missing`);
  }
}

/** Throws with `what` unless the condition holds. */
export function expect(condition, what) {
  if (!condition) throw new Error(what);
}

/** Throws unless both values are equal as JSON. */
export function same(actual, wanted, what) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(wanted)];
  expect(a === b, `${what}: ${a}, expected ${b}`);
}

/** Throws unless both lists hold the same strings, in any order. */
export function sameSet(actual, wanted, what) {
  same([...(actual ?? [])].sort(), [...wanted].sort(), what);
}

/** Throws unless `object` holds the keys with the given JSON types (`string`, `int`, `array`, `object`, `boolean`). */
export function shaped(object, types, where) {
  expect(object !== null && typeof object === "object", `${where} is not an object: ${JSON.stringify(object)}`);
  for (const [key, type] of Object.entries(types)) {
    const value = object[key.replace("?", "")];
    if (value === undefined && key.endsWith("?")) continue;
    const found = Array.isArray(value) ? "array" : Number.isSafeInteger(value) ? "int" : value === null ? "null" : typeof value;
    expect(found === type, `${where}.${key} is ${found}, expected ${type}`);
  }
}
