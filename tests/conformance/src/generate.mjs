//! Generates the models from schemas/protocol.json: Swift by quicktype, TypeScript by json-schema-to-typescript.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";

const SCHEMAS = new URL("../../../schemas/", import.meta.url);
const QUICKTYPE = fileURLToPath(new URL("../node_modules/quicktype/dist/index.js", import.meta.url));
const DRAFT = "http://json-schema.org/draft-07/schema#";

const ORIGIN = "Wire types of the gateway protocol, generated from schemas/ by scripts/models.sh. Do not edit.";

/** The definitions under the names the models use, and the rows of the method and event tables with those names. */
export function protocol() {
  const read = (name) => JSON.parse(readFileSync(new URL(name, SCHEMAS), "utf8"));
  const { definitions } = read("protocol.json");
  const { methods, events } = read("methods.json");
  const renamed = JSON.parse(JSON.stringify(definitions).replace(/"#\/definitions\/(\w+)"/g, (_, name) => `"#/definitions/${camel(name)}"`));
  const named = Object.fromEntries(Object.entries(renamed).map(([name, schema]) => [camel(name), schema]));
  named.EventFrame = openEvent(named.EventFrame);
  return {
    definitions: named,
    methods: methods.map((row) => ({ ...row, params: camel(row.params), result: camel(row.result) })),
    events: events.map((row) => ({ ...row, payload: camel(row.payload) })),
  };
}

/** `Array_of_PresenceEntry` becomes `ArrayOfPresenceEntry`, which both languages keep as it is. */
function camel(name) {
  return name.replace(/_+(\w)/g, (_, letter) => letter.toUpperCase());
}

/** A client must read events that come after it: any name, and the payload by name from the event table. */
function openEvent({ allOf: _, ...frame }) {
  return { ...frame, properties: { ...frame.properties, event: { type: "string" } } };
}

/** File name and content of each generated model. */
export async function generate() {
  const wire = protocol();
  return { "postern.swift": swift(wire), "postern.ts": await typescript(wire) };
}

/** Runs quicktype over every definition, each as a type of its own: a union of frames would become one struct with everything optional. */
export function quicktype(definitions, args) {
  const folder = mkdtempSync(join(tmpdir(), "postern-models-"));
  try {
    const input = join(folder, "protocol.json");
    writeFileSync(input, JSON.stringify({ $schema: DRAFT, definitions }));
    const common = ["--src-lang", "schema", "--quiet", "--telemetry", "disable", "--no-date-times", "--no-uuids", "--no-integer-strings", "--no-boolean-strings"];
    execFileSync(process.execPath, [QUICKTYPE, ...common, ...args, "--out", join(folder, "out"), `${input}#/definitions/`]);
    return readFileSync(join(folder, "out"), "utf8");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function swift({ definitions }) {
  const text = quicktype(definitions, ["--lang", "swift", "--access-level", "public", "--no-initializers", "--acronym-style", "original"]);
  const body = text.slice(text.indexOf("import Foundation")).trimEnd();
  const choices = Object.entries(definitions).filter(([name]) => !declares(body, name)).map(([name, schema]) => swiftChoice(name, namesIn(schema)));
  const parts = [body, ...choices.filter(Boolean), SWIFT_FRAME];
  return `// ${ORIGIN}\n// Read a message as GatewayFrame; its payload has the type of the method or event.\n\n${parts.join("\n\n")}`;
}

function declares(body, name) {
  return new RegExp(`\\b(struct|enum|class|typealias) ${name}\\b`).test(body);
}

/** The definitions that a union chooses from; none when it also chooses from something else. */
function namesIn({ anyOf = [] }) {
  const names = anyOf.map((choice) => (choice.$ref ?? choice.allOf?.[0].$ref)?.split("/").at(-1));
  return names.every(Boolean) ? names : [];
}

/** An enum for a union that quicktype leaves out, because the types have nothing in common. */
function swiftChoice(name, types) {
  if (types.length < 2) return "";
  const cases = types.map((type) => [type[0].toLowerCase() + type.slice(1), type]);
  const declared = cases.map(([label, type]) => `    case ${label}(${type})`);
  const read = cases.map(([label, type]) => `        if let value = try? ${type}(from: decoder) {\n            self = .${label}(value)\n            return\n        }`);
  const written = cases.map(([label]) => `        case .${label}(let value):\n            try value.encode(to: encoder)`);
  return `// MARK: - ${name}

/// One of these; the first that can be read.
public enum ${name}: Codable {
${declared.join("\n")}

    public init(from decoder: Decoder) throws {
${read.join("\n")}
        throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "Not a ${name}"))
    }

    public func encode(to encoder: Encoder) throws {
        switch self {
${written.join("\n")}
        }
    }
}`;
}

/** Keywords that say what a value is. */
const TYPED = ["type", "$ref", "anyOf", "allOf", "oneOf", "enum", "const", "properties"];

/** The schema with every place for any value marked as such: the generator would take them for objects. */
function anything(schema) {
  if (schema === null || typeof schema !== "object") return schema;
  const copy = { ...schema };
  for (const key of ["items", "additionalProperties"]) if (key in copy) copy[key] = anything(copy[key]);
  for (const key of ["anyOf", "allOf", "oneOf"]) if (key in copy) copy[key] = copy[key].map(anything);
  if (copy.properties) copy.properties = mapped(copy.properties, anything);
  if (!TYPED.some((key) => key in copy)) copy.tsType = "unknown";
  return copy;
}

function mapped(object, change) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

async function typescript({ definitions, methods, events }) {
  const root = { $schema: DRAFT, title: "Unused", type: "object", additionalProperties: false, definitions: mapped(definitions, anything) };
  const text = await compile(root, "Unused", {
    additionalProperties: false,
    bannerComment: `// ${ORIGIN}`,
    style: { printWidth: 120 },
    unreachableDefinitions: true,
  });
  const types = text.replace(/export interface Unused \{\}\n+/, "").replace(REFERRED, "").replace(/\/\*\*\n \*\/\n/g, "").trimEnd();
  const calls = methods.map((row) => `  ${JSON.stringify(row.name)}: { params: ${row.params}; result: ${row.result} };`);
  const payloads = events.map((row) => `  ${JSON.stringify(row.name)}: ${row.payload};`);
  return [
    types,
    TYPESCRIPT_FRAME,
    `/** Params and result of each method. */\nexport interface Methods {\n${calls.join("\n")}\n}`,
    `/** Payload of each event. */\nexport interface Events {\n${payloads.join("\n")}\n}\n`,
  ].join("\n\n");
}

/** What the generator says about definitions that the root does not use. */
const REFERRED = /( \*\n)? \* This (interface|type) was referenced by `Unused`'s JSON-Schema\n \* via the `definition` "[^"]+"\.\n/g;

const TYPESCRIPT_FRAME = `/** One message of the wire, told apart by its type. */
export type GatewayFrame = RequestFrame | ResponseFrame | EventFrame;`;

const SWIFT_FRAME = `// MARK: - GatewayFrame

/// One message of the wire, told apart by its type. A type that this file does not know is kept as it came.
public enum GatewayFrame: Codable {
    case request(RequestFrame)
    case response(ResponseFrame)
    case event(EventFrame)
    case unknown(JSONAny)

    private enum Key: String, CodingKey {
        case type = "type"
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(String.self, forKey: .type) {
        case "req":
            self = .request(try RequestFrame(from: decoder))
        case "res":
            self = .response(try ResponseFrame(from: decoder))
        case "event":
            self = .event(try EventFrame(from: decoder))
        default:
            self = .unknown(try JSONAny(from: decoder))
        }
    }

    public func encode(to encoder: Encoder) throws {
        switch self {
        case .request(let frame):
            try frame.encode(to: encoder)
        case .response(let frame):
            try frame.encode(to: encoder)
        case .event(let frame):
            try frame.encode(to: encoder)
        case .unknown(let frame):
            try frame.encode(to: encoder)
        }
    }
}
`;
