//! The canvas in a real browser: the page for A2UI shows what agents send and tells what people do; a page of an agent loads its own
//! files, and has nothing of the gateway's.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { artefact, openContext } from './browser.mjs';
import { TOKEN } from './gateway.mjs';
import { stage } from './stage.mjs';
import { until } from './until.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const A2UI = '/__openclaw__/a2ui/?platform=android';
const CANVAS = '/__openclaw__/canvas/';
const DOT =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const { test } = stage();

const literal = (text) => ({ literalString: text });
const at = (path) => ({ path });
const text = (id, value, usageHint) => ({ id, component: { Text: { text: value, usageHint } } });
const column = (id, ...explicitList) => ({ id, component: { Column: { children: { explicitList } } } });

/** A form with one of everything, bound to data. */
const FORM = [
  {
    surfaceUpdate: {
      surfaceId: 'main',
      components: [
        column('root', 'title', 'card', 'pictures', 'tabs', 'places', 'line', 'send'),
        text('title', literal('Book a **table**'), 'h1'),
        { id: 'card', component: { Card: { child: 'form' } } },
        column('form', 'name', 'note', 'guests', 'vegan', 'when', 'seat'),
        { id: 'name', component: { TextField: { label: literal('Name'), text: at('/booking/name') } } },
        {
          id: 'note',
          component: {
            TextField: { label: literal('Note'), text: at('/booking/note'), textFieldType: 'longText' },
          },
        },
        {
          id: 'guests',
          component: {
            Slider: { label: literal('Guests'), value: at('/booking/guests'), minValue: 1, maxValue: 9 },
          },
        },
        { id: 'vegan', component: { CheckBox: { label: literal('Vegan'), value: at('/booking/vegan') } } },
        { id: 'when', component: { DateTimeInput: { value: at('/booking/when'), enableTime: true } } },
        {
          id: 'seat',
          component: {
            MultipleChoice: {
              label: literal('Seat'),
              selections: at('/booking/seat'),
              maxAllowedSelections: 1,
              options: [
                { label: literal('Window'), value: 'window' },
                { label: literal('Garden'), value: 'garden' },
              ],
            },
          },
        },
        {
          id: 'pictures',
          component: { Row: { children: { explicitList: ['dot', 'far', 'star'] }, alignment: 'center' } },
        },
        {
          id: 'dot',
          weight: 1,
          component: { Image: { url: literal(DOT), altText: literal('A dot'), usageHint: 'icon' } },
        },
        { id: 'far', component: { Image: { url: literal('https://pictures.example/spy.png') } } },
        { id: 'star', component: { Icon: { name: literal('star') } } },
        {
          id: 'tabs',
          component: {
            Tabs: {
              tabItems: [
                { title: literal('Menu'), child: 'menu' },
                { title: literal('Hours'), child: 'hours' },
              ],
            },
          },
        },
        text('menu', literal('Soup')),
        text('hours', literal('Noon to ten')),
        {
          id: 'places',
          component: { List: { children: { template: { componentId: 'place', dataBinding: '/places' } } } },
        },
        text('place', at('city')),
        { id: 'line', component: { Divider: {} } },
        {
          id: 'send',
          component: {
            Button: {
              child: 'label',
              primary: true,
              action: {
                name: 'book',
                context: [
                  { key: 'who', value: at('/booking/name') },
                  { key: 'guests', value: at('/booking/guests') },
                  { key: 'all', value: at('/booking') },
                  { key: 'source', value: literal('form') },
                ],
              },
            },
          },
        },
        text('label', at('/label')),
      ],
    },
  },
  {
    dataModelUpdate: {
      surfaceId: 'main',
      contents: [
        { key: 'label', valueString: 'Book for Ada' },
        {
          key: 'booking',
          valueMap: [
            { key: 'name', valueString: 'Ada' },
            { key: 'guests', valueNumber: 2 },
            { key: 'vegan', valueBoolean: false },
            { key: 'when', valueString: '2026-01-02T19:30:00Z' },
          ],
        },
        {
          key: 'places',
          valueMap: [
            { key: '0', valueMap: [{ key: 'city', valueString: 'Bern' }] },
            { key: '1', valueMap: [{ key: 'city', valueString: 'Rome' }] },
          ],
        },
      ],
    },
  },
  {
    beginRendering: { surfaceId: 'main', root: 'root', styles: { primaryColor: '#0a7f4f', font: 'Georgia' } },
  },
];

/** A page as an app of Android shows it, which keeps what it is told. */
async function shown(gateway, tidy, { path = A2UI, ...options } = {}) {
  const { context, page, seen } = await openContext(options);
  tidy.later(() => context.close());
  await context.addInitScript(() => {
    globalThis.posted = [];
    globalThis.openclawCanvasA2UIAction = { postMessage: (message) => globalThis.posted.push(message) };
  });
  await page.goto(gateway.origin + path);
  const push = (messages) => page.evaluate((list) => globalThis.openclawA2UI.applyMessages(list), messages);
  const posted = () =>
    page.evaluate(() => globalThis.posted.map((message) => JSON.parse(message).userAction));
  return { page, seen, push, posted };
}

async function violations(page) {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations: found } = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

function check({ seen }, gateway) {
  const outside = seen.requests.filter((url) => !url.startsWith(gateway.origin) && !url.startsWith('data:'));
  assert.deepEqual([outside, seen.violations, seen.errors], [[], [], []]);
}

test('an agent shows a form, and hears what somebody did with it', async ({ gateway, tidy }) => {
  const view = await shown(gateway, tidy);
  const { page } = view;
  assert.deepEqual(await page.evaluate(() => globalThis.openclawA2UI.getSurfaces()), []);
  assert.deepEqual(await view.push(FORM), { ok: true, surfaces: ['main'] });
  await page.getByRole('heading', { name: 'Book a table', level: 1 }).waitFor();
  assert.equal(await page.locator('strong').textContent(), 'table');
  assert.deepEqual(await page.getByRole('listitem').allTextContents(), ['Bern', 'Rome']);
  assert.equal(await page.getByLabel('Date and time').inputValue(), '2026-01-02T19:30');
  await page.getByText('A picture from elsewhere is not loaded.').waitFor();

  const name = page.getByLabel('Name');
  assert.equal(await name.inputValue(), 'Ada');
  await name.fill('');
  await name.pressSequentially('Grace H');
  assert.equal(await name.inputValue(), 'Grace H', 'whoever types is not interrupted');
  await page.getByLabel('Guests').fill('4');
  await page.getByLabel('Vegan').check();
  await page.getByLabel('Garden').check();
  await page.getByLabel('Note').fill('two\nlines');
  await page.getByRole('button', { name: 'Book for Ada' }).click();
  const [action] = await until('action', async () =>
    (await view.posted()).length ? view.posted() : undefined,
  );
  assert.deepEqual([action.name, action.surfaceId, action.sourceComponentId], ['book', 'main', 'send']);
  assert.match(action.id, /^[0-9a-f]{32}$/);
  assert.ok(!Number.isNaN(Date.parse(action.timestamp)));
  const booking = {
    name: 'Grace H',
    guests: 4,
    vegan: true,
    when: '2026-01-02T19:30:00Z',
    seat: ['garden'],
    note: 'two\nlines',
  };
  assert.deepEqual(action.context, { who: 'Grace H', guests: 4, all: booking, source: 'form' });

  await page.getByRole('status').getByText('Sending').waitFor();
  await page.evaluate(
    ([id]) => {
      dispatchEvent(
        new CustomEvent('openclaw:a2ui-action-status', { detail: { id, ok: false, error: 'offline' } }),
      );
    },
    [action.id],
  );
  await page.getByRole('status').getByText('Not sent: offline').waitFor();
  check(view, gateway);
});

test('data that changes is shown without building anything anew', async ({ gateway, tidy }) => {
  const view = await shown(gateway, tidy);
  const { page } = view;
  await view.push(FORM);
  await page.getByRole('tab', { name: 'Hours' }).click();
  await page.getByLabel('Name').focus();
  await view.push([
    {
      dataModelUpdate: { surfaceId: 'main', path: '/booking', contents: [{ key: 'guests', valueNumber: 7 }] },
    },
    {
      dataModelUpdate: {
        surfaceId: 'main',
        path: '/',
        contents: [{ key: 'label', valueString: 'Book now' }],
      },
    },
  ]);
  await page.getByRole('button', { name: 'Book now' }).waitFor();
  assert.equal(await page.getByRole('listitem').count(), 0, 'the whole data was replaced');
  assert.ok(await page.getByText('Noon to ten').isVisible(), 'the tab stays');
  assert.ok(
    await page.getByLabel('Name').evaluate((own) => own === document.activeElement),
    'the focus stays',
  );
  await view.push([{ surfaceUpdate: { surfaceId: 'main', components: [text('hours', literal('Closed'))] } }]);
  await page.getByText('Closed').waitFor();
  await view.push([
    { surfaceUpdate: { surfaceId: 'second', components: [text('t', literal('Another'))] } },
    { beginRendering: { surfaceId: 'second', root: 't' } },
  ]);
  await page.getByText('Another').waitFor();
  assert.deepEqual(await view.push([{ deleteSurface: { surfaceId: 'main' } }]), {
    ok: true,
    surfaces: ['second'],
  });
  assert.equal(await page.getByRole('button').count(), 0);
  assert.deepEqual(await page.evaluate(() => globalThis.openclawA2UI.reset()), { ok: true });
  await page.getByText('Nothing is shown yet.').waitFor();
  check(view, gateway);
});

for (const colorScheme of ['light', 'dark']) {
  test(`the page for A2UI is accessible in ${colorScheme}`, async ({ gateway, tidy }) => {
    const view = await shown(gateway, tidy, { colorScheme, viewport: { width: 390, height: 844 } });
    await view.push(FORM);
    const sideways = () => document.documentElement.scrollWidth > document.documentElement.clientWidth;
    assert.equal(await view.page.evaluate(sideways), false);
    // Before axe and the picture, which put styles of their own into the page.
    check(view, gateway);
    assert.deepEqual(await violations(view.page), []);
    await view.page.screenshot({ path: artefact('canvas', `a2ui-${colorScheme}.png`), fullPage: true });
    const empty = await shown(gateway, tidy, { colorScheme });
    assert.deepEqual(await violations(empty.page), []);
  });
}

test('a form is filled in without a mouse', async ({ gateway, tidy }) => {
  const view = await shown(gateway, tidy);
  const { page } = view;
  await view.push(FORM);
  await page.getByLabel('Name').focus();
  for (const key of ['Tab', 'Tab', 'ArrowRight', 'Tab', 'Space']) await page.keyboard.press(key);
  assert.ok(await page.getByLabel('Vegan').isChecked());
  await page.getByRole('tab', { name: 'Menu' }).focus();
  await page.keyboard.press('ArrowRight');
  assert.ok(await page.getByText('Noon to ten').isVisible());
  assert.ok(await page.getByRole('tab', { name: 'Hours' }).evaluate((tab) => tab === document.activeElement));
  await page.getByRole('button', { name: 'Book for Ada' }).focus();
  await page.keyboard.press('Enter');
  const [action] = await until('action', async () =>
    (await view.posted()).length ? view.posted() : undefined,
  );
  assert.deepEqual([action.context.guests, action.context.all.vegan], [3, true]);
  check(view, gateway);
});

test('what an agent sends stays text, and a circle ends', async ({ gateway, tidy }) => {
  const view = await shown(gateway, tidy);
  const { page } = view;
  const markup = '<img src=x onerror="globalThis.hurt = 1"><script>globalThis.hurt = 1</script>';
  const wild = [
    column('root', 'markup', 'image', 'self', 'deep', 'odd', 'nameless', 'proto', 'grow'),
    text('markup', literal(markup)),
    { id: 'image', component: { Image: { url: literal('javascript:globalThis.hurt=1') } } },
    column('self', 'self', 'root'),
    { id: 'deep', component: { Card: { child: 'deep' } } },
    { id: 'odd', component: { constructor: { text: literal('x') } } },
    { id: 'nameless', component: {} },
    { id: 'proto', component: { TextField: { label: literal('P'), text: at('/__proto__/hurt') } } },
    {
      id: 'grow',
      component: { List: { children: { template: { componentId: 'root', dataBinding: '/many' } } } },
    },
  ];
  const many = Array.from({ length: 3_000 }, (_, index) => ({ key: String(index), valueString: 'x' }));
  const answer = await view.push([
    { surfaceUpdate: { surfaceId: 'main', components: wild } },
    { dataModelUpdate: { surfaceId: 'main', contents: [{ key: 'many', valueMap: many }] } },
    { beginRendering: { surfaceId: 'main', root: 'root' } },
  ]);
  assert.equal(answer.ok, true);
  await page.getByText(markup).waitFor();
  await page.getByLabel('P').fill('polluted');
  assert.equal(
    await page.evaluate(() => `${globalThis.hurt} ${{}.hurt} ${document.scripts.length}`),
    'undefined undefined 2',
  );
  for (const bad of [
    null,
    [null],
    [{}],
    [{ surfaceUpdate: {}, deleteSurface: {} }],
    'x',
    [{ unknown: {} }],
  ]) {
    const refused = await view.push(bad);
    assert.equal(refused.ok, false, JSON.stringify(bad));
    assert.ok(refused.error.length > 0);
  }
  check(view, gateway);
});

function put(gateway, path, content) {
  const file = join(gateway.stateDir, 'canvas', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

const HOSTILE = `<!doctype html><html lang="en"><head><title>Game</title><link rel="stylesheet" href="look.css">
<script src="game.js"></script><script type="module" src="part.mjs"></script></head><body><main><h1>Game</h1><output></output></main><script>
const out = document.querySelector('output');
const attempt = async (name, work) => {
  let came;
  try { came = await work(); } catch (error) { came = 'refused: ' + error.name; }
  (globalThis.came ??= {})[name] = came;
};
(async () => {
  await attempt('origin', () => globalThis.origin);
  await attempt('storage', () => localStorage.length);
  await attempt('cookie', () => document.cookie);
  await attempt('databases', () => new Promise((resolve, reject) => {
    const asked = indexedDB.open('x'); asked.onsuccess = () => resolve('open'); asked.onerror = () => reject(asked.error);
  }));
  await attempt('worker', () => navigator.serviceWorker.register('game.js').then(() => 'registered'));
  await attempt('settings', () => fetch('/control-ui-config.json', { credentials: 'include' }).then((answer) => answer.status));
  await attempt('own', () => fetch('level.json').then((answer) => answer.json()));
  await attempt('socket', () => new Promise((resolve) => {
    const socket = new WebSocket(location.origin.replace('http', 'ws') + '/');
    const client = { id: 'openclaw-control-ui', mode: 'webchat', version: '1', platform: 'web' };
    const params = { minProtocol: 4, maxProtocol: 4, role: 'operator', scopes: ['operator.admin'], client };
    socket.onopen = () => socket.send(JSON.stringify({ type: 'req', id: '1', method: 'connect', params }));
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.type === 'res') resolve(frame.ok ? 'let in' : 'refused');
    };
    socket.onerror = socket.onclose = () => resolve('closed');
  }));
  out.textContent = 'done';
})();
</script></body></html>`;

test('apps of Apple are told in objects, by every page of the canvas', async ({ gateway, tidy }) => {
  put(gateway, 'index.html', '<!doctype html><title>Buttons</title><p>Buttons</p>');
  const { context, page } = await openContext();
  tidy.later(() => context.close());
  await page.goto(gateway.origin + CANVAS);
  assert.equal(
    await page.evaluate(() => globalThis.OpenClaw.sendUserAction({ name: 'tap' })),
    false,
    'no app',
  );
  await context.addInitScript(() => {
    globalThis.posted = [];
    const handler = { postMessage: (message) => globalThis.posted.push(message) };
    globalThis.webkit = { messageHandlers: { openclawCanvasA2UIAction: handler } };
  });
  for (const path of [CANVAS, A2UI]) {
    await page.goto(gateway.origin + path);
    const sent = await page.evaluate(() => [
      globalThis.OpenClaw.sendUserAction({ name: 'tap', context: { floor: 3 } }),
      globalThis.openclawSendUserAction({ id: 'own', name: 'hold' }),
      globalThis.posted,
    ]);
    assert.deepEqual(sent.slice(0, 2), [true, true], path);
    const [tap, hold] = sent[2].map(({ userAction }) => userAction);
    assert.match(tap.id, /^[0-9a-f]{32}$/);
    assert.deepEqual([tap.name, tap.context], ['tap', { floor: 3 }], path);
    assert.deepEqual(hold, { id: 'own', name: 'hold' }, path);
  }
});

test('a page of an agent has its own files, and nothing of the gateway', async ({ enter, gateway, tidy }) => {
  // Somebody is signed in to the gateway's page in the same browser.
  const app = await enter();
  put(gateway, 'index.html', HOSTILE);
  put(gateway, 'game.js', 'globalThis.loaded = "script"');
  put(gateway, 'part.mjs', 'globalThis.part = "module"');
  put(gateway, 'look.css', 'h1 { color: rgb(1, 2, 3); }');
  put(gateway, 'level.json', '{"level": 7}');
  const page = await app.context.newPage();
  tidy.later(() => page.close());
  await page.goto(gateway.origin + CANVAS);
  assert.match(page.url(), /\/__openclaw__\/cap\/[\w-]{43}\/__openclaw__\/canvas\/$/);
  await page.getByText('done').waitFor();
  const came = await page.evaluate(() => globalThis.came);
  assert.equal(came.origin, 'null');
  for (const name of ['storage', 'cookie', 'databases', 'worker', 'settings']) {
    assert.match(String(came[name]), /^refused: /, `${name}: ${came[name]}`);
  }
  assert.ok(['refused', 'closed'].includes(came.socket), came.socket);
  assert.deepEqual(came.own, { level: 7 });
  assert.deepEqual(await page.evaluate(() => [globalThis.loaded, globalThis.part]), ['script', 'module']);
  assert.equal(await page.locator('h1').evaluate((own) => getComputedStyle(own).color), 'rgb(1, 2, 3)');
  assert.ok(!(await page.content()).includes(TOKEN));
});

test('a page loads again when a file changes', async ({ gateway, tidy }) => {
  put(gateway, 'live/index.html', '<!doctype html><title>Live</title><body><p>first</p></body>');
  const view = await shown(gateway, tidy, { path: `${CANVAS}live/` });
  await view.page.getByText('first').waitFor();
  await until('socket', () => view.seen.sockets.some(({ url }) => url.endsWith('/ws')));
  let round = 0;
  await until('another page', async () => {
    put(
      gateway,
      'live/index.html',
      `<!doctype html><title>Live</title><body><p>second ${(round += 1)}</p></body>`,
    );
    await view.page.getByText('second').waitFor({ timeout: 1_000 });
    return true;
  });
  // It may load once more meanwhile: what one page sent, only that page knows.
  const action = await until('the action', () =>
    view.page.evaluate(() => {
      const sent = globalThis.OpenClaw.sendUserAction({ name: 'jump' });
      return sent && JSON.parse(globalThis.posted.at(-1)).userAction;
    }),
  );
  assert.equal(action.name, 'jump');
  assert.ok(action.id.length > 0);
  await gateway.restart();
  await until('the page again', () => view.page.reload());
  await view.page.getByText('second').waitFor();
  check({ seen: { ...view.seen, errors: [] } }, gateway);
});
