// Writes src/pages/about/licences.json: what the program is made of, with the texts that its licences ask to pass on.
// Everything is read from the packages themselves: npm's lock file and folders, and what `cargo metadata` knows.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const OUTPUT = here('../src/pages/about/licences.json');
const UI = here('..');
const ROOT = here('../..');
/** What is built from this repository; a package that is not there (yet) is no mistake. */
const PROGRAMS = ['postern', 'postern-desktop'];

/**
 * @typedef {{name: string, version: string, licence: string, kind: 'rust' | 'npm', folder: string}} Found
 * @typedef {{name: string, version: string, licence: string, kind: 'rust' | 'npm', notice?: string, text?: number}} Listed
 */

/** @returns {Found[]} */
function npmPackages() {
  const lock = JSON.parse(readFileSync(join(UI, 'package-lock.json'), 'utf8'));
  return Object.entries(lock.packages)
    .filter(([path, of]) => path !== '' && !of.dev && !of.devOptional && !of.optional)
    .map(([path, of]) => {
      const folder = join(UI, path);
      const own = existsSync(join(folder, 'package.json'))
        ? JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
        : {};
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return {
        name,
        version: of.version,
        licence: of.license ?? own.license ?? 'unknown',
        kind: /** @type {const} */ ('npm'),
        folder,
      };
    });
}

/** Crates that end up in a binary: neither tests nor build scripts nor macros do. @returns {Found[]} */
function crates() {
  const output = execFileSync('cargo', ['metadata', '--format-version', '1', '--locked'], {
    cwd: ROOT,
    maxBuffer: 256 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { packages, resolve, workspace_members: members } = JSON.parse(output.toString());
  const byId = new Map(packages.map((/** @type {{id: string}} */ of) => [of.id, of]));
  const nodes = new Map(resolve.nodes.map((/** @type {{id: string}} */ node) => [node.id, node]));
  const own = new Set(members);
  const seen = new Set();
  const queue = members.filter((/** @type {string} */ id) => PROGRAMS.includes(byId.get(id)?.name));
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    for (const dep of nodes.get(id)?.deps ?? []) {
      const isShipped = dep.dep_kinds.some((/** @type {{kind: string | null}} */ of) => of.kind === null);
      const isMacro = byId
        .get(dep.pkg)
        .targets.some((/** @type {{kind: string[]}} */ of) => of.kind.includes('proc-macro'));
      if (isShipped && !isMacro) queue.push(dep.pkg);
    }
  }
  return [...seen]
    .filter((id) => !own.has(id))
    .map((id) => {
      const of = byId.get(id);
      const folder = of.manifest_path.replace(/[\\/]Cargo\.toml$/, '');
      return {
        name: of.name,
        version: of.version,
        licence: of.license ?? 'unknown',
        kind: /** @type {const} */ ('rust'),
        folder,
      };
    });
}

const FILE = /^(licen[cs]e|copying|unlicense)/i;

/** Where several are offered, the shortest duty: MIT. @param {Found} of @returns {string | undefined} */
function licenceText(of) {
  if (!existsSync(of.folder)) return undefined;
  // A link that was packed as text ("../LICENSE-MIT") is no licence.
  const isText = (/** @type {string} */ path) => statSync(path).isFile() && statSync(path).size > 100;
  const files = readdirSync(of.folder).filter((name) => FILE.test(name) && isText(join(of.folder, name)));
  const rank = (/** @type {string} */ name) =>
    /mit/i.test(name) ? 0 : /apache|unlicense|zlib|boost/i.test(name) ? 2 : 1;
  const [file] = files.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  return file === undefined ? undefined : readFileSync(join(of.folder, file), 'utf8');
}

const NOTICE = /^\s*(?:copyright\b|\(c\)|©)(?! (?:notice|holders?|owner|license|statement|law)\b).*$/i;
const TITLE = /^\s*(?:the )?mit licen[cs]e(?: \(mit\))?:?\s*$/i;

/**
 * A licence's text without who holds the copyright, so that the same text is kept once.
 * @param {string} text
 */
export function split(text) {
  const lines = text.replaceAll('\r', '').split('\n');
  // The Apache licence has a sample notice far below; only what stands at the beginning is one.
  const isNotice = (/** @type {string} */ line, /** @type {number} */ at) => at < 12 && NOTICE.test(line);
  const notice = lines.filter(isNotice).map((line) => line.trim());
  const rest = lines
    .filter((line, at) => !isNotice(line, at) && !TITLE.test(line))
    .map((line) => line.trimEnd());
  return {
    notice: notice.join('\n'),
    rest: rest
      .join('\n')
      .replaceAll(/\n{3,}/g, '\n\n')
      .trim(),
  };
}

/** @param {Found[]} found */
export function compile(found) {
  /** @type {string[]} */
  const texts = [];
  /** @type {Map<string, number>} */
  const known = new Map();
  /** @type {Map<string, Listed>} */
  const listed = new Map();
  for (const of of found) {
    const { name, version, licence, kind } = of;
    /** @type {Listed} */
    const row = { name, version, licence, kind };
    const whole = licenceText(of);
    if (whole !== undefined) {
      const { notice, rest } = split(whole);
      const key = rest.replaceAll(/[^\p{L}\p{N}]+/gu, ' ').toLowerCase();
      const index = known.get(key) ?? texts.push(rest) - 1;
      known.set(key, index);
      row.text = index;
      if (notice !== '') row.notice = notice;
    }
    listed.set(`${of.kind} ${of.name} ${of.version}`, row);
  }
  const packages = [...listed.values()].sort(
    (a, b) => a.name.localeCompare(b.name, 'en') || a.version.localeCompare(b.version, 'en'),
  );
  return { texts, packages };
}

function isFresh() {
  if (!existsSync(OUTPUT)) return false;
  const made = statSync(OUTPUT).mtimeMs;
  const from = [join(ROOT, 'Cargo.lock'), join(UI, 'package-lock.json'), fileURLToPath(import.meta.url)];
  return from.every((path) => statSync(path).mtimeMs < made);
}

function main() {
  if (isFresh() && !process.argv.includes('--force')) return;
  // Sorted first, so that the numbers of texts do not depend on the machine.
  const found = [...npmPackages(), ...crates()].sort((a, b) =>
    `${a.kind} ${a.name}`.localeCompare(`${b.kind} ${b.name}`, 'en'),
  );
  const result = compile(found);
  writeFileSync(OUTPUT, `${JSON.stringify(result)}\n`);
  const without = result.packages.filter((of) => of.text === undefined).length;
  console.log(
    `licences.json: ${result.packages.length} packages, ${result.texts.length} texts, ${without} without a text of their own`,
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) main();
