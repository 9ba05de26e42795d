//! Every page in light and dark, from a narrow phone to a wide screen: no violation that axe knows, nothing that has to be scrolled
//! sideways, everything by keyboard, still where motion is not wanted. The pictures are kept.
import assert from 'node:assert/strict';
import { Device, otherAddress } from './device.mjs';
import { TOKEN } from './gateway.mjs';
import { looked } from './looks.mjs';
import { PAGES } from './page.mjs';
import { stage } from './stage.mjs';

const { test } = stage({ args: ['--bind', 'lan'] });

for (const colorScheme of ['light', 'dark']) {
  test(`every page is accessible and fits in ${colorScheme}`, async ({ enter, gateway, tidy }) => {
    const app = await enter({ colorScheme });
    const wrong = [];
    tidy.later(() => rejectAll(gateway));
    await app.say('show me what you can do');
    await app.answered('Jupiter');
    wrong.push(...(await looked(app, 'conversation', colorScheme)));
    await furnish(app, gateway);
    await app.prompt('A phone with a long name').waitFor();
    wrong.push(...(await looked(app, 'prompt', colorScheme)));
    await app.prompt('A phone with a long name').getByRole('button', { name: 'Later' }).click();
    for (const name of [...Object.keys(PAGES), 'welcome']) {
      await app.visit(name);
      await app.settled();
      wrong.push(...(await looked(app, name, colorScheme)));
    }
    assert.deepEqual(wrong, []);
  });

  test(`signing in and waiting for approval look right in ${colorScheme}`, async (cast) => {
    const { browse, gateway, model, tidy } = cast;
    tidy.later(() => rejectAll(gateway));
    const app = await browse({ colorScheme });
    await app.token.waitFor();
    const wrong = await looked(app, 'signin', colorScheme);
    const url = `http://${otherAddress()}:${gateway.port}`;
    gateway.configure(model.config({ gateway: { controlUi: { allowedOrigins: [url] } } }));
    await gateway.restart();
    const remote = await browse({ colorScheme, url, path: `/#token=${TOKEN}` });
    await remote.page.getByText('postern devices approve').first().waitFor();
    wrong.push(...(await looked(remote, 'pairing', colorScheme)));
    assert.deepEqual(wrong, []);
  });
}

test('everything that matters works without a mouse', async ({ enter }) => {
  const app = await enter();
  await app.composer.waitFor();
  await app.composer.focus();
  await app.page.keyboard.type('echo typed without a mouse');
  await app.page.keyboard.press('Enter');
  await app.answered('typed without a mouse');
  await app.page.locator('body').click({ position: { x: 1, y: 1 } });
  const stops = await tabStops(app, 80);
  for (const name of Object.values(PAGES))
    assert.ok(
      stops.some((stop) => stop.name.startsWith(name)),
      `Tab does not reach ${name}`,
    );
  assert.deepEqual(
    stops.filter((stop) => !stop.visible),
    [],
    'focus goes where nobody sees it',
  );
  assert.deepEqual(
    stops.filter((stop) => !stop.name),
    [],
    'focus stops without a name',
  );
  assert.deepEqual(
    stops.filter((stop) => !stop.ring),
    [],
    'focus without a ring',
  );
});

test('nothing moves for those who do not want motion', async ({ enter }) => {
  const app = await enter({ reducedMotion: 'reduce' });
  for (const name of Object.keys(PAGES)) {
    await app.visit(name);
    const moving = await app.page.evaluate(() => {
      const seconds = (text) =>
        Math.max(
          ...text.split(',').map((part) => Number.parseFloat(part) * (part.trim().endsWith('ms') ? 1 : 1000)),
        );
      const all = [...document.querySelectorAll('*')].map((element) => [element, getComputedStyle(element)]);
      const moves = ([, style]) =>
        (style.animationName !== 'none' && seconds(style.animationDuration) > 50) ||
        seconds(style.transitionDuration) > 50;
      return all.filter(moves).map(([element]) => element.outerHTML.slice(0, 120));
    });
    assert.deepEqual(moving, [], name);
  }
});

/** Something on every page: conversations, and a device that asks. */
async function furnish(app, gateway) {
  await app.newConversation();
  await app.say('echo a second conversation with a rather long title that has to be cut somewhere');
  await app.answered('a second conversation');
  const device = Device.node('A phone with a long name in the kitchen');
  await device.ask(`ws://${otherAddress()}:${gateway.port}`, { auth: { token: TOKEN } });
}

/** Turns away whoever still asks, so that the next pictures are without a prompt. */
async function rejectAll(gateway) {
  const { pending } = await gateway.call('device.pair.list');
  for (const { requestId } of pending) await gateway.cli('devices', 'reject', requestId);
}

/** What Tab comes by, until it comes round. */
async function tabStops(app, most) {
  const stops = [];
  for (let n = 0; n < most; n += 1) {
    await app.page.keyboard.press('Tab');
    const stop = await app.page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return undefined;
      element.dataset.stop ??= String(Math.random());
      const box = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      const ring = (each) =>
        each &&
        ((getComputedStyle(each).outlineStyle !== 'none' && getComputedStyle(each).outlineWidth !== '0px') ||
          getComputedStyle(each).boxShadow !== 'none');
      const label =
        element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent ?? '';
      return {
        id: element.dataset.stop,
        name: (
          label.trim() ||
          element.getAttribute('placeholder') ||
          element.getAttribute('title') ||
          ''
        ).replace(/\s+/g, ' '),
        visible:
          box.width > 0 && box.height > 0 && style.visibility !== 'hidden' && box.bottom > 0 && box.right > 0,
        ring: Boolean(
          ring(element) || ring(element.parentElement) || ring(element.parentElement?.parentElement),
        ),
        html: element.outerHTML.slice(0, 120),
      };
    });
    if (!stop) continue;
    if (stops.some(({ id }) => id === stop.id)) break;
    stops.push(stop);
  }
  return stops;
}
