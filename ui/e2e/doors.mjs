//! Other ways to the gateway than its own port: through SSH, and through a proxy as Tailscale Serve is one.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from './port.mjs';
import { until } from './until.mjs';

/** Name of the machine in the tailnet; browser.mjs sends it to this machine. */
export const TAILNET_NAME = 'desk.example-net.ts.net';

/** `ssh -L` to `port` through an SSH server of its own; resolves with the tunnel's origin. */
export async function tunnel(port, tidy) {
  const folder = mkdtempSync(join(tmpdir(), 'postern-ssh-'));
  tidy.later(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['host', 'user']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  }
  const [serverPort, here] = [await freePort(), await freePort()];
  const lines = {
    ListenAddress: `127.0.0.1:${serverPort}`,
    HostKey: join(folder, 'host'),
    PidFile: join(folder, 'pid'),
    AuthorizedKeysFile: join(folder, 'user.pub'),
    AuthenticationMethods: 'publickey',
    PermitRootLogin: 'yes',
    StrictModes: 'no',
    UsePAM: 'no',
    AllowTcpForwarding: 'local',
  };
  writeFileSync(
    join(folder, 'config'),
    Object.entries(lines)
      .map((line) => `${line.join(' ')}\n`)
      .join(''),
  );
  // As root it separates privileges into an empty folder that packages make at boot.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
  const server = part('/usr/sbin/sshd', ['-D', '-e', '-f', join(folder, 'config')], tidy);
  await until('the SSH server', () => reachable(serverPort, server));
  const known = `[127.0.0.1]:${serverPort} ${readFileSync(join(folder, 'host.pub'), 'utf8')}`;
  writeFileSync(join(folder, 'known'), known);
  const options = {
    IdentityFile: join(folder, 'user'),
    UserKnownHostsFile: join(folder, 'known'),
    ExitOnForwardFailure: 'yes',
    IdentitiesOnly: 'yes',
  };
  const flags = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  const forward = `127.0.0.1:${here}:127.0.0.1:${port}`;
  const client = part(
    'ssh',
    [
      '-F',
      '/dev/null',
      '-N',
      '-p',
      String(serverPort),
      '-L',
      forward,
      ...flags,
      `${userInfo().username}@127.0.0.1`,
    ],
    tidy,
  );
  await until('the SSH tunnel', () => reachable(here, client, server));
  return `http://127.0.0.1:${here}`;
}

function part(command, args, tidy) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  child.said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (child.said += chunk));
  child.on('error', (error) => (child.said += error.message));
  tidy.later(() => child.kill('SIGKILL'));
  return child;
}

/** Whether somebody listens on `port`; throws when one of the `parts` that should has ended. */
function reachable(port, ...parts) {
  const ended = parts.find(({ exitCode, pid }) => exitCode !== null || pid === undefined);
  if (ended) throw Object.assign(new Error(ended.said), { final: true });
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/**
 * A proxy as `tailscale serve` is one: HTTPS under the machine's name in the tailnet, HTTP to the gateway, the caller's address
 * and login in headers that the caller cannot set. Resolves with its origin.
 */
export async function serveProxy(port, tidy, { address = '100.100.20.7', login = 'ada@example.com' } = {}) {
  const added = (headers) => ({
    ...Object.fromEntries(
      Object.entries(headers).filter(([name]) => !/^(x-forwarded-|tailscale-)/.test(name)),
    ),
    'x-forwarded-for': address,
    'x-forwarded-host': headers.host,
    'x-forwarded-proto': 'https',
    'tailscale-user-login': login,
    'tailscale-user-name': 'Ada',
  });
  const server = createSecureServer(certificate(), (incoming, outgoing) => {
    const forwarded = forward(port, incoming, added, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  server.on('upgrade', (incoming, socket, head) => upgrade(forward(port, incoming, added), socket, head));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  tidy.later(() => server.close() && server.closeAllConnections());
  return `https://${TAILNET_NAME}:${server.address().port}`;
}

function forward(port, { method, url, headers }, added, onAnswer) {
  return request({ host: '127.0.0.1', port, method, path: url, headers: added(headers) }, onAnswer);
}

function upgrade(forwarded, socket, head) {
  const written = ({ statusCode, statusMessage, rawHeaders }) => {
    const lines = rawHeaders.flatMap((value, at) =>
      at % 2 === 0 ? [`${value}: ${rawHeaders[at + 1]}\r\n`] : [],
    );
    socket.write(`HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines.join('')}\r\n`);
  };
  forwarded.on('upgrade', (answer, upstream, rest) => {
    written(answer);
    socket.write(rest);
    upstream.write(head);
    for (const [one, other] of [
      [upstream, socket],
      [socket, upstream],
    ]) {
      one.pipe(other);
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
    }
  });
  forwarded.on('response', (answer) => {
    written(answer);
    answer.pipe(socket);
  });
  forwarded.on('error', () => socket.destroy());
  socket.on('error', () => forwarded.destroy());
  forwarded.end();
}

/** A certificate that only a browser accepts which was told to accept any. */
function certificate() {
  const folder = mkdtempSync(join(tmpdir(), 'postern-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync(
    'openssl',
    ['req', '-x509', ...kind, '-subj', `/CN=${TAILNET_NAME}`, '-keyout', key, '-out', cert],
    { stdio: 'pipe' },
  );
  const pair = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return pair;
}
