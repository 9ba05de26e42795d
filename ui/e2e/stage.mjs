//! What a file of tests stands on: a scripted model, a gateway, the browser; and tests that say what happened when they fail.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { artefact, closeBrowser, openContext } from './browser.mjs';
import { closeDevices } from './device.mjs';
import { disposeAll, Gateway, TOKEN } from './gateway.mjs';
import { Model } from './model.mjs';
import { App } from './page.mjs';
import { Tidy } from './tidy.mjs';

/** How long one test may take, in milliseconds. */
const TEST_MS = 150_000;

/**
 * Registers the hooks of a file and returns its stage: `model` and `gateway` are there in every test. `config` is merged into the
 * gateway's configuration, `options` go to `Gateway.start`.
 */
export function stage({ config = {}, ...options } = {}) {
  const own = {};
  before(async () => {
    own.model = await Model.start();
    own.gateway = await Gateway.start({ config: own.model.config(config), ...options });
  });
  after(async () => {
    await closeBrowser();
    await closeDevices();
    await disposeAll();
    await own.model.close();
  });
  own.test = (name, body) => test(name, { timeout: TEST_MS }, (context) => played(own, name, context, body));
  return own;
}

async function played(own, name, context, body) {
  const tidy = new Tidy();
  const cast = new Cast(own, tidy);
  try {
    await body(cast, context);
    cast.checkAll();
  } catch (error) {
    await cast.explain(name);
    throw error;
  } finally {
    await tidy.run();
    own.model.reset();
  }
}

/** What one test has: pages of its own on the stage. */
class Cast {
  #apps = [];

  constructor(own, tidy) {
    this.model = own.model;
    this.gateway = own.gateway;
    this.tidy = tidy;
  }

  /** A fresh browser at `url` (the gateway's page by default) that nobody has signed in yet. */
  browse = async ({ url, path = '/', ...options } = {}) => {
    const opened = await openContext(options);
    this.tidy.later(() => opened.context.close());
    const app = new App(opened, url ?? this.gateway.origin);
    this.#apps.push(app);
    await app.page.goto(app.origin + path);
    return app;
  };

  /** A fresh browser that is signed in and shows `path`. */
  enter = async ({ path = '/', ...options } = {}) => {
    const app = await this.browse({ ...options, path: `/#token=${TOKEN}` });
    await app.online();
    if (path !== '/') await app.goto(path);
    return app;
  };

  /** What must hold for every page of every test. */
  checkAll() {
    for (const { seen, origins, expected } of this.#apps) {
      const outside = seen.requests.filter(
        (url) => !origins.some((origin) => url.startsWith(origin)) && !/^(data|blob):/.test(url),
      );
      assert.deepEqual(outside, [], 'requests that leave the origin');
      assert.deepEqual(seen.violations, [], 'violations of the content security policy');
      assert.deepEqual(
        seen.errors.filter((error) => !expected.some((text) => error.includes(text))),
        [],
        'errors in the page',
      );
      assert.deepEqual(seen.dialogs, [], 'dialogs that the page opened');
      const leaked = [...seen.requests, ...seen.sockets.map(({ url }) => url)].filter(
        (url) => url.includes(TOKEN) && !url.includes('#'),
      );
      assert.deepEqual(leaked, [], 'URLs with the token');
    }
  }

  /** Keeps a picture of every page and prints the end of the gateway's log. */
  async explain(name) {
    console.error(`--- the gateway's log, when "${name}" failed`);
    console.error(this.gateway.log());
    for (const [index, { page, seen }] of this.#apps.entries()) {
      const path = artefact('failures', `${name.replace(/\W+/g, '-')}-${index}.png`);
      await page
        .screenshot({ path, timeout: 5_000 })
        .catch((error) => console.error(`no picture: ${error.message}`));
      console.error(`--- ${page.url()} (${path})`, seen.errors, seen.violations);
    }
  }
}
