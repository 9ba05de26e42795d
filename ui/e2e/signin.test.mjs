//! How a browser becomes a device: with the token, without it, from elsewhere; and where the secrets are afterwards.
import assert from 'node:assert/strict';
import { otherAddress } from './device.mjs';
import { TOKEN } from './gateway.mjs';
import { stage } from './stage.mjs';
import { until } from './until.mjs';

const { test } = stage({ args: ['--bind', 'lan'] });

test('a wrong token is refused with what to do, the right one lets in', async ({ browse }) => {
  const app = await browse();
  await app.signIn('not the token');
  await app.page.getByRole('alert').getByText(/token/i).first().waitFor();
  await app.page.getByText('postern token').first().waitFor();
  await app.signIn(TOKEN);
  await app.online();
  assert.equal(app.hello.auth.role, 'operator');
});

test('a token in the fragment signs in, leaves the URL at once and is kept nowhere', async ({ browse }) => {
  const app = await browse({ path: `/#token=${TOKEN}` });
  await app.online();
  assert.ok(!app.page.url().includes(TOKEN), app.page.url());
  const history = await app.page.evaluate(() => ({
    length: history.length,
    state: JSON.stringify(history.state),
  }));
  assert.ok(!history.state?.includes(TOKEN));
  await ownTokenKept(app);
  const { local, cookies, databases } = await app.stored();
  assert.ok(
    !JSON.stringify(local).includes(app.hello.auth.deviceToken),
    'the device token is in localStorage',
  );
  assert.equal(cookies, '');
  const keys = JSON.stringify(databases);
  assert.match(keys, /"type":"private"/, 'no private key is stored');
  assert.doesNotMatch(keys, /"type":"private","extractable":true/);
});

test('a page never talks to a gateway that its URL names', async ({ browse, gateway }) => {
  const elsewhere = 'ws://127.0.0.1:9/';
  for (const path of [
    `/?gatewayUrl=${elsewhere}#token=${TOKEN}`,
    `/#token=${TOKEN}&gatewayUrl=${elsewhere}`,
  ]) {
    const app = await browse({ path });
    await app.online();
    assert.deepEqual(
      [...new Set(app.seen.sockets.map(({ url }) => new URL(url).host))],
      [new URL(gateway.origin).host],
    );
  }
});

test('a browser is its own device and comes back without the token', async ({ browse, gateway }) => {
  const app = await browse({ path: `/#token=${TOKEN}` });
  await app.online();
  const first = app.socket.calls('connect')[0].params;
  assert.deepEqual([first.client.id, first.client.mode], ['openclaw-control-ui', 'webchat']);
  await ownTokenKept(app);
  await app.reload();
  await app.online();
  const again = app.socket.calls('connect')[0].params;
  assert.equal(again.device.id, first.device.id);
  assert.ok(!JSON.stringify(again).includes(TOKEN));
  assert.equal(app.hello.auth.method, 'device-token');
  const { paired } = await gateway.call('device.pair.list');
  assert.ok(paired.some(({ deviceId }) => deviceId === first.device.id));
});

test('a browser elsewhere waits for approval with its id on the screen, then goes on by itself', async (cast) => {
  const app = await remote(cast);
  const { requestId, deviceId } = await pairing(app);
  await app.page.getByText(requestId).first().waitFor();
  await cast.gateway.cli('devices', 'approve', requestId, '--yes');
  await app.online();
  assert.equal(app.socket.calls('connect')[0].params.device.id, deviceId);
  assert.ok(!app.page.url().includes(TOKEN));
});

test('a browser elsewhere that is rejected says so and can ask again', async (cast) => {
  const app = await remote(cast);
  const { requestId } = await pairing(app);
  await cast.gateway.cli('devices', 'reject', requestId);
  await app.page.getByRole('alert').getByText('declined').waitFor();
  await app.page.getByRole('button', { name: 'Ask again' }).click();
  await app.page.getByText(`postern devices approve`).first().waitFor();
});

test('a revoked browser is put out at once and told why', async ({ enter, gateway }) => {
  const app = await enter();
  const { id } = app.socket.calls('connect')[0].params.device;
  await gateway.call('device.pair.remove', { deviceId: id });
  await app.token.waitFor();
});

test('signing out leaves nothing to come back with', async ({ enter }) => {
  const app = await enter();
  const { deviceToken } = app.hello.auth;
  await app.signOut();
  await app.token.waitFor();
  assert.ok(!JSON.stringify(await app.stored()).includes(deviceToken));
  await app.reload();
  await app.token.waitFor();
});

test('a setup code lets a browser in once', async ({ browse, gateway }) => {
  const { setupCode } = await gateway.call('device.pair.setupCode', {});
  const app = await browse();
  await app.signInWithCode(setupCode);
  await app.online();
  const other = await browse();
  await other.signInWithCode(setupCode);
  await other.page.getByRole('alert').first().waitFor();
});

/** Waits until the token that the browser was issued has taken the place of the gateway's. */
async function ownTokenKept(app) {
  await until(
    'the end of the token in the storage',
    async () => !JSON.stringify(await app.stored()).includes(TOKEN),
  );
}

/** A browser that reaches the gateway by an address of the network. */
async function remote({ browse, gateway, model }) {
  const origin = `http://${otherAddress()}:${gateway.port}`;
  gateway.configure(model.config({ gateway: { controlUi: { allowedOrigins: [origin] } } }));
  await gateway.restart();
  return browse({ url: origin, path: `/#token=${TOKEN}` });
}

/** What the gateway told the page about waiting. */
async function pairing(app) {
  const told = () =>
    app.seen.sockets.flatMap(({ frames }) => frames).find((frame) => frame.error?.code === 'NOT_PAIRED')
      ?.error.details;
  return until('the news that pairing is needed', told);
}
