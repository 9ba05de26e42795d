// Writes what the gateway needs to serve the page without work of its own: a gzip form beside every file that
// gains by it, and a manifest with the hash of each. Reports the size of what a first visit loads.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { constants, gzipSync } from 'node:zlib';

const TEXT = /\.(html|js|css|svg|json|webmanifest|txt)$/;
/** Written last: who reads it finds every file that it lists. */
export const MANIFEST = 'manifest.txt';

/** @param {string} folder @returns {string[]} */
function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !path.endsWith('.gz') && path !== MANIFEST)
    .sort();
}

/**
 * Packs a built folder.
 * @param {string} folder
 */
export function pack(folder) {
  const files = filesIn(folder).map((path) => {
    const bytes = readFileSync(join(folder, path));
    const packedBytes = TEXT.test(path)
      ? gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION })
      : undefined;
    const gzip = packedBytes !== undefined && packedBytes.length < bytes.length * 0.9;
    if (gzip && packedBytes) writeFileSync(join(folder, `${path}.gz`), packedBytes);
    const sent = gzip && packedBytes ? packedBytes.length : bytes.length;
    return { path, etag: createHash('sha256').update(bytes).digest('hex'), gzip, size: bytes.length, sent };
  });
  const lines = files.map(({ path, etag, gzip }) => `${etag} ${gzip ? 'gzip' : 'plain'} ${path}\n`);
  writeFileSync(join(folder, MANIFEST), lines.join(''));
  return files;
}

/** @param {string} folder @param {{path: string, size: number, sent: number}[]} files */
function report(folder, files) {
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  const kilo = (/** @type {number} */ bytes) => `${(bytes / 1024).toFixed(1)} KB`.padStart(10);
  const first = files.filter((file) => page.includes(file.path) && file.path.endsWith('.js'));
  for (const file of files) console.log(`${kilo(file.size)} ${kilo(file.sent)} sent  ${file.path}`);
  const total = first.reduce((sum, file) => sum + file.sent, 0);
  console.log(`first screen, JavaScript: ${kilo(total).trim()} gzip`);
}

/** @returns {import('vite').Plugin} */
export function packed() {
  let folder = 'dist';
  return {
    name: 'packed',
    apply: 'build',
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir);
    },
    closeBundle: {
      order: 'post',
      sequential: true,
      handler() {
        report(folder, pack(folder));
      },
    },
  };
}
