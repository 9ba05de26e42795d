//! Checks messages against the TypeScript models: with the compiler, and with quicktype's run-time checks.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRequire } from "node:module";
import ts from "typescript";
import { quicktype } from "./generate.mjs";

const require = createRequire(import.meta.url);

/** Compiles each message as a literal of its type; resolves with the compiler's complaints. */
export async function typeErrors(models, messages) {
  const folder = mkdtempSync(join(tmpdir(), "postern-types-"));
  try {
    const lines = messages.map(({ type, value }, index) => `export const m${index}: models.${type} = ${JSON.stringify(value)};`);
    writeFileSync(join(folder, "models.ts"), models);
    writeFileSync(join(folder, "messages.ts"), `import type * as models from "./models";\n${lines.join("\n")}\n`);
    const program = ts.createProgram([join(folder, "messages.ts")], { strict: true, noEmit: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2022 });
    return ts.getPreEmitDiagnostics(program).map(describe);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function describe({ file, start, messageText }) {
  const text = ts.flattenDiagnosticMessageText(messageText, " ").slice(0, 300);
  if (!file) return text;
  const line = file.text.slice(0, start).split("\n").length - 1;
  return `${/models\.(\w+)/.exec(file.text.split("\n")[line])?.[1] ?? file.fileName}: ${text}`;
}

/** Resolves with a check by type name that throws when quicktype's generated reader refuses the value. */
export async function runtimeChecks(definitions) {
  const folder = mkdtempSync(join(tmpdir(), "postern-reader-"));
  try {
    const path = join(folder, "reader.cjs");
    writeFileSync(path, quicktype(definitions, ["--lang", "javascript", "--runtime-typecheck", "--acronym-style", "original"]));
    const readers = require(path);
    return (type, value) => {
      const read = readers[`to${type}`];
      if (!read) throw new Error(`quicktype made no reader for ${type}`);
      try {
        read(JSON.stringify(value));
      } catch (error) {
        throw new Error(`${type}: ${error.message ?? error}`);
      }
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
