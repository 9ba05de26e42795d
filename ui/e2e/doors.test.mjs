//! The page through the ways people reach a gateway: an SSH tunnel and a proxy of the tailnet. And that it is one program.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { serveProxy, TAILNET_NAME, tunnel } from './doors.mjs';
import { TOKEN } from './gateway.mjs';
import { stage } from './stage.mjs';
import { until } from './until.mjs';

const { test } = stage();

test('the page chats through an SSH tunnel', async ({ browse, gateway, tidy }) => {
  const origin = await tunnel(gateway.port, tidy);
  const app = await browse({ url: origin, path: `/#token=${TOKEN}` });
  await app.online();
  await app.say('echo from the other end of the tunnel');
  await app.answered('from the other end of the tunnel');
});

test('the page chats through a proxy like Tailscale Serve, as a remote device', async (cast) => {
  const { browse, gateway, model, tidy } = cast;
  const origin = await serveProxy(gateway.port, tidy);
  gateway.configure(
    model.config({ gateway: { trustedProxies: ['127.0.0.1'], controlUi: { allowedOrigins: [origin] } } }),
  );
  await gateway.restart();
  const app = await browse({ url: origin, path: `/#token=${TOKEN}`, ignoreHTTPSErrors: true });
  const told = () =>
    app.seen.sockets.flatMap(({ frames }) => frames).find((frame) => frame.error?.code === 'NOT_PAIRED')
      ?.error.details;
  const { requestId } = await until('the news that pairing is needed', told);
  const pending = (await gateway.call('device.pair.list')).pending.find(
    (request) => request.requestId === requestId,
  );
  assert.equal(pending.remoteIp, '100.100.20.7');
  await gateway.cli('devices', 'approve', requestId, '--yes');
  await app.online();
  await app.say('echo through the tailnet');
  await app.answered('through the tailnet');
  assert.ok(app.page.url().startsWith(`https://${TAILNET_NAME}`));
});

test('a proxy that nobody vouched for is refused, with what to do', async ({
  browse,
  gateway,
  model,
  tidy,
}) => {
  gateway.configure(model.config());
  await gateway.restart();
  const origin = await serveProxy(gateway.port, tidy);
  const app = await browse({ url: origin, path: `/#token=${TOKEN}`, ignoreHTTPSErrors: true });
  await app.page.getByText('gateway.trustedProxies').waitFor();
  assert.equal(app.seen.sockets.length, 0);
});

test('only the gateway runs, and it listens on one port', ({ gateway }) => {
  assert.deepEqual(childrenOf(gateway.pid), []);
  assert.deepEqual(listening(gateway.pid), [gateway.port]);
});

function childrenOf(pid) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => parentOf(name) === pid);
}

function parentOf(pid) {
  try {
    return Number(/^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))[1]);
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

/** Ports on which a process listens. */
function listening(pid) {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`)
      .map((fd) => linkOf(`/proc/${pid}/fd/${fd}`))
      .flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []),
  );
  const rows = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1, -1),
  );
  const open = rows
    .map((row) => row.trim().split(/\s+/))
    .filter((row) => row[3] === '0A' && inodes.has(row[9]));
  return [...new Set(open.map((row) => Number.parseInt(row[1].split(':')[1], 16)))];
}

function linkOf(path) {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
