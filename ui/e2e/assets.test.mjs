//! What the gateway serves is what was built, with the headers that lock the page down, and little of it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { TOKEN } from './gateway.mjs';
import { stage } from './stage.mjs';

const DIST = resolve(process.env.POSTERN_UI_ROOT ?? join(dirname(fileURLToPath(import.meta.url)), '../dist'));
/** JavaScript that the first screen may cost, compressed, in bytes. */
const BUDGET = 120 * 1024;
/** What all pages may weigh together, compressed, in bytes. */
const WHOLE_BUDGET = 500 * 1024;
/** Files that hardly become smaller by it come uncompressed. */
const SMALL = 2_048;

const { test } = stage();

test('every file is served as it was built', async ({ gateway }) => {
  const files = built(DIST).filter((path) => path !== 'index.html');
  assert.ok(files.length > 3, `${DIST} holds ${files.length} files`);
  for (const path of files) {
    const answer = await fetch(`${gateway.origin}/${path}`);
    assert.equal(answer.status, 200, path);
    assert.equal(hash(Buffer.from(await answer.arrayBuffer())), hash(readFileSync(join(DIST, path))), path);
  }
  const page = await (await fetch(`${gateway.origin}/`)).text();
  // The gateway says on the root element where and what it is; nothing else differs.
  const [served, written] = [page, readFileSync(join(DIST, 'index.html'), 'utf8')].map((text) =>
    text.replace(/<html[^>]*>/, '<html>'),
  );
  assert.equal(served, written);
});

test('the page may run its own scripts only, and be framed by nobody', async ({ gateway }) => {
  const { headers } = await fetch(`${gateway.origin}/`);
  const policy = Object.fromEntries(
    headers
      .get('content-security-policy')
      .split(';')
      .map((part) => part.trim().split(' '))
      .map(([name, ...words]) => [name, words]),
  );
  assert.deepEqual(policy['default-src'], ["'none'"]);
  assert.deepEqual(policy['script-src'], ["'self'"]);
  assert.deepEqual(policy['style-src'], ["'self'"]);
  assert.deepEqual(policy['frame-ancestors'], ["'none'"]);
  assert.deepEqual(policy['base-uri'], ["'none'"]);
  assert.deepEqual(policy['form-action'], ["'none'"]);
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.equal(headers.get('referrer-policy'), 'no-referrer');
  assert.equal(headers.get('x-frame-options')?.toUpperCase(), 'DENY');
});

test('without credentials nothing secret can be had', async ({ gateway }) => {
  for (const path of [
    '/',
    '/control-ui-config.json',
    '/health',
    '/manifest.webmanifest',
    '/assets/',
    '/avatar/main',
  ]) {
    const answer = await fetch(gateway.origin + path);
    const text = await answer.text();
    assert.ok(!text.includes(TOKEN), `${path} holds the token`);
    assert.equal(answer.headers.get('set-cookie'), null, path);
  }
  assert.equal((await fetch(`${gateway.origin}/control-ui-config.json`)).status, 401);
});

test('the first screen costs at most 120 KB of JavaScript', async ({ browse, gateway }, context) => {
  const app = await browse({ path: `/#token=${TOKEN}` });
  await app.online();
  await app.context.addInitScript(noteWhenOneCanWrite);
  await app.reload();
  await app.composer.waitFor();
  const scripts = await app.page.evaluate(scriptsUntilOneCanWrite);
  const sizes = scripts.map((url) => new URL(url).pathname.slice(1)).map((path) => [path, compressed(path)]);
  const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
  context.diagnostic(
    `JavaScript until one can write: ${(total / 1024).toFixed(1)} KiB compressed, in ${sizes.length} files`,
  );
  assert.ok(sizes.length > 0, 'no script was loaded');
  assert.ok(total <= BUDGET, JSON.stringify(sizes.sort(([, one], [, other]) => other - one)));
  // A folder that stands in for what was built in is served as it is.
  if (process.env.POSTERN_UI_ROOT) return;
  for (const [path] of sizes.filter(([, bytes]) => bytes > SMALL)) {
    const { headers } = await fetch(`${gateway.origin}/${path}`, { headers: { 'accept-encoding': 'gzip' } });
    assert.equal(headers.get('content-encoding'), 'gzip', path);
  }
});

test('the page is painted before anything is done in it', async ({ browse }, context) => {
  const app = await browse({ path: `/#token=${TOKEN}` });
  await app.online();
  const paints = await app.page.evaluate(() =>
    performance.getEntriesByType('paint').map(({ name, startTime }) => `${name} ${Math.round(startTime)} ms`),
  );
  context.diagnostic(paints.join(', '));
  assert.ok(paints.length > 0);
});

test('all of the application weighs at most 500 KB', (_, context) => {
  const total = built(DIST).reduce((sum, path) => sum + gzipSync(readFileSync(join(DIST, path))).length, 0);
  context.diagnostic(`all of ui/dist compressed: ${Math.round(total / 1024)} KiB`);
  assert.ok(total <= WHOLE_BUDGET, `${total} bytes`);
});

function built(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.gz') && entry.name !== 'manifest.txt')
    .map((entry) => relative(DIST, join(entry.parentPath ?? entry.path, entry.name)));
}

function compressed(path) {
  return gzipSync(readFileSync(join(DIST, path)), { level: 9 }).length;
}

function hash(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Runs in the page before anything else. */
function noteWhenOneCanWrite() {
  const watcher = new MutationObserver(() => {
    if (!document.querySelector('textarea')) return;
    watcher.disconnect();
    performance.mark('composer');
  });
  watcher.observe(document, { childList: true, subtree: true });
}

/** Runs in the page. What is fetched afterwards, ahead of the first answer, keeps nobody waiting. */
function scriptsUntilOneCanWrite() {
  const [{ startTime: end }] = performance.getEntriesByName('composer');
  const urls = performance
    .getEntriesByType('resource')
    .filter(({ name, startTime }) => name.endsWith('.js') && startTime <= end)
    .map(({ name }) => name);
  return [...new Set(urls)];
}
