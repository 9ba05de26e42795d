//! The official validators (protocol package, TypeBox) over everything the gateway sends, and the small extra rules of our own.
import * as official from "@openclaw/gateway-protocol/schema";
import { Compile } from "typebox/compile";

const compiled = new Map();

/**
 * Keys that servers newer than the published protocol package send. Clients ignore them; the package's closed schemas
 * do not know them yet, so exactly these are taken out before validation. Anything else that is extra fails.
 */
const LATER_KEYS = {
  HelloOk: ["controlUiUrl", "controlUiLinkReaders", "auth.method", "snapshot.presence[].clientId"],
  PresenceEntry: ["clientId"],
};

/** Throws unless `value` matches the official schema `name` (without the `Schema` suffix). */
export function conforms(name, value, where = name) {
  if (!compiled.has(name)) {
    const schema = official[`${name}Schema`];
    if (!schema) throw new Error(`the protocol package exports no ${name}Schema`);
    compiled.set(name, Compile(schema));
  }
  const known = structuredClone(value);
  for (const path of LATER_KEYS[name] ?? []) remove(known, path.split("."));
  const check = compiled.get(name);
  if (check.Check(known)) return;
  const problems = check.Errors(known).slice(0, 3).map((e) => `${e.instancePath || "/"} ${e.message} ${JSON.stringify(e.params ?? {})}`);
  throw new Error(`${where} does not match ${name}: ${problems.join("; ")}`);
}

function remove(value, [head, ...rest]) {
  const key = head.replace("[]", "");
  if (value === null || typeof value !== "object") return;
  if (rest.length === 0) delete value[key];
  else if (head.endsWith("[]")) (value[key] ?? []).forEach((item) => remove(item, rest));
  else remove(value[key], rest);
}

/** Schemas of the event payloads a core gateway sends. */
const EVENT_PAYLOADS = {
  tick: "TickEvent",
  shutdown: "ShutdownEvent",
  "device.pair.requested": "DevicePairRequestedEvent",
  "device.pair.resolved": "DevicePairResolvedEvent",
  "device.pair.setup.completed": "DevicePairSetupCompletedEvent",
  "device.pair.setup.deliveryUncertain": "DevicePairSetupCompletedEvent",
};

/** A protocol 4 frame from the gateway: the closed envelope, and the payload where a schema exists. */
export function conformingFrame(frame) {
  if (frame.type === "res") {
    conforms("ResponseFrame", frame, `answer ${frame.id}`);
    if (frame.ok === (frame.error !== undefined)) throw new Error(`answer ${frame.id}: error must be there exactly when ok is false`);
    return;
  }
  conforms("EventFrame", frame, `event ${frame.event}`);
  const schema = EVENT_PAYLOADS[frame.event];
  if (schema) conforms(schema, frame.payload, `event ${frame.event} payload`);
  if (frame.event === "presence") {
    presenceList(frame.payload?.presence, "presence event");
    if (!frame.stateVersion) throw new Error("presence event without stateVersion");
  }
  if (frame.event === "health") healthObject(frame.payload);
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
