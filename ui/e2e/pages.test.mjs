//! The pages beside the chat, each doing what it is there for.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { artefact } from './browser.mjs';
import { Device, otherAddress } from './device.mjs';
import { TOKEN } from './gateway.mjs';
import { stage } from './stage.mjs';
import { until } from './until.mjs';

const EVERYTHING = ['admin', 'read', 'write', 'approvals', 'pairing'].map((word) => `operator.${word}`);
const KEY = 'sk-canary-0123456789abcdefghijklmnop';

const { test } = stage({ args: ['--bind', 'lan'] });

test('devices: renamed, given a new token, revoked', async (cast) => {
  const { enter, gateway } = cast;
  const { device } = await paired(cast, 'old tablet');
  const app = await enter({ path: '/#/devices' });
  const { page } = app;
  const choose = async (name, item) => {
    await page.getByRole('button', { name: `Actions for ${name}` }).click();
    await page.getByRole('menuitem', { name: item }).click();
  };
  await choose('old tablet', 'Rename');
  await page.getByLabel('Name', { exact: true }).fill('new tablet');
  await page.keyboard.press('Enter');
  await page.getByText('new tablet').first().waitFor();
  const names = (await gateway.call('device.pair.list')).paired.map(
    ({ displayName, operatorLabel, label }) => [displayName, operatorLabel, label],
  );
  assert.ok(names.flat().includes('new tablet'), JSON.stringify(names));
  await choose('new tablet', /^Rotate token/);
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate token' }).click();
  await device.ended();
  await page.getByText('Token rotated').waitFor();
  await choose('new tablet', /^Revoke/);
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke token' }).click();
  await page.getByText('Token revoked').first().waitFor();
});

test('devices: a code lets one device in, and the page shows who it was', async ({
  enter,
  gateway,
  tidy,
}) => {
  const app = await enter({ path: '/#/devices/pair' });
  const dialog = app.page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Create code' }).click();
  await dialog.getByRole('img', { name: /QR/ }).waitFor();
  await dialog.getByRole('button', { name: 'Show the code as text' }).click();
  const code = await dialog
    .getByRole('code')
    .filter({ hasText: /^[\w-]{60,}$/ })
    .innerText();
  const { bootstrapToken } = JSON.parse(
    Buffer.from(code.trim().replace('oc-pair://', ''), 'base64url').toString(),
  );
  const device = Device.operator('kitchen tablet');
  tidy.later(() => device.close());
  const url = `ws://${otherAddress()}:${gateway.port}`;
  const hello = await device.connect(url, { auth: { bootstrapToken } });
  assert.ok(!hello.auth.scopes.includes('operator.admin'), 'a code gives no administrator');
  await dialog.getByText('kitchen tablet').first().waitFor();
  await assert.rejects(
    Device.operator('late tablet').connect(url, { auth: { bootstrapToken } }),
    /setup code/,
  );
});

test('devices: one that asks for more gets it from the page only', async (cast) => {
  const { device } = await paired(cast, 'curious phone');
  const app = await cast.enter({ path: '/#/devices' });
  await device.request('device.scopes.requestUpgrade', {
    scopes: [...device.hello.auth.scopes, 'operator.approvals'],
  });
  const request = app.page.getByRole('main').getByRole('article', { name: /curious phone/ });
  await request
    .getByText(/more permissions/)
    .first()
    .waitFor();
  await app.insist(
    'the answer to the request',
    request.getByRole('button', { name: /^Approve/ }),
    async () => !(await request.isVisible()),
  );
  await device.close();
  const scopes = [...device.hello.auth.scopes, 'operator.approvals'];
  const hello = await device.connect(device.url, { auth: { token: TOKEN }, scopes });
  assert.ok(hello.auth.scopes.includes('operator.approvals'));
});

test('approvals: a click in the moment when a request appears counts for nothing', async (cast) => {
  const { device } = await paired(cast, 'asking desk', EVERYTHING);
  const app = await cast.enter({ path: '/#/approvals' });
  await app.page.evaluate(() => {
    new MutationObserver((_, observer) => {
      const button = [...document.querySelectorAll('main button')].find(
        (each) => each.textContent.trim() === 'Allow once',
      );
      if (!button) return;
      observer.disconnect();
      button.click();
      window.clickedEarly = true;
    }).observe(document.body, { childList: true, subtree: true });
  });
  // It is answered at the end of all that follows.
  const timeoutMs = 120_000;
  const early = { command: 'echo early', cwd: '/', host: 'gateway', timeoutMs };
  const asked = device.request('exec.approval.request', early, timeoutMs);
  asked.catch(() => {});
  await app.until('the early click', () => window.clickedEarly);
  const main = app.page.getByRole('main');
  await main.getByText('echo early').first().waitFor();
  assert.equal(app.socket.calls('exec.approval.resolve').length, 0);
  await app.insist(
    'the answer',
    main.getByRole('button', { name: 'Deny' }).first(),
    () => app.socket.calls('exec.approval.resolve').length > 0,
  );
  assert.equal((await asked).decision, 'deny');
});

test('sessions: named, found by what was said in them, deleted', async ({ enter }) => {
  const app = await enter();
  const { page } = app;
  for (const words of ['three days in Köln', 'notes about the meeting']) {
    await app.newConversation();
    await app.say(`echo ${words}`);
    await app.answered(words);
  }
  await app.visit('sessions');
  const choose = async (name, item) => {
    await page
      .getByRole('main')
      .getByRole('button', { name: `Actions for ${name}` })
      .click();
    await page.getByRole('menuitem', { name: item }).click();
  };
  await choose('echo notes about the meeting', 'Rename');
  await page.getByLabel('Name', { exact: true }).fill('Meeting');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('main').getByText('Meeting', { exact: true }).first().waitFor();
  await page.getByRole('main').getByRole('searchbox').fill('koln');
  await page.getByText('Found in messages').waitFor();
  await page.getByRole('main').getByRole('mark').first().waitFor();
  await page.getByRole('main').getByRole('searchbox').fill('');
  await choose('Meeting', 'Delete');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('main').getByText('Meeting', { exact: true }).first().waitFor({ state: 'hidden' });
});

test('agents: its name and its files are what the agent has', async ({ enter, gateway }) => {
  const app = await enter({ path: '/#/agents/main' });
  const { page } = app;
  await page.getByLabel('Name', { exact: true }).fill('Ada');
  await page.getByRole('button', { name: 'Save' }).first().click();
  await until('the new name', async () => (await gateway.call('agents.list')).agents[0].name === 'Ada');
  await page.getByRole('tab', { name: 'Files' }).click();
  await page
    .getByRole('button', { name: /^AGENTS\.md/ })
    .first()
    .click();
  await page.getByRole('tabpanel').getByRole('textbox').last().fill('Answer in rhymes.');
  await page.getByRole('tabpanel').getByRole('button', { name: 'Save', exact: true }).click();
  const path = join(gateway.stateDir, 'workspace/AGENTS.md');
  await until('the file', () => readFileSync(path, 'utf8').includes('Answer in rhymes.'));
});

test('models: a key goes in and never comes out', async ({ enter, gateway }) => {
  const app = await enter({ path: '/#/models' });
  const { page } = app;
  await page.getByRole('button', { name: 'Connect OpenAI' }).click();
  const field = page.getByRole('dialog').getByLabel(/key/i).first();
  assert.equal(await field.getAttribute('type'), 'password');
  await field.fill(KEY);
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^(save|connect)/i })
    .click();
  await page.getByRole('region', { name: 'Set up' }).getByRole('heading', { name: 'OpenAI' }).waitFor();
  const received = app.seen.sockets.flatMap(({ frames }) => frames).filter(({ from }) => from === 'gateway');
  assert.ok(!JSON.stringify(received).includes(KEY), 'the gateway sent the key back');
  assert.ok(!JSON.stringify(await app.stored()).includes(KEY), 'the page kept the key');
  assert.ok(!gateway.wholeLog.includes(KEY), 'the key is in the log');
});

test('usage: what was said is counted and can be taken along', async ({ enter }) => {
  const app = await enter();
  await app.say('echo count me');
  await app.answered('count me');
  await app.visit('usage');
  await app.page.getByRole('row', { name: /fake\/echo-1/ }).waitFor();
  await app.page.getByRole('button', { name: 'Export' }).click();
  const csv = app.page.waitForEvent('download');
  await app.page.getByRole('menuitem').first().click();
  const text = (await saved(csv)).toString('utf8');
  assert.match(text, /^date,/);
  assert.ok(text.trim().split('\n').length > 1, text);
});

test('about: the debug bundle has the facts and no secrets', async ({ enter, gateway }) => {
  const app = await enter();
  await app.say('echo a private message');
  await app.answered('a private message');
  const { deviceToken } = app.hello.auth;
  await app.visit('about');
  await app.page.getByRole('button', { name: 'Gather and look at it' }).click();
  const download = app.page.waitForEvent('download');
  await app.page.getByRole('button', { name: /^(save|download)/i }).click();
  const texts = unzipped(await saved(download));
  const all = texts.join('\n');
  assert.match(all, new RegExp(gateway.ready.version));
  for (const secret of [TOKEN, deviceToken, 'a private message', KEY])
    assert.ok(!all.includes(secret), `it holds ${secret}`);
});

test('the first steps lead through model and phone to the chat', async ({ enter }) => {
  const app = await enter({ path: '/#/welcome' });
  const main = app.page.getByRole('main');
  await main.getByRole('heading', { level: 1, name: 'Welcome' }).waitFor();
  for (const step of ['Choose who answers', 'Bring your phone']) {
    await main
      .getByRole('button', { name: /^(continue|skip|not now)/i })
      .last()
      .click();
    await main.getByRole('heading', { level: 1, name: step }).waitFor();
  }
  await main.getByRole('button').last().click();
  await app.composer.waitFor();
});

/** An operator from another address that has been let in. */
async function paired({ gateway, tidy }, name, scopes) {
  const device = Device.operator(name, scopes);
  tidy.later(() => device.close());
  const url = `ws://${otherAddress()}:${gateway.port}`;
  const requestId = await device.ask(url, { auth: { token: TOKEN } });
  await gateway.cli('devices', 'approve', requestId, '--yes');
  device.url = url;
  device.hello = await device.connect(url, { auth: { token: TOKEN } });
  return { device };
}

/** What the browser saved; kept with the pictures. */
async function saved(download) {
  const file = await download;
  const path = artefact('downloads', file.suggestedFilename());
  await file.saveAs(path);
  return readFileSync(path);
}

/** The files of a zip archive as text. */
function unzipped(bytes) {
  const texts = [];
  for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50;) {
    const [method, size] = [bytes.readUInt16LE(at + 8), bytes.readUInt32LE(at + 18)];
    const from = at + 30 + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
    const data = bytes.subarray(from, from + size);
    texts.push((method === 8 ? inflateRawSync(data) : data).toString('utf8'));
    at = from + size;
  }
  return texts;
}
