//! Running the gateway from its page: remote access, logs, doctor, backups, updates.
import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { artefact } from './browser.mjs';
import { otherAddress } from './device.mjs';
import { TOKEN } from './gateway.mjs';
import { stage } from './stage.mjs';
import { until } from './until.mjs';

const { test } = stage({ args: ['--bind', 'lan'] });

test('logs: lines arrive as they are written, are filtered, paused and saved', async ({ enter, gateway }) => {
  const app = await enter({ path: '/#/logs' });
  const log = app.page.getByRole('log', { name: 'Log lines' });
  await log
    .getByText(/client|connect/i)
    .first()
    .waitFor();
  assert.ok(!(await log.innerText()).includes(TOKEN));
  const filter = app.page.getByRole('searchbox', { name: 'Filter lines' });
  await filter.fill('no-such-line-anywhere');
  await app.page.getByText('No line fits').waitFor();
  await filter.fill('');
  await app.page.getByRole('button', { name: 'Pause' }).click();
  await badGuess(gateway);
  await app.page.getByText(/new lines? waits?/).waitFor();
  await app.page.getByRole('button', { name: 'Go on' }).click();
  const [download] = await Promise.all([
    app.page.waitForEvent('download'),
    app.page.getByRole('button', { name: 'Download' }).click(),
  ]);
  const lines = (await saved(download)).toString().trim().split('\n');
  assert.ok(lines.length > 1 && lines.every((line) => JSON.parse(line).time));
});

test('doctor: finds a folder that others can read, and mends it', async ({ enter, gateway }) => {
  chmodSync(gateway.stateDir, 0o755);
  const app = await enter({ path: '/#/doctor' });
  const row = app.page
    .getByRole('listitem')
    .filter({ hasText: /state folder/i })
    .first();
  await row.getByRole('button', { name: /^Mend/ }).click();
  await until('the folder to be private', () => (statSync(gateway.stateDir).mode & 0o777) === 0o700);
  await app.page.getByText(/^Mended/).waitFor();
  const [download] = await Promise.all([
    app.page.waitForEvent('download'),
    app.page.getByRole('button', { name: 'Save the bundle' }).click(),
  ]);
  const zip = await saved(download);
  assert.equal(zip.subarray(0, 2).toString(), 'PK');
  assert.ok(!zip.includes(TOKEN), 'the bundle has the token');
});

test('backup: made under a passphrase, saved, deleted, brought back and checked', async ({
  enter,
  gateway,
}) => {
  const app = await enter();
  await app.say('echo what has to be in the backup');
  await app.answered('what has to be in the backup');
  await app.goto('/#/backup');
  const { page } = app;
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'Back up now' }).click();
  await dialog.getByLabel('Passphrase', { exact: true }).fill('short');
  await dialog.getByRole('button', { name: 'Back up now' }).click();
  await dialog.getByText('Use at least 8 characters').waitFor();
  await dialog.getByLabel('Passphrase', { exact: true }).fill('a long passphrase');
  await dialog.getByLabel('Passphrase again').fill('a long passphrase');
  await dialog.getByRole('button', { name: 'Back up now' }).click();
  await page.getByText('is ready').waitFor({ timeout: 40_000 });
  const choose = async (item) => {
    await page
      .getByRole('button', { name: /^Actions for/ })
      .first()
      .click();
    await page.getByRole('menuitem', { name: item }).click();
  };
  const [download] = await Promise.all([page.waitForEvent('download'), choose('Download')]);
  const bytes = await saved(download);
  assert.ok(bytes.length > 1_000);
  assert.ok(!bytes.includes('what has to be in the backup'), 'it is not encrypted');
  await choose('Delete');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No backup yet').waitFor();
  await page.getByLabel('Bring a backup').setInputFiles({
    name: download.suggestedFilename(),
    mimeType: 'application/zip',
    buffer: bytes,
  });
  await page.getByText('is here now').waitFor();
  await choose('Check');
  await dialog.getByLabel('Passphrase').fill('a wrong passphrase');
  await dialog.getByRole('button', { name: 'Check' }).click();
  await dialog.getByRole('alert').waitFor();
  await dialog.getByLabel('Passphrase').fill('a long passphrase');
  await dialog.getByRole('button', { name: 'Check' }).click();
  await dialog.getByText('The backup is whole').waitFor();
  await dialog.getByText('Messages').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  assert.equal((await gateway.call('backup.list')).backups.length, 1);
});

test('update: a server that does not answer is told, and updates can be held', async ({
  enter,
  gateway,
  tidy,
  model,
}) => {
  const server = createServer((_, response) => response.writeHead(503).end());
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  tidy.later(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address();
  const jwk = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  const publicKeys = [Buffer.from(jwk.x, 'base64url').toString('base64')];
  const url = `http://127.0.0.1:${port}/manifest.json`;
  gateway.configure(model.config({ update: { url, publicKeys } }));
  await until('the source of updates', async () => (await gateway.call('update.status')).url);
  const app = await enter({ path: '/#/update' });
  await app.page.getByRole('button', { name: 'Look for updates' }).click();
  await app.page.getByText('The last look failed').waitFor();
  await app.page.getByRole('switch', { name: 'Hold updates' }).click();
  await until('updates to be held', async () => (await gateway.call('update.status')).hold);
});

test('remote access: with TLS the page at a network address is a secure context', async ({
  enter,
  browse,
  gateway,
}) => {
  const app = await enter({ path: '/#/remote' });
  const { page } = app;
  await page.getByText(`http://127.0.0.1:${gateway.port}`).first().waitFor();
  await page.getByRole('switch', { name: /Encrypt/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Change and restart' }).click();
  const secure = `https://${otherAddress()}:${gateway.port}`;
  const other = await until('the page over https', async () => {
    try {
      return await browse({ url: secure, path: `/#token=${TOKEN}`, ignoreHTTPSErrors: true });
    } catch {
      return undefined;
    }
  });
  assert.ok(await other.page.evaluate(() => isSecureContext && Boolean(crypto.subtle)));
  await other.page.getByText('postern devices approve').first().waitFor();
  const { pending } = await gateway.call('device.pair.list');
  await gateway.cli('devices', 'approve', pending[0].requestId, '--yes');
  await other.online();
  await other.goto('/#/remote');
  const pem = readFileSync(join(gateway.stateDir, 'gateway', 'tls', 'gateway-cert.pem'));
  await other.page.getByText(new X509Certificate(pem).fingerprint256).waitFor();
});

/** What was downloaded. */
async function saved(download) {
  const path = artefact('downloads', download.suggestedFilename());
  await download.saveAs(path);
  return readFileSync(path);
}

/** Something that the gateway writes down. */
async function badGuess(gateway) {
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}`);
  await new Promise((resolve, reject) => {
    socket.onopen = () => socket.send('this is no frame');
    socket.onclose = resolve;
    socket.onerror = reject;
  });
}
