//! Nodes on the page of devices: asked about, shown as they are, tried, and their rules for commands edited.
import assert from 'node:assert/strict';
import { Device, otherAddress } from './device.mjs';
import { TOKEN } from './gateway.mjs';
import { looked } from './looks.mjs';
import { stage } from './stage.mjs';
import { until } from './until.mjs';

const { test } = stage({ args: ['--bind', 'lan'] });

const STATS = {
  cpuCount: 4,
  loadAverage: [1.5, 1.25, 0.75],
  memoryTotalBytes: 8e9,
  memoryFreeBytes: 2e9,
  diskTotalBytes: 500e9,
  diskAvailableBytes: 30e9,
};

test('a node that asks to be used is approved from the corner, exactly as it was shown', async (cast) => {
  const app = await cast.enter();
  const { node } = await paired(cast, 'Workshop', { commands: ['system.notify', 'system.run'] });
  const prompt = app.prompt('Workshop');
  await prompt.getByText('runs programs on it, as its user').waitFor();
  assert.equal(await app.page.evaluate(() => document.activeElement?.closest('article') ?? null), null);
  await app.decide('Workshop', 'Approve');
  const [call] = app.socket.calls('node.pair.approve');
  const asked = app.socket.events('node.pair.requested').at(-1).payload;
  assert.deepEqual(call.params, { requestId: asked.requestId, nodeId: node.id });
  await app.visit('devices');
  await row(app, 'Workshop').getByText('Node: connected').waitFor();
  const answer = await app.socket.answer(call);
  assert.deepEqual(answer.payload.node.commands, ['system.notify', 'system.run']);
});

test('a request that somebody else has answered takes its prompt away', async (cast) => {
  const app = await cast.enter();
  await paired(cast, 'Attic', { commands: ['system.notify'] });
  await app.prompt('Attic').waitFor();
  const { pending } = await cast.gateway.call('node.pair.list');
  const { requestId } = pending.find(({ displayName }) => displayName === 'Attic');
  await cast.gateway.call('node.pair.reject', { requestId });
  await app.prompt('Attic').waitFor({ state: 'hidden' });
});

test('what a node asks for beyond what it has stands apart, and what it has works on', async (cast) => {
  const { node, connect } = await approved(cast, 'Garden', { commands: ['system.notify'] });
  node.serve({ 'system.notify': () => ({ shown: true }) });
  const app = await cast.enter({ path: '/#/devices' });
  await node.close();
  node.declare({ commands: ['system.notify', 'system.run', 'fs.listDir'] });
  await connect();
  const card = app.page.getByRole('article').filter({ hasText: 'asks for more' });
  await card.waitFor();
  const section = (title) =>
    card.locator('section').filter({ has: app.page.getByRole('heading', { name: title }) });
  assert.match(await section(/^New/).innerText(), /system\.run[\s\S]*fs\.listDir/);
  assert.match(await section('Approved already').innerText(), /system\.notify/);
  assert.match(await card.innerText(), /Approving needs: Administrator/);
  await row(app, 'Garden').getByText('Node: asks for more').waitFor();
  await open(app, 'Garden');
  await tried(app, 'Garden', { shown: '"shown": true' });
  await app.insist(
    'the rejection',
    card.getByRole('button', { name: 'Reject Garden' }),
    async () => !(await card.isVisible()),
  );
  const { nodes } = await cast.gateway.call('node.list');
  assert.deepEqual(nodes.find(({ nodeId }) => nodeId === node.id).commands, ['system.notify']);
});

test('a node is shown as connected only while it is, and its figures as it tells them', async (cast) => {
  const { node, connect } = await approved(cast, 'Shed', {
    commands: ['system.notify'],
    permissions: { 'screen.record': false, notifications: true },
  });
  const app = await cast.enter({ path: '/#/devices/nodes' });
  await row(app, 'Shed').getByText('Node: connected').waitFor();
  await open(app, 'Shed');
  await told(node);
  await row(app, 'Shed').getByText('1.5 on 4 processors').waitFor();
  await row(app, 'Shed').getByText('6 GB of 8 GB used').waitFor();
  assert.match(await row(app, 'Shed').innerText(), /screen\.record\s+not granted/);
  await node.close();
  await row(app, 'Shed').getByText('Node: away').waitFor();
  await row(app, 'Shed').getByText('Agents cannot use it until it connects.').waitFor();
  await row(app, 'Shed').getByText('system.notify').first().waitFor();
  // The page has missed what happened meanwhile, and loads it.
  await cast.gateway.restart();
  await connect();
  await row(app, 'Shed').getByText('Node: connected').waitFor({ timeout: 30_000 });
});

test('a command is tried, and a failure is told in plain words', async (cast) => {
  const { node } = await approved(cast, 'Cellar', {
    commands: ['system.notify', 'system.which', 'device.info'],
  });
  node.serve({
    'system.notify': ({ title }) => ({ shown: title }),
    'device.info': () => undefined,
    'system.which': () => Promise.reject({ code: 'UNSUPPORTED', message: 'no PATH here' }),
  });
  const app = await cast.enter({ path: '/#/devices' });
  await open(app, 'Cellar');
  await tried(app, 'Cellar', {
    command: 'system.notify',
    params: '{"title":"Hello"}',
    shown: '"shown": "Hello"',
  });
  await tried(app, 'Cellar', { command: 'system.which', params: '', shown: 'no PATH here' });
  await row(app, 'Cellar').getByText('This device has no way to do it.').waitFor();
});

test('rules that a node keeps are edited, and a change of somebody else is not overwritten', async (cast) => {
  let rules = { file: { version: 1 }, hash: 'h1', exists: true, path: '/home/ada/exec-approvals.json' };
  const { node } = await approved(cast, 'Desk', {
    commands: ['system.run', 'system.execApprovals.get', 'system.execApprovals.set'],
  });
  node.serve({
    'system.execApprovals.get': () => rules,
    'system.execApprovals.set': ({ file, baseHash }) => {
      if (baseHash !== rules.hash)
        throw {
          code: 'INVALID_REQUEST',
          message: 'exec approvals changed since last load; reload and retry',
        };
      rules = { ...rules, file, hash: `${rules.hash}+` };
      return rules;
    },
  });
  const app = await cast.enter({ path: '/#/devices' });
  await open(app, 'Desk');
  await row(app, 'Desk').getByRole('button', { name: 'Show and change the rules' }).click();
  const dialog = app.page.getByRole('dialog');
  await dialog.getByText('/home/ada/exec-approvals.json').waitFor();
  await dialog.getByLabel('Add a program').fill('/usr/bin/rg');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  rules = { ...rules, file: { version: 1, defaults: { security: 'deny' } }, hash: 'h2' };
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Somebody else changed these rules').waitFor();
  assert.equal(rules.hash, 'h2');
  await dialog.getByRole('button', { name: 'Show theirs, drop mine' }).click();
  await dialog.getByLabel('Add a program').fill('/usr/bin/rg');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'hidden' });
  assert.deepEqual(rules.file, {
    version: 1,
    defaults: { security: 'deny' },
    agents: { '*': { allowlist: [{ pattern: '/usr/bin/rg' }] } },
  });
});

test('what agents may do is taken back, and the device stays paired', async (cast) => {
  const { node } = await approved(cast, 'Porch', { commands: ['system.notify'] });
  const app = await cast.enter({ path: '/#/devices' });
  await app.page.getByRole('button', { name: 'Actions for Porch' }).click();
  await app.page.getByRole('menuitem', { name: 'Take back commands' }).click();
  await app.page.getByRole('dialog').getByRole('button', { name: 'Take back commands' }).click();
  await node.ended();
  await row(app, 'Porch').getByText('Node: away').waitFor();
  const { paired: devices } = await cast.gateway.call('device.pair.list');
  assert.ok(devices.some(({ deviceId }) => deviceId === node.id));
});

test('a node is renamed under both of its names', async (cast) => {
  const { node } = await approved(cast, 'host-17', { commands: ['system.notify'] });
  const app = await cast.enter({ path: '/#/devices' });
  await app.page.getByRole('button', { name: 'Actions for host-17' }).click();
  await app.page.getByRole('menuitem', { name: 'Rename' }).click();
  await app.page.getByLabel('Name', { exact: true }).fill('Music room');
  await app.page.keyboard.press('Enter');
  await row(app, 'Music room').waitFor();
  await until('both names', async () => {
    const [{ nodes }, { paired: devices }] = await Promise.all(
      ['node.list', 'device.pair.list'].map((method) => cast.gateway.call(method)),
    );
    const of = nodes.find(({ nodeId }) => nodeId === node.id);
    const device = devices.find(({ deviceId }) => deviceId === node.id);
    return of.displayName === 'Music room' && device.label === 'Music room';
  });
});

for (const colorScheme of ['light', 'dark']) {
  test(`nodes look right in ${colorScheme}`, async (cast) => {
    const { node } = await approved(cast, `Studio ${colorScheme}`, {
      caps: ['system', 'fs', 'browser'],
      commands: [
        'system.run',
        'system.which',
        'system.notify',
        'system.execApprovals.get',
        'fs.listDir',
        'browser.proxy',
        'screen.record',
      ],
      permissions: { 'screen.record': false, notifications: true },
    });
    await paired(cast, `A node with a rather long name ${colorScheme}`, {
      commands: ['system.notify', 'system.run', 'computer.act'],
    });
    node.serve({ 'system.notify': () => ({ shown: true }) });
    const app = await cast.enter({ colorScheme, path: '/#/devices/nodes' });
    await told(node);
    await open(app, `Studio ${colorScheme}`);
    await row(app, `Studio ${colorScheme}`).getByText('1.5 on 4 processors').waitFor();
    await tried(app, `Studio ${colorScheme}`, {
      command: 'system.notify',
      params: '',
      shown: '"shown": true',
    });
    assert.deepEqual(await looked(app, 'nodes', colorScheme), []);
    await app.visit('overview');
    await app.prompt('A node with a rather long name').waitFor();
    assert.deepEqual(await looked(app, 'node-prompt', colorScheme), []);
  });
}

/** A node from another address whose device is paired, and whose commands nobody has approved. */
async function paired({ gateway, tidy }, name, shape) {
  const node = Device.node(name, shape);
  const url = `ws://${otherAddress()}:${gateway.port}`;
  const connect = () => until(`connection of ${name}`, () => node.connect(url, { auth: { token: TOKEN } }));
  const requestId = await node.ask(url, { auth: { token: TOKEN } });
  await gateway.cli('devices', 'approve', requestId, '--yes');
  await connect();
  tidy.later(async () => {
    await node.close();
    // The next test is not asked about this one.
    await gateway.call('device.pair.remove', { deviceId: node.id });
  });
  return { node, connect };
}

/** The same, its commands approved. */
async function approved(cast, name, shape) {
  const made = await paired(cast, name, shape);
  const { requestId } = await until('its request', async () => {
    const { pending } = await cast.gateway.call('node.pair.list');
    return pending.find(({ nodeId }) => nodeId === made.node.id);
  });
  await cast.gateway.call('node.pair.approve', { requestId });
  return made;
}

/** The node tells the figures of its machine. */
function told(node) {
  return node.request('node.event', { event: 'node.host.stats', payloadJSON: JSON.stringify(STATS) });
}

/** Its row in the list. */
function row(app, name) {
  return app.page
    .getByRole('main')
    .getByRole('listitem')
    .filter({ has: app.page.getByRole('button', { name: `Details of ${name}` }) });
}

async function open(app, name) {
  await row(app, name)
    .getByRole('button', { name: `Details of ${name}` })
    .click();
}

/** Tries a command of a node whose details are open. */
async function tried(app, name, { command, params, shown }) {
  const of = row(app, name);
  const details = of.locator('details');
  if (!(await details.getByRole('button', { name: 'Run it' }).isVisible()))
    await of.getByText('Try a command').click();
  if (command) {
    await details.getByRole('combobox', { name: 'Command' }).click();
    await app.page.getByRole('option', { name: new RegExp(`^${command.replaceAll('.', '\\.')}`) }).click();
  }
  if (params !== undefined) await details.getByLabel('Parameters').fill(params);
  await details.getByRole('button', { name: 'Run it' }).click();
  await details.getByText(shown).waitFor();
}
