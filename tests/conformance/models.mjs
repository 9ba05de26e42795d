//! Writes the generated Swift and TypeScript models: `node models.mjs [output folder]`, default `models/` of the repository.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { newerNode } from "./src/node.mjs";

const DEFAULT = fileURLToPath(new URL("../../models", import.meta.url));

if (newerNode() !== process.execPath) {
  // The generators need the same newer Node as the official packages.
  const again = spawnSync(newerNode(), [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  process.exit(again.status ?? 1);
}

const { generate } = await import("./src/generate.mjs");
const folder = process.argv[2] ?? DEFAULT;
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(await generate())) {
  writeFileSync(join(folder, name), text);
  console.log(`${join(folder, name)}: ${text.length} bytes`);
}
