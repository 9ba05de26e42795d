// Measures the transcript with a long conversation in Chromium: frames, long tasks and dropped
// frames while it is scrolled through, and while an answer streams in.
//
//   node e2e/scroll.mjs [messages] [--trace file.json]
//
// It builds the gallery of the messages as the product is built, serves it under the product's
// content policy, and prints one line per exercise. It fails when the policy is broken,
// the end is lost, or what is being read moves by itself; never because of a figure.

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build } from 'vite';

const ui = resolve(fileURLToPath(new URL('..', import.meta.url)));
const [countGiven] = process.argv.slice(2).filter((word) => /^\d+$/.test(word));
const count = Number(countGiven ?? 5000);
const traceAt = process.argv.indexOf('--trace');
const traceFile = traceAt > 0 ? process.argv[traceAt + 1] : undefined;

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
  "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

async function buildGallery(outDir) {
  const root = join(ui, 'src/pages/chat/message/gallery');
  await build({
    root,
    base: './',
    configFile: false,
    logLevel: 'error',
    plugins: [svelte({ configFile: join(ui, 'svelte.config.js') })],
    resolve: { alias: { $lib: join(ui, 'src/lib'), $i18n: join(ui, 'src/i18n/index.ts') } },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  });
}

function serve(folder) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, 'http://x').pathname).replace(/^\/+/, '') || 'index.html';
    readFile(join(folder, path)).then(
      (bytes) => {
        const type = TYPES[extname(path)] ?? 'application/octet-stream';
        response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY }).end(bytes);
      },
      () => response.writeHead(404).end(),
    );
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}

/** Starts counting in the page: time between frames, long tasks, layout shifts nobody asked for. */
function startCounting() {
  const counts = { frames: [], longTasks: [], running: true };
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) counts.longTasks.push(entry.duration);
  });
  observer.observe({ type: 'longtask' });
  let last = performance.now();
  const onFrame = (now) => {
    counts.frames.push(now - last);
    last = now;
    if (counts.running) requestAnimationFrame(onFrame);
  };
  requestAnimationFrame(onFrame);
  window.stopCounting = () => {
    counts.running = false;
    for (const entry of observer.takeRecords()) counts.longTasks.push(entry.duration);
    observer.disconnect();
    return { frames: counts.frames.slice(1), longTasks: counts.longTasks };
  };
}

/** Processor seconds of the page's main thread so far: unlike frames, untouched by what else the machine does. */
async function spent(page) {
  const { metrics } = await page.devtools.send('Performance.getMetrics');
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

function report(name, { frames, longTasks }, used) {
  const sorted = frames.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const total = frames.reduce((sum, ms) => sum + ms, 0);
  const dropped = frames.reduce((sum, ms) => sum + Math.max(0, Math.round(ms / (1000 / 60)) - 1), 0);
  const line = {
    exercise: name,
    seconds: +(total / 1000).toFixed(1),
    frames: frames.length,
    fps: +(frames.length / (total / 1000)).toFixed(1),
    dropped,
    droppedPercent: +((100 * dropped) / (frames.length + dropped)).toFixed(1),
    p50: +at(0.5).toFixed(1),
    p95: +at(0.95).toFixed(1),
    p99: +at(0.99).toFixed(1),
    worst: +at(1).toFixed(1),
    longTasks: longTasks.length,
    longest: Math.round(Math.max(0, ...longTasks)),
    busyMs: used('TaskDuration'),
    scriptMs: used('ScriptDuration'),
    layoutMs: used('LayoutDuration'),
    styleMs: used('RecalcStyleDuration'),
  };
  console.log(JSON.stringify(line));
}

async function measure(page, name, exercise) {
  const before = await spent(page);
  await page.evaluate(startCounting);
  await exercise();
  const counts = await page.evaluate(() => window.stopCounting());
  const after = await spent(page);
  report(name, counts, (metric) => Math.round(1000 * (after[metric] - before[metric])));
}

/** Turns the wheel like a hand: a tick every frame, until the top or the given way is reached. */
async function wheel(page, perTick, ticks) {
  for (let tick = 0; tick < ticks; tick += 1) {
    await page.mouse.wheel(0, perTick);
    await page.evaluate(() => new Promise((next) => requestAnimationFrame(next)));
  }
}

const distance = (page) =>
  page.evaluate(() => {
    const box = document.querySelector('[role=log]');
    return box.scrollHeight - box.clientHeight - box.scrollTop;
  });

async function exercises(page) {
  await measure(page, `wheel up, ${count} messages`, () => wheel(page, -120, 300));
  await measure(page, 'fast wheel up', () => wheel(page, -1500, 200));
  await measure(page, 'through everything by dragging the scrollbar', () =>
    page.evaluate(async () => {
      const box = document.querySelector('[role=log]');
      const way = box.scrollHeight;
      for (let step = 0; step <= 240; step += 1) {
        box.scrollTop = (way * step) / 240;
        await new Promise((next) => requestAnimationFrame(next));
      }
    }),
  );
  await page.evaluate(() => document.querySelector('.latest')?.click());
  await page.waitForFunction(() => {
    const box = document.querySelector('[role=log]');
    return box.scrollHeight - box.clientHeight - box.scrollTop < 2;
  });
  await measure(page, 'an answer of 30,000 letters at 60 deltas/s, followed', () =>
    page.evaluate(() => window.gallery.stream(60, 30_000)),
  );
  await measure(page, 'one block of code of 90,000 letters, followed', () =>
    page.evaluate(() => window.gallery.stream(60, 90_000, 'code')),
  );
  expect('the end was followed', (await distance(page)) < 2);
  await wheel(page, -200, 20);
  const before = await page.evaluate(() => document.querySelector('[role=log]').scrollTop);
  await measure(page, 'the same while its reader is further up', () =>
    page.evaluate(() => window.gallery.stream(60, 30_000)),
  );
  const after = await page.evaluate(() => document.querySelector('[role=log]').scrollTop);
  expect('the text stood still while its reader was further up', after === before);
}

/** Goes up through five pages of older messages; what is seen must move exactly as the hand does. */
async function goBack(page) {
  await page.goto(`${page.url().split('?')[0]}?count=100&older=5`);
  await page.waitForSelector('article');
  await page.waitForFunction(() => document.querySelector('[role=log]').scrollTop > 1000);
  const jumps = await page.evaluate(async () => {
    const box = document.querySelector('[role=log]');
    const frame = () => new Promise((next) => requestAnimationFrame(next));
    const topOf = (article) => article.getBoundingClientRect().top;
    let jumps = 0;
    for (let step = 0; step < 900; step += 1) {
      const seen = [...box.querySelectorAll('article')].find((one) => topOf(one) > 0 && topOf(one) < 700);
      const before = seen ? topOf(seen) : 0;
      box.scrollTop -= 40;
      await frame();
      await frame();
      const moved = seen?.isConnected ? topOf(seen) - before : 40;
      if (Math.abs(moved - 40) > 3 && box.scrollTop > 0) jumps += 1;
    }
    return jumps;
  });
  expect('older messages came in front without a jump', jumps === 0);
}

function expect(what, holds) {
  console.log(JSON.stringify({ expected: what, holds }));
  if (!holds) complaints.push(`not so: ${what}`);
}

const folder = await mkdtemp(join(tmpdir(), 'postern-scroll-'));
const complaints = [];
let server;
let browser;
try {
  await buildGallery(folder);
  server = await serve(folder);
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.devtools = await page.context().newCDPSession(page);
  await page.devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  const started = performance.now();
  await page.goto(`http://127.0.0.1:${server.address().port}/?count=${count}`);
  await page.waitForSelector('article');
  console.log(JSON.stringify({ messages: count, shownAfterMs: Math.round(performance.now() - started) }));
  await page.mouse.move(640, 400);
  if (traceFile) await browser.startTracing(page);
  await exercises(page);
  await goBack(page);
  if (traceFile) await writeFile(traceFile, await browser.stopTracing());
} finally {
  await browser?.close();
  server?.close();
  await rm(folder, { recursive: true, force: true });
}
if (complaints.length > 0) {
  console.error(complaints.join('\n'));
  process.exitCode = 1;
}
