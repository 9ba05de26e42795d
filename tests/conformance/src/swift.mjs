//! Reads the generated Swift with a real parser, and decodes JSON by it the way Codable would: field by field, by declared type.
import { createRequire } from "node:module";
import { Language, Parser } from "web-tree-sitter";

const resolve = createRequire(import.meta.url).resolve;

/** Parses `source`; resolves with the declared types, or throws at the first place the parser cannot read. */
export async function parseSwift(source) {
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load(resolve("tree-sitter-wasms/out/tree-sitter-swift.wasm")));
  const root = parser.parse(source).rootNode;
  if (root.hasError) throw new Error(`Swift syntax error at ${place(root)}`);
  const types = new Map();
  for (const node of root.namedChildren) declare(node, types);
  return new SwiftTypes(types);
}

function place(node) {
  if (node.type === "ERROR" || node.isMissing) return `line ${node.startPosition.row + 1}: ${node.text.slice(0, 60)}`;
  return place(node.children.find((child) => child.hasError || child.isMissing || child.type === "ERROR") ?? node.firstChild);
}

function declare(node, types) {
  const name = node.childForFieldName("name")?.text;
  const kind = node.childForFieldName("declaration_kind")?.text;
  if (node.type === "typealias_declaration") types.set(name, { kind: "alias", type: node.text.split("=")[1].trim() });
  else if (kind === "struct") types.set(name, { kind, fields: fieldsOf(node) });
  else if (kind === "enum") types.set(name, enumOf(node));
}

function fieldsOf(node) {
  const body = node.childForFieldName("body").namedChildren;
  const codingKeys = body.find((child) => child.childForFieldName("name")?.text === "CodingKeys");
  const keys = new Map(entries(codingKeys).map(({ name, raw }) => [name, raw]));
  return body
    .filter((child) => child.type === "property_declaration")
    .map((child) => /let (\w+|`\w+`): (.+)$/s.exec(child.text))
    .map(([, name, type]) => ({ key: keys.get(name), type }));
}

function enumOf(node) {
  const cases = entries(node);
  if (cases.every((c) => c.raw !== undefined)) return { kind: "raw", values: cases.map((c) => c.raw) };
  return { kind: "union", types: cases.map((c) => c.type).filter(Boolean), nullable: cases.some((c) => c.name === "null") };
}

function entries(node) {
  return (node?.childForFieldName("body")?.namedChildren ?? [])
    .filter((child) => child.type === "enum_entry")
    .map((child) => {
      const [, name, type, raw] = /case (\w+|`\w+`)(?:\((.+)\))?(?: = "(.*)")?$/s.exec(child.text);
      return { name, type, raw };
    });
}

/** The types one Swift file declares. */
class SwiftTypes {
  #types;

  constructor(types) {
    this.#types = types;
  }

  has(name) {
    return this.#types.has(name);
  }

  get size() {
    return this.#types.size;
  }

  /** Throws unless `JSONDecoder` would read `value` as `type`. */
  decode(type, value, at = type) {
    if (type.endsWith("?")) return value === undefined || value === null || this.decode(type.slice(0, -1), value, at);
    const list = /^\[(\w+): (.+)\]$/.exec(type);
    if (list) return Object.entries(object(value, at)).every(([key, item]) => this.decode(list[2], item, `${at}.${key}`));
    if (type.startsWith("[")) return array(value, at).every((item, index) => this.decode(type.slice(1, -1), item, `${at}[${index}]`));
    const builtin = BUILTIN[type];
    if (builtin) return builtin(value) || refuse(`${at}: ${JSON.stringify(value)} is no ${type}`);
    return this.#named(type, value, at);
  }

  #named(name, value, at) {
    const type = this.#types.get(name) ?? refuse(`${at}: Swift type ${name} is not declared`);
    if (type.kind === "alias") return this.decode(type.type, value, at);
    if (type.kind === "raw") return type.values.includes(value) || refuse(`${at}: ${JSON.stringify(value)} is no case of ${name}`);
    if (type.kind === "union") return this.#union(type, name, value, at);
    const fields = object(value, at);
    return type.fields.every(({ key, type: field }) => this.decode(field, fields[key], `${at}.${key}`));
  }

  #union(type, name, value, at) {
    if (type.nullable && value === null) return true;
    return type.types.some((choice) => readable(() => this.decode(choice, value, at))) || refuse(`${at}: no case of ${name} takes ${JSON.stringify(value)}`);
  }
}

const BUILTIN = {
  Bool: (value) => typeof value === "boolean",
  Double: (value) => typeof value === "number",
  Int: (value) => Number.isSafeInteger(value),
  JSONAny: (value) => value !== undefined,
  JSONNull: (value) => value === null,
  String: (value) => typeof value === "string",
};

function object(value, at) {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : refuse(`${at}: ${JSON.stringify(value)} is no object`);
}

function array(value, at) {
  return Array.isArray(value) ? value : refuse(`${at}: ${JSON.stringify(value)} is no array`);
}

function readable(read) {
  try {
    return read();
  } catch {
    return false;
  }
}

function refuse(message) {
  throw new Error(message);
}
