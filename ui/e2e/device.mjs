//! A second device over the raw wire: an operator or a node with its own Ed25519 key, from wherever the test lets it connect.
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { WebSocket } from 'ws';
import { STEP_MS, until, within } from './until.mjs';

/** Devices whose connections are open. */
const open = new Set();

const OPERATOR = {
  role: 'operator',
  client: { id: 'cli', mode: 'cli' },
  scopes: ['operator.read', 'operator.write'],
};
const NODE = {
  role: 'node',
  client: { id: 'node-host', mode: 'node' },
  scopes: [],
  caps: ['system'],
  commands: ['system.run'],
};

/** An address of this machine that is not a loopback one: who connects through it is not local. */
export function otherAddress() {
  const all = Object.values(networkInterfaces()).flat();
  const found = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (!found)
    throw new Error(
      'this machine has no address besides the loopback ones; the suite needs one to be a second device',
    );
  return found.address;
}

export class Device {
  /** Everything the gateway sent, in order. */
  frames = [];
  /** `{code, reason}` of the connection's end. */
  closed;
  #key;
  #socket;
  #shape;
  #name;
  #watching = new Set();
  #answers = {};

  constructor(name, shape) {
    this.#name = name;
    this.#shape = shape;
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    this.#key = privateKey;
    const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url');
    this.publicKey = raw.toString('base64url');
    this.id = createHash('sha256').update(raw).digest('hex');
  }

  static operator(name = 'second desk', scopes = OPERATOR.scopes) {
    return new Device(name, { ...OPERATOR, scopes });
  }

  /** `shape`: what it declares, where that matters: `caps`, `commands`, `permissions`. */
  static node(name = 'kitchen phone', shape = {}) {
    return new Device(name, { ...NODE, ...shape });
  }

  /** Declares something else at the next connect. */
  declare(shape) {
    this.#shape = { ...this.#shape, ...shape };
  }

  /**
   * Answers commands from now on, also on later connections: `answers[command]` gives the payload for the params, throws
   * `{code, message}`, or returns undefined to stay silent.
   */
  serve(answers) {
    this.#answers = answers;
  }

  async #answer({ id, nodeId, command, paramsJSON }) {
    const told = await Promise.resolve()
      .then(() => this.#answers[command](paramsJSON ? JSON.parse(paramsJSON) : {}))
      .then(
        (payload) => payload && { ok: true, payload },
        ({ code, message }) => ({ ok: false, error: { code, message } }),
      );
    if (told) await this.request('node.invoke.result', { id, nodeId, ...told });
  }

  /**
   * Connects and signs in; resolves with hello-ok, or rejects with an error that has `code` and `details`. `auth` is what
   * `connect.auth` holds, usually `{token}`; a device token that was issued before is used without being asked.
   */
  async connect(url, { auth, headers, scopes } = {}) {
    if (scopes) this.#shape = { ...this.#shape, scopes };
    this.frames = [];
    this.closed = undefined;
    this.failure = undefined;
    const socket = new WebSocket(url, { headers, perMessageDeflate: false });
    this.#socket = socket;
    open.add(this);
    socket.on('message', (data) => {
      const frame = JSON.parse(data.toString('utf8'));
      this.frames.push(frame);
      if (frame.event === 'node.invoke.request' && this.#answers[frame.payload.command])
        this.#answer(frame.payload).catch((error) => (this.failure = error));
      this.#changed();
    });
    socket.on('error', (error) => {
      this.failure = error;
      this.#changed();
    });
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      open.delete(this);
      this.#changed();
    });
    const challenge = await this.event('connect.challenge');
    const hello = await this.request(
      'connect',
      this.#hello(auth ?? { deviceToken: this.token }, challenge.nonce),
    );
    this.token = hello.auth?.deviceToken ?? this.token;
    return hello;
  }

  /** Connects expecting to be told to wait for approval; resolves with the id of the request. */
  async ask(url, options) {
    try {
      await this.connect(url, options);
    } catch (error) {
      if (error.code === 'NOT_PAIRED') return error.details.requestId;
      throw error;
    }
    throw new Error(`${this.#name} was let in without an approval`);
  }

  #hello(auth, nonce) {
    const { role, client, scopes, caps, commands, permissions } = this.#shape;
    const signedAt = Date.now();
    const [platform, deviceFamily] = ['linux', 'Linux'];
    const secret = auth.token ?? auth.deviceToken ?? auth.bootstrapToken ?? '';
    const fields = [
      'v3',
      this.id,
      client.id,
      client.mode,
      role,
      scopes.join(','),
      signedAt,
      secret,
      nonce,
      platform,
      'linux',
    ];
    const signature = sign(null, Buffer.from(fields.join('|')), this.#key).toString('base64url');
    return {
      minProtocol: 4,
      maxProtocol: 4,
      client: { ...client, version: '1.0.0', platform, deviceFamily, displayName: this.#name },
      role,
      scopes,
      caps,
      commands,
      permissions,
      auth,
      device: { id: this.id, publicKey: this.publicKey, signature, signedAt, nonce },
    };
  }

  /** Calls a method; a refusal is thrown. */
  async request(method, params = {}, ms = STEP_MS) {
    const id = randomUUID();
    this.#socket.send(JSON.stringify({ type: 'req', id, method, params }));
    const answer = await this.#frame(
      `answer to ${method}`,
      (frame) => frame.type === 'res' && frame.id === id,
      ms,
    );
    if (answer.ok) return answer.payload;
    throw Object.assign(new Error(answer.error.message), answer.error);
  }

  /** The payload of the first event with this name that `matches`. */
  async event(name, matches = () => true, ms = STEP_MS) {
    const found = (frame) => frame.type === 'event' && frame.event === name && matches(frame.payload);
    return (await this.#frame(`event ${name}`, found, ms)).payload;
  }

  /** The first frame that `matches`, at the moment when it is here. */
  async #frame(what, matches, ms) {
    const found = new Promise((resolve, reject) => {
      const look = () => {
        const frame = this.frames.find(matches);
        if (!frame && !this.closed && !this.failure) return;
        this.#watching.delete(look);
        const end = this.failure?.message ?? `${this.closed?.code} ${this.closed?.reason}`;
        if (frame) resolve(frame);
        else reject(new Error(`connection of ${this.#name} ended before the ${what}: ${end}`));
      };
      this.#watching.add(look);
      look();
    });
    return within(what, found, ms);
  }

  #changed() {
    for (const look of [...this.#watching]) look();
  }

  /** Waits until the gateway has ended the connection. */
  ended(ms) {
    return until(`end of the connection of ${this.#name}`, () => this.closed, ms);
  }

  async close() {
    if (!this.#socket || this.closed) return;
    this.#socket.close();
    await within(
      `end of the connection of ${this.#name}`,
      new Promise((resolve) => this.#socket.once('close', resolve)),
    );
  }
}

/** Ends the connections that a failed test left open. */
export async function closeDevices() {
  await Promise.allSettled([...open].map((device) => device.close()));
}
