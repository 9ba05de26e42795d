//! A provider of language models on a real socket, true to OpenAI's streaming protocol and scripted by the test.
//!
//! As a module: `const model = await Model.start(); model.push(Turn.say("Hello ").hold().text("there")); model.release()`.
//! As a program: `node ui/e2e/model.mjs [--port 0] [--write STATE_DIR]` prints the port and the configuration that sends a gateway
//! to it (`--write` puts that into STATE_DIR/postern.json) and answers as talk.mjs says until it is ended.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { json, Stream, Whole } from './answer.mjs';
import { merged } from './merged.mjs';
import { talk } from './talk.mjs';
import { until } from './until.mjs';

/** The model reference of the configuration. */
export const REFERENCE = 'fake/echo-1';
const MODELS = ['echo-1', 'echo-2'];

export class Model {
  /** `{body, headers, outcome}` of every request for an answer; outcome is answering, complete, dropped or cut. */
  requests = [];
  #server;
  #queue = [];
  #matched = [];
  #fallback;
  #key;
  #held = [];
  #ahead = 0;

  static async start({ port = 0 } = {}) {
    const model = new Model();
    model.#server = createServer((request, response) => {
      model.#route(request, response).catch((error) => response.destroy(error));
    });
    await new Promise((resolve, reject) => {
      model.#server.once('error', reject);
      model.#server.listen(port, '127.0.0.1', resolve);
    });
    return model;
  }

  get port() {
    return this.#server.address().port;
  }

  /** Answers the next request that no other turn is meant for. */
  push(...turns) {
    this.#queue.push(...turns);
  }

  /** Answers the next request whose last user text contains `text`. */
  pushFor(text, ...turns) {
    this.#matched.push(...turns.map((turn) => ({ text, turn })));
  }

  /** Answers every request that has no turn of its own. */
  always(turn) {
    this.#fallback = turn;
  }

  /** From now on refuses requests that do not carry this key. */
  requireKey(key) {
    this.#key = key;
  }

  /** Lets the answer go on that has been held the longest; when none is held, the next one is not. */
  release() {
    const go = this.#held.shift();
    if (go) go();
    else this.#ahead += 1;
  }

  /** Waits until an answer is held. */
  holding() {
    return until('an answer on hold', () => this.#held.length > 0);
  }

  /** Waits for the request whose last user text contains `text`. */
  asked(text) {
    return until(`a request about ${text}`, () =>
      this.requests.find(({ body }) => lastWords(body.messages).includes(text)),
    );
  }

  /** Forgets scripts, holds and requests. */
  reset() {
    for (const go of this.#held.splice(0)) go();
    this.#ahead = 0;
    this.#queue = [];
    this.#matched = [];
    this.#fallback = undefined;
    this.#key = undefined;
    this.requests = [];
  }

  /** Configuration of a gateway whose default model is this one; `more` is merged into it. */
  config(more = {}) {
    const cost = { input: 1, output: 2, cacheRead: 0.1, cacheWrite: 1.25 };
    const limits = {
      contextWindow: 32_768,
      maxTokens: 4_096,
      reasoning: true,
      input: ['text', 'image'],
      cost,
    };
    const models = MODELS.map((id) => ({ id, name: id, ...limits }));
    const fake = { api: 'openai', baseUrl: `http://127.0.0.1:${this.port}/v1`, models };
    const own = {
      agents: { defaults: { model: REFERENCE } },
      models: { providers: { fake }, discovery: { enabled: false } },
    };
    return merged(own, more);
  }

  async close() {
    this.reset();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #route(request, response) {
    if (request.method === 'GET' && request.url === '/v1/models') {
      const data = MODELS.map((id) => ({ id, object: 'model', created: 0, owned_by: 'fake' }));
      return json(response, 200, { object: 'list', data });
    }
    if (request.method !== 'POST' || request.url !== '/v1/chat/completions')
      return json(response, 404, refusal(404));
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const received = { body, headers: request.headers, outcome: 'answering' };
    const turn = this.#turnFor(received);
    this.requests.push(received);
    response.once('close', () => {
      if (received.outcome === 'answering')
        received.outcome = response.writableFinished ? 'complete' : 'dropped';
    });
    await this.#play(turn, received, response);
  }

  #turnFor({ body, headers }) {
    if (this.#key && headers.authorization !== `Bearer ${this.#key}`)
      return { status: 401, headers: {}, steps: [] };
    const asked = lastWords(body.messages);
    const at = this.#matched.findIndex(({ text }) => asked.includes(text));
    if (at >= 0) return this.#matched.splice(at, 1)[0].turn;
    return this.#queue.shift() ?? this.#fallback ?? talk(asked, toolResult(body.messages));
  }

  async #play(turn, received, response) {
    if (turn.status === 0) return response.destroy();
    if (turn.status !== 200) return json(response, turn.status, refusal(turn.status), turn.headers);
    const answer = received.body.stream
      ? new Stream(response, received.body)
      : new Whole(response, received.body);
    answer.begin(turn.headers);
    for (const step of turn.steps) {
      if (response.destroyed) return undefined;
      if (step.cut) {
        received.outcome = 'cut';
        return response.destroy();
      }
      if (step.hold || step.pause || step.silent) await this.#standStill(step, response);
      else answer.say(step);
    }
    return response.destroyed ? undefined : answer.end(turn.usage);
  }

  /** Waits for what the step says, or for the client to hang up. */
  #standStill(step, response) {
    return new Promise((resolve) => {
      const go = () => {
        clearTimeout(timer);
        this.#held = this.#held.filter((held) => held !== go);
        resolve();
      };
      const timer = step.pause ? setTimeout(go, step.pause) : undefined;
      response.once('close', go);
      if (!step.hold) return;
      if (this.#ahead > 0) {
        this.#ahead -= 1;
        go();
      } else {
        this.#held.push(go);
      }
    });
  }
}

/** The text of the last message that the user wrote. */
export function lastWords(messages) {
  return textOf(messages.findLast(({ role }) => role === 'user')).trim();
}

/** What the tool said to which this request is the next step, if that is what it is. */
function toolResult(messages) {
  const last = messages.at(-1);
  return last?.role === 'tool' ? textOf(last) : undefined;
}

function textOf(message) {
  const content = message?.content ?? '';
  return typeof content === 'string' ? content : content.map((part) => part.text ?? '').join('');
}

function refusal(status) {
  const [message, code] = {
    401: ['Incorrect API key provided.', 'invalid_api_key'],
    404: ['Unknown request URL.', 'unknown_url'],
    429: ['Rate limit reached for requests.', 'rate_limit_exceeded'],
  }[status] ?? ['The server had an error while processing your request.', null];
  return {
    error: { message, code, param: null, type: status < 500 ? 'invalid_request_error' : 'server_error' },
  };
}

async function main() {
  const options = { port: { type: 'string', default: '0' }, write: { type: 'string' } };
  const { values } = parseArgs({ options });
  const model = await Model.start({ port: Number(values.port) });
  const config = JSON.stringify(model.config(), null, 2);
  if (values.write) writeFileSync(join(values.write, 'postern.json'), `${config}\n`, { mode: 0o600 });
  console.log(`port ${model.port}`);
  console.log(config);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
