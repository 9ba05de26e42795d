//! Entry of the conformance run: finds the binary and a new enough Node, runs the cases there, compares with expected.jsonl.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { fetchLegacyPackage } from "./src/legacy-package.mjs";
import { newerNode } from "./src/node.mjs";

const ROOT = dirname(fileURLToPath(import.meta.url));
const EXPECTED = join(ROOT, "expected.jsonl");
const UPDATE = process.env.UPDATE === "1";
/** The whole run is ended after this long, in milliseconds. */
const RUN_MS = 600_000;

function gatewayBinary() {
  const name = process.platform === "win32" ? "postern.exe" : "postern";
  const path = resolve(process.env.POSTERN_BIN ?? join(ROOT, "..", "..", "target", "debug", name));
  return existsSync(path) ? path : fail(`no gateway binary at ${path}; build it with cargo build or set POSTERN_BIN`);
}

function fail(message) {
  console.error(`conformance: ${message}`);
  process.exit(2);
}

/** Passes an interruption on to the child, which removes its gateways before it ends. */
function endWithUs(child) {
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => child.kill("SIGTERM"));
}

function node() {
  try {
    return newerNode();
  } catch (error) {
    return fail(error.message);
  }
}

/** Runs the cases and resolves with their result lines in order. */
async function runCases(filter) {
  const child = spawn(node(), [join(ROOT, "src", "main.mjs"), ...filter], {
    cwd: ROOT,
    env: { ...process.env, POSTERN_BIN: gatewayBinary() },
    stdio: ["ignore", "pipe", process.env.VERBOSE === "1" ? "inherit" : "ignore"],
  });
  endWithUs(child);
  const deadline = setTimeout(() => child.kill("SIGTERM"), RUN_MS);
  const results = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{"case":')) continue;
    results.push(JSON.parse(line));
    console.log(line);
  }
  clearTimeout(deadline);
  const [code, signal] = child.exitCode === null && child.signalCode === null ? await once(child, "exit") : [child.exitCode, child.signalCode];
  if (code !== 0) fail(`the cases ended early (${signal ?? `exit code ${code}`}) after ${results.length}; run with VERBOSE=1`);
  return results;
}

function readExpected() {
  if (!existsSync(EXPECTED)) return [];
  return readFileSync(EXPECTED, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/** Differences to expected.jsonl: `worse` fails the run, `better` only asks for an update; `partial` runs miss cases on purpose. */
function compare(results, expected, partial) {
  const before = new Map(expected.map((e) => [e.case, e.ok]));
  const now = new Set(results.map((r) => r.case));
  const worse = results.filter((r) => !r.ok && before.get(r.case) !== false).map((r) => `${r.case} ${before.has(r.case) ? "passed before" : "is new"} and fails`);
  const vanished = partial ? [] : expected.filter((e) => !now.has(e.case)).map((e) => `${e.case} did not run`);
  const better = results.filter((r) => r.ok && before.get(r.case) !== true).map((r) => `${r.case} ${before.has(r.case) ? "passes now" : "is new"}`);
  return { worse: [...worse, ...vanished], better };
}

const filter = process.argv.slice(2);
try {
  fetchLegacyPackage();
} catch (error) {
  fail(`cannot fetch the protocol 3 client through npm: ${error.message}`);
}
const results = await runCases(filter);
const passed = results.filter((r) => r.ok).length;
let failed = false;

if (UPDATE && filter.length === 0) {
  writeFileSync(EXPECTED, results.map(({ case: name, ok }) => `${JSON.stringify({ case: name, ok })}\n`).join(""));
  console.log(`wrote ${EXPECTED}`);
} else {
  const { worse, better } = compare(results, readExpected(), filter.length > 0);
  if (better.length > 0) console.log(`better than expected.jsonl (update with UPDATE=1 npm test): ${better.join(", ")}`);
  for (const line of worse) console.log(`worse than expected.jsonl: ${line}`);
  failed = worse.length > 0 || results.length === 0;
}
console.log(`${passed} passed, ${results.length - passed} failed`);
process.exit(failed ? 1 : 0);
