//! The generated Swift and TypeScript models: up to date, well formed, and able to read what the gateway sent in this run.
import { readFileSync } from "node:fs";
import Ajv from "ajv";
import { generate, protocol } from "../generate.mjs";
import { runtimeChecks, typeErrors } from "../typescript.mjs";
import { test } from "../suite.mjs";
import { parseSwift } from "../swift.mjs";
import { sockets } from "../tap.mjs";
import { expect, same } from "../validate.mjs";

const committed = (name) => readFileSync(new URL(`../../../../models/${name}`, import.meta.url), "utf8");

export async function models() {
  await test("models.no-drift", async () => {
    for (const [name, text] of Object.entries(await generate())) {
      expect(committed(name) === text, `models/${name} is not what schemas/ gives now: run scripts/models.sh`);
    }
  });

  await test("models.json-schema-accepts-the-session", async () => {
    const ajv = new Ajv({ strict: false, validateFormats: false }).addSchema({ $id: "wire", definitions: protocol().definitions });
    const check = (type, value) => {
      const validate = ajv.getSchema(`wire#/definitions/${type}`);
      if (!validate(value)) throw new Error(`${type}: ${ajv.errorsText(validate.errors)}`);
    };
    const seen = [...messages(), ...requests()];
    for (const { type, value } of seen) check(type, value);
    expect(withoutOneKey(seen).some(({ type, value }) => !decodes(() => check(type, value))), "no message with a missing key was refused");
    return `${seen.length} messages`;
  });

  await test("models.swift-parses", async () => {
    const types = await parseSwift(committed("postern.swift"));
    for (const name of ["HelloOk", "RequestFrame", "ResponseFrame", "EventFrame", "GatewayFrame"]) expect(types.has(name), `${name} is not declared`);
    return `${types.size} types`;
  });

  await test("models.swift-decodes-the-session", async () => {
    const types = await parseSwift(committed("postern.swift"));
    const seen = messages();
    for (const { type, value } of seen) types.decode(swiftType(types, type), value, type);
    const refused = withoutOneKey(seen).filter(({ type, value }) => !decodes(() => types.decode(swiftType(types, type), value)));
    expect(refused.length > 0, "no message with a missing key was refused");
    return `${seen.length} messages, ${refused.length} damaged ones refused`;
  });

  await test("models.runtime-checks-decode-the-session", async () => {
    const check = await runtimeChecks(protocol().definitions);
    const seen = messages();
    for (const { type, value } of seen) check(type, value);
    expect(withoutOneKey(seen).some(({ type, value }) => !decodes(() => check(type, value))), "no message with a missing key was refused");
  });

  await test("models.typescript-accepts-the-session", async () => {
    const seen = distinct(messages());
    same(await typeErrors(committed("postern.ts"), seen), [], "type errors");
    const damaged = distinct(withoutOneKey(seen));
    expect((await typeErrors(committed("postern.ts"), damaged)).length > 0, "no message with a missing key was refused");
    return `${seen.length} distinct shapes`;
  });
}

/** Every protocol 4 message of the run with the name of its type: frames, and payloads by method or event. */
function messages() {
  const { methods, events } = protocol();
  const results = new Map(methods.map((row) => [row.name, row.result]));
  const payloads = new Map(events.map((row) => [row.name, row.payload]));
  const list = [];
  for (const { protocol: version, frames, requests } of sockets) {
    if (version !== 4) continue;
    for (const frame of frames) {
      const method = requests.get(frame.id)?.method;
      const type = frame.type === "event" ? payloads.get(frame.event) : method === "connect" ? "HelloOk" : results.get(method);
      list.push({ type: frame.type === "event" ? "EventFrame" : "ResponseFrame", value: frame });
      if (frame.error) list.push({ type: "ErrorShape", value: frame.error });
      else if (type) list.push({ type, value: frame.payload ?? null });
    }
  }
  expect(list.some(({ type }) => type === "HelloOk"), "no protocol 4 session was recorded");
  return list;
}

/** Every request the official client sent and got an answer to, with the params of methods whose params it knows. */
function requests() {
  const params = new Map(protocol().methods.map((row) => [row.name, row.params]));
  params.set("connect", "ConnectParams");
  const list = [];
  for (const socket of sockets.filter(({ protocol: version }) => version === 4)) {
    for (const request of socket.requests.values()) {
      const accepted = socket.frames.some((frame) => frame.id === request.id && frame.ok);
      list.push({ type: "RequestFrame", value: request });
      if (accepted && params.has(request.method)) list.push({ type: params.get(request.method), value: request.params ?? {} });
    }
  }
  return list;
}

/** The Swift type of a definition: its own, or the plain type for those that need none. */
function swiftType(types, name) {
  return types.has(name) ? name : plainType(types, protocol().definitions[name], name);
}

function plainType(types, schema, name) {
  const builtin = { string: "String", integer: "Int", number: "Double", boolean: "Bool" }[schema?.type];
  if (builtin) return builtin;
  if (schema?.$ref) return swiftType(types, schema.$ref.split("/").at(-1));
  if (schema?.type === "array") return `[${plainType(types, schema.items, name)}]`;
  const choices = (schema?.anyOf ?? schema?.allOf ?? []).filter((choice) => choice.type !== "null");
  expect(choices.length === 1, `models/postern.swift has no type for ${name}`);
  return `${plainType(types, choices[0], name)}${schema.anyOf ? "?" : ""}`;
}

/** Each object message once more, without its first key. */
function withoutOneKey(list) {
  return distinct(list)
    .filter(({ value }) => value !== null && typeof value === "object" && !Array.isArray(value) && Object.keys(value).length > 0)
    .map(({ type, value }) => ({ type, value: Object.fromEntries(Object.entries(value).slice(1)) }));
}

/** One message per type and shape (keys and kinds of values, to any depth). */
function distinct(list) {
  const byShape = new Map(list.map((message) => [`${message.type} ${shape(message.value)}`, message]));
  return [...byShape.values()];
}

function shape(value) {
  if (Array.isArray(value)) return `[${[...new Set(value.map(shape))].sort()}]`;
  if (value === null || typeof value !== "object") return value === null ? "null" : typeof value;
  return `{${Object.keys(value).sort().map((key) => `${key}:${shape(value[key])}`)}}`;
}

function decodes(read) {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}
