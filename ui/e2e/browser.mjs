//! One Chromium for the whole run, and a page that watches itself: what it fetched, what its policy stopped, what it threw.
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { TAILNET_NAME } from './doors.mjs';

/** Debian's Chromium, or the one that CHROMIUM names. */
export const LAUNCH = {
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  // Containers run as root and have a small /dev/shm.
  args: ['--no-sandbox', '--disable-dev-shm-usage', `--host-resolver-rules=MAP ${TAILNET_NAME} 127.0.0.1`],
};

/** Screenshots of pages and of failures, kept as artefacts. */
export const ARTEFACTS = resolve(
  process.env.E2E_ARTEFACTS ?? join(dirname(fileURLToPath(import.meta.url)), '../../target/e2e'),
);

/** Where run.mjs says that the run's browser listens; a file that is run alone starts its own. */
const SHARED = 'POSTERN_E2E_BROWSER';
let browser;

export async function theBrowser() {
  browser ??= process.env[SHARED]
    ? await chromium.connect(process.env[SHARED])
    : await chromium.launch(LAUNCH);
  return browser;
}

export async function closeBrowser() {
  await browser?.close();
  browser = undefined;
}

/** Starts the browser that the files of a run share. */
export async function shareBrowser() {
  const server = await chromium.launchServer(LAUNCH);
  process.env[SHARED] = server.wsEndpoint();
  return server;
}

/** The path of an artefact, its folder made. */
export function artefact(...names) {
  const path = join(ARTEFACTS, ...names);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}

/**
 * A context of its own with one page. `seen` collects over all of the context's pages: `requests` (URLs), `violations` of the content
 * security policy, `errors` thrown, `sockets` with what went over them.
 */
export async function openContext(options = {}) {
  const context = await (
    await theBrowser()
  ).newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 }, ...options });
  const seen = { requests: [], violations: [], errors: [], dialogs: [], sockets: [] };
  await context.exposeBinding('reportViolation', (_, violation) => seen.violations.push(violation));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      window.reportViolation(
        `${event.violatedDirective} stopped ${event.blockedURI} in ${event.sourceFile}:${event.lineNumber}`,
      );
    });
  });
  context.on('request', (request) => seen.requests.push(request.url()));
  context.on('weberror', (error) => seen.errors.push(String(error.error().stack ?? error.error())));
  context.on('page', (page) => watch(page, seen));
  const page = await context.newPage();
  return { context, page, seen };
}

function watch(page, seen) {
  page.setDefaultTimeout(12_000);
  page.on('websocket', (socket) => seen.sockets.push(record(socket)));
  page.on('dialog', (dialog) => {
    seen.dialogs.push(dialog.message());
    void dialog.dismiss();
  });
}

/** Pages of the canvas hear plain words. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { text };
  }
}

/** What one socket of the page carried. */
function record(socket) {
  const frames = [];
  const keep = (from) => (frame) => frames.push({ from, ...parsed(frame.payload.toString()) });
  socket.on('framesent', keep('page'));
  socket.on('framereceived', keep('gateway'));
  return {
    url: socket.url(),
    frames,
    get closed() {
      return socket.isClosed();
    },
    /** Requests of the page with this method. */
    calls: (method) => frames.filter((frame) => frame.from === 'page' && frame.method === method),
    /** The gateway's answer to a request. */
    answer: (call) =>
      frames.find((frame) => frame.from === 'gateway' && frame.type === 'res' && frame.id === call.id),
    events: (name) => frames.filter((frame) => frame.type === 'event' && frame.event === name),
  };
}
