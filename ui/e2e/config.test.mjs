//! The page of the configuration: forms, text, mistakes, safe mode, earlier versions.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { stage } from './stage.mjs';
import { until } from './until.mjs';

const { test } = stage();

test('a live setting is changed in the form, with its comment kept and no connection lost', async (cast) => {
  const { enter, gateway } = cast;
  comment(gateway);
  const app = await enter({ path: '/#/config' });
  const socket = app.socket;
  await search(app, 'session.mainKey');
  await app.page.getByLabel('Main key').fill('home');
  await review(app);
  const dialog = app.page.getByRole('dialog');
  await dialog.getByText('mainKey').first().waitFor();
  await dialog.getByText('Takes effect at once').waitFor();
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await app.page.getByText('Applied.', { exact: true }).waitFor();
  const text = readFileSync(gateway.configPath, 'utf8');
  assert.match(text, /"?mainKey"?: "home"/);
  assert.match(text, /\/\/ kept by whoever wrote it/);
  assert.equal(app.socket, socket, 'the page stayed connected');
  assert.equal((await gateway.call('config.get')).config.session.mainKey, 'home');
});

test('a setting that needs it restarts the gateway, and the page comes back by itself', async ({ enter }) => {
  const app = await enter({ path: '/#/config' });
  const before = app.socket;
  await search(app, 'gateway.tls.autoGenerate');
  await app.page.getByRole('combobox', { name: 'Auto generate' }).click();
  await app.page.getByRole('option', { name: 'Off' }).click();
  await review(app);
  await app.page.getByRole('dialog').getByText('The gateway restarts for this').waitFor();
  await app.page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click();
  await until('a new connection of the page', () => app.socket && app.socket !== before && app.hello, 30_000);
});

test('all mistakes of a text are told at once with their lines, and nothing is written', async ({
  enter,
  gateway,
}) => {
  const app = await enter({ path: '/#/config' });
  const before = readFileSync(gateway.configPath, 'utf8');
  await app.page.getByRole('radio', { name: 'Text' }).check({ force: true });
  const editor = app.page.getByRole('textbox', { name: 'Text of the file' });
  await editor.fill('{\n  gateway: { port: "x" },\n  session: { scope: "nobody" },\n}\n');
  await review(app);
  await app.page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click();
  const problems = app.page.getByRole('dialog').getByRole('alert');
  await problems.getByText('gateway.port').waitFor();
  await problems.getByText('session.scope').waitFor();
  assert.equal(readFileSync(gateway.configPath, 'utf8'), before);
  await problems.getByRole('button', { name: 'Show line 3' }).click();
  await app.until('line 3 to be marked', () => {
    const area = document.querySelector('textarea');
    return area.value.slice(area.selectionStart, area.selectionEnd).includes('nobody');
  });
  await app.page.getByRole('button', { name: 'Discard' }).click();
});

test('what somebody else wrote meanwhile is not overwritten', async ({ enter, gateway }) => {
  const app = await enter({ path: '/#/config' });
  await search(app, 'session.mainKey');
  await app.page.getByLabel('Main key').fill('mine');
  const now = await gateway.call('config.get');
  await gateway.call('config.patch', { raw: '{session:{queueMode:"steer"}}', baseHash: now.hash });
  await app.page.getByText('The file was changed somewhere else').waitFor();
  await review(app);
  await app.page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click();
  await app.page.getByText('Applied.', { exact: true }).waitFor();
  const { config } = await gateway.call('config.get');
  assert.deepEqual([config.session.mainKey, config.session.queueMode], ['mine', 'steer']);
});

test('a secret is never shown and stays when the text is saved', async ({ enter, gateway }) => {
  const secret = 'canary-secret-0123456789';
  const now = await gateway.call('config.get');
  const provider = { api: 'openai', baseUrl: 'http://127.0.0.1:9', headers: { 'x-key': secret } };
  await gateway.call('config.patch', {
    raw: JSON.stringify({ models: { providers: { hidden: provider } } }),
    baseHash: now.hash,
  });
  const app = await enter({ path: '/#/config' });
  await app.page.getByRole('radio', { name: 'Text' }).check({ force: true });
  const editor = app.page.getByRole('textbox', { name: 'Text of the file' });
  await until('the file in the editor', async () => (await editor.inputValue()).includes('hidden'));
  const text = await editor.inputValue();
  assert.ok(!text.includes(secret), 'the page has the secret');
  await editor.fill(`// saved as it was shown\n${text}`);
  await review(app);
  await app.page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click();
  await app.page.getByText('Applied', { exact: false }).first().waitFor();
  const file = readFileSync(gateway.configPath, 'utf8');
  assert.ok(file.includes(secret) && file.includes('// saved as it was shown'));
  assert.ok(!file.includes('__OPENCLAW_REDACTED__'));
});

test('an earlier version is looked at and restored', async ({ enter, gateway }) => {
  const set = async (key) => {
    const { hash } = await gateway.call('config.get');
    await gateway.call('config.patch', {
      raw: JSON.stringify({ session: { mainKey: key } }),
      baseHash: hash,
    });
  };
  await set('first');
  await set('second');
  const app = await enter({ path: '/#/config' });
  await app.page.getByRole('button', { name: 'Earlier versions' }).click();
  const dialog = app.page.getByRole('dialog');
  await dialog
    .getByRole('button', { name: /^Compare with/ })
    .first()
    .click();
  await dialog.getByText('first').first().waitFor();
  await dialog
    .getByRole('button', { name: /^Restore the version/ })
    .first()
    .click();
  await app.page.getByText('in force again').waitFor();
  assert.equal((await gateway.call('config.get')).config.session.mainKey, 'first');
});

test('safe mode says everywhere what is wrong, and ends when the file is mended', async (cast) => {
  const { enter, gateway, model } = cast;
  const good = readFileSync(gateway.configPath, 'utf8');
  await gateway.stop();
  writeFileSync(gateway.configPath, '{\n  gateway: { port: "x" },\n');
  await gateway.launch();
  const app = await enter({ path: '/#/overview' });
  const banner = app.page.getByRole('status').filter({ hasText: 'Safe mode' });
  await banner.waitFor();
  await banner.getByRole('link').click();
  await app.page.getByRole('alert').filter({ hasText: 'Safe mode' }).first().waitFor();
  const editor = app.page.getByRole('textbox', { name: 'Text of the file' });
  await editor.fill(good);
  await review(app);
  await app.page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click();
  await until('the end of safe mode', async () => {
    const config = await gateway.call('config.get').catch(() => undefined);
    return config?.valid && !config.safeMode;
  });
  await banner.waitFor({ state: 'hidden' });
  gateway.configure(model.config());
});

/** A comment that has to survive. */
function comment(gateway) {
  const text = readFileSync(gateway.configPath, 'utf8');
  writeFileSync(gateway.configPath, `// kept by whoever wrote it\n${text}`);
}

async function search(app, words) {
  await app.page.getByRole('searchbox', { name: 'Search settings' }).fill(words);
}

async function review(app) {
  await app.page.getByRole('button', { name: 'Review' }).click();
}
