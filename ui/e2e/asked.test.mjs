//! What the page asks its user: whether a device may come in, whether a command may run. And how healthy the gateway is.
import assert from 'node:assert/strict';
import { Device, otherAddress } from './device.mjs';
import { TOKEN } from './gateway.mjs';
import { stage } from './stage.mjs';
import { Turn } from './turn.mjs';
import { until } from './until.mjs';

const { test } = stage({ args: ['--bind', 'lan'] });

test('a device that asks raises a prompt; approve lets it in', async ({ enter, gateway, tidy }) => {
  const app = await enter();
  const { device, requestId, url } = await asking(gateway, tidy, 'kitchen phone');
  await app.prompt('kitchen phone').getByText(otherAddress()).waitFor();
  await app.prompt('kitchen phone').getByText(device.id.slice(0, 4)).first().waitFor();
  await app.decide('kitchen phone', 'Approve');
  const hello = await until('the device to be let in', () => device.connect(url, { auth: { token: TOKEN } }));
  assert.equal(hello.auth.role, 'node');
  const [call] = app.socket.calls('device.pair.approve');
  assert.deepEqual(call.params, { requestId, deviceId: device.id });
});

test('a device that is rejected stays out', async ({ enter, gateway, tidy }) => {
  const app = await enter();
  const { device, requestId, url } = await asking(gateway, tidy, 'unknown phone');
  await app.decide('unknown phone', 'Reject');
  assert.equal(app.socket.calls('device.pair.reject')[0].params.requestId, requestId);
  const again = await device.ask(url, { auth: { token: TOKEN } });
  assert.notEqual(again, requestId);
});

test('a request that somebody else has answered takes its prompt away', async ({ enter, gateway, tidy }) => {
  const app = await enter();
  const { requestId } = await asking(gateway, tidy, 'third phone');
  await app.prompt('third phone').waitFor();
  await gateway.cli('devices', 'reject', requestId);
  await app.prompt('third phone').waitFor({ state: 'hidden' });
});

test('the page of devices approves, and revokes at once', async ({ enter, gateway, tidy }) => {
  const { device, url } = await asking(gateway, tidy, 'garden desk', Device.operator);
  const app = await enter({ path: '/#/devices' });
  const main = app.page.getByRole('main');
  await main.getByText('garden desk').first().waitFor();
  await app.insist('the device to be let in', main.getByRole('button', { name: /^approve/i }).first(), () =>
    device.connect(url, { auth: { token: TOKEN } }),
  );
  await main.getByRole('button', { name: 'Actions for garden desk' }).click();
  await app.page.getByRole('menuitem', { name: 'Remove' }).click();
  await app.page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await device.ended();
});

for (const [button, said] of [
  ['Allow once', 'made by a tool'],
  ['Deny', 'denied'],
]) {
  test(`a command waits for an answer: ${button}`, async ({ enter, model }) => {
    model.pushFor(
      `run it: ${button}`,
      new Turn().text('I run that. ').call('exec', { argv: ['echo', 'made by a tool'] }),
    );
    model.pushFor(`run it: ${button}`, Turn.say(`All done after ${button}.`));
    const app = await enter();
    await app.say(`run it: ${button}`);
    await app.decide("echo 'made by a tool'", button);
    await app.answered(`All done after ${button}.`);
    const { body } = model.requests.at(-1);
    const results = body.messages.filter(({ role }) => role === 'tool');
    assert.match(JSON.stringify(results.at(-1)), new RegExp(said));
  });
}

test('a command is shown whole, whatever is in it', async ({ enter, model }) => {
  const nasty = [
    'sh',
    '-c',
    `echo safe ${' '.repeat(300)} ; rm -rf \u202Enothing\u202C # the end of the command`,
  ];
  model.pushFor('something nasty', new Turn().call('exec', { argv: nasty }));
  model.pushFor('something nasty', Turn.say('Understood.'));
  const app = await enter();
  await app.say('run something nasty');
  const shown = app.prompt('the end of the command');
  await shown.waitFor();
  const text = await shown.innerText();
  assert.ok(!text.includes('\u202E'), 'a character that turns the text around is shown as it is');
  assert.match(text, /202E/i);
  await app.decide('the end of the command', 'Deny');
  await app.answered('Understood.');
});

test('the page of approvals answers too', async ({ enter, model }) => {
  model.pushFor('from the page', new Turn().call('exec', { argv: ['echo', 'from the page'] }));
  model.pushFor('from the page', Turn.say('Answered from the page.'));
  const app = await enter();
  await app.say('run it from the page');
  await app.prompt("echo 'from the page'").getByRole('button', { name: 'Later' }).click();
  await app.prompts.waitFor({ state: 'hidden' });
  await app.visit('approvals');
  const main = app.page.getByRole('main');
  await main.getByText("echo 'from the page'").first().waitFor();
  await app.insist('the model to hear of it', main.getByRole('button', { name: 'Allow once' }).first(), () =>
    model.requests.some(({ body }) => body.messages.at(-1).role === 'tool'),
  );
  await app.visit('chat');
  await app.answered('Answered from the page.');
});

test('the overview tells how the gateway is', async ({ enter, gateway }) => {
  const app = await enter({ path: '/#/overview' });
  const main = app.page.getByRole('main');
  await main.getByText(gateway.ready.version).first().waitFor();
  await gateway.stop();
  await app.banner.waitFor();
  await gateway.launch();
  await app.banner.waitFor({ state: 'hidden', timeout: 30_000 });
  await main.getByText(gateway.ready.version).first().waitFor();
});

/** A device from another address that has asked to be let in, by default a node. */
async function asking(gateway, tidy, name, kind = Device.node) {
  const device = kind(name);
  tidy.later(async () => {
    await device.close();
    // A node that was let in asks to be used, too; the next test is not asked about it.
    await gateway.call('device.pair.remove', { deviceId: device.id }).catch(() => {});
  });
  const url = `ws://${otherAddress()}:${gateway.port}`;
  return { device, url, requestId: await device.ask(url, { auth: { token: TOKEN } }) };
}
