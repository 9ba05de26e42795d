//! A model server for the gateways of this run: chat completions as OpenAI streams them, and a list of models.
//!
//! What the user wrote last decides the answer, so every case knows it beforehand:
//! - `hold TEXT` answers like `TEXT`, but stops after the first word until `release()`;
//! - `tool NAME JSON` calls a tool; once its result is there, the answer is `tool said: ` and the result;
//! - `fail STATUS` is refused with that HTTP status;
//! - anything else is answered with `echo: ` and the same words, one chunk per word.
import { createServer } from "node:http";

const MODEL = "echo-1";

export class Provider {
  /** Bodies of the requests, in order. */
  requests = [];
  #server;
  #waiting = new Set();

  static async start() {
    const provider = new Provider();
    provider.#server = createServer((request, response) => provider.#route(request, response));
    await new Promise((resolve) => provider.#server.listen(0, "127.0.0.1", resolve));
    return provider;
  }

  /** Configuration of a gateway whose only model is this one. */
  config(extra = {}) {
    const baseUrl = `http://127.0.0.1:${this.#server.address().port}/v1`;
    const cost = { input: 1, output: 2, cacheRead: 0, cacheWrite: 0 };
    const model = { id: MODEL, name: "Echo", contextWindow: 32_000, maxTokens: 4_000, reasoning: false, input: ["text"], cost };
    return {
      agents: { defaults: { model: `fake/${MODEL}` } },
      models: { discovery: { enabled: false }, providers: { fake: { api: "openai", baseUrl, models: [model] } } },
      ...extra,
    };
  }

  /** Answers that are on hold. */
  get held() {
    return this.#waiting.size;
  }

  /** Lets every answer that is on hold go on. */
  release() {
    for (const go of this.#waiting) go();
    this.#waiting.clear();
  }

  close() {
    this.release();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #route(request, response) {
    if (request.method === "GET" && request.url === "/v1/models") {
      return json(response, 200, { object: "list", data: [{ id: MODEL, object: "model", created: 0, owned_by: "fake" }] });
    }
    if (request.method !== "POST" || request.url !== "/v1/chat/completions") {
      return json(response, 404, refusal("no such path", "invalid_request_error"));
    }
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    this.requests.push(body);
    const asked = lastWords(body.messages);
    const [, status] = /^fail (\d{3})$/.exec(asked) ?? [];
    if (status) return json(response, Number(status), refusal("refused on purpose", "conformance_error"));
    await this.#answer(response, body, asked);
  }

  async #answer(response, body, asked) {
    const stream = new Stream(response, body);
    const [, name, args] = /^tool (\S+) (.*)$/s.exec(asked) ?? [];
    const result = body.messages.at(-1).role === "tool" ? textOf(body.messages.at(-1)) : undefined;
    if (name && result === undefined) return stream.call(name, args);
    const hold = asked.startsWith("hold ");
    const text = result === undefined ? `echo: ${hold ? asked.slice(5) : asked}` : `tool said: ${result}`;
    for (const [index, word] of text.split(/(?<= )/).entries()) {
      stream.delta({ content: word });
      if (hold && index === 0) await this.#hold(response);
    }
    stream.end("stop", text.split(" ").length);
  }

  /** Waits for `release()`, or for the gateway to hang up. */
  #hold(response) {
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
      response.once("close", () => {
        this.#waiting.delete(resolve);
        resolve();
      });
    });
  }
}

/** One streamed answer. */
class Stream {
  #response;
  #usage;
  #inputTokens;

  constructor(response, body) {
    this.#response = response;
    this.#usage = body.stream_options?.include_usage === true;
    this.#inputTokens = body.messages.length;
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    this.delta({ role: "assistant", content: "" });
  }

  delta(delta) {
    this.#chunk({ choices: [{ index: 0, delta, finish_reason: null }] });
  }

  /** A tool call, its arguments in two pieces. */
  call(name, args) {
    const [head, tail] = [args.slice(0, 3), args.slice(3)];
    this.delta({ tool_calls: [{ index: 0, id: "call-1", type: "function", function: { name, arguments: head } }] });
    this.delta({ tool_calls: [{ index: 0, function: { arguments: tail } }] });
    this.end("tool_calls", 1);
  }

  end(reason, outputTokens) {
    this.#chunk({ choices: [{ index: 0, delta: {}, finish_reason: reason }] });
    const [prompt, completion] = [this.#inputTokens, outputTokens];
    const usage = { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
    if (this.#usage) this.#chunk({ choices: [], usage });
    this.#response.end("data: [DONE]\n\n");
  }

  #chunk(fields) {
    const chunk = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 0, model: MODEL, ...fields };
    this.#response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  }
}

function lastWords(messages) {
  return textOf(messages.findLast((message) => message.role === "user")).trim();
}

function textOf({ content }) {
  return typeof content === "string" ? content : content.map((part) => part.text ?? "").join("");
}

function refusal(message, type) {
  return { error: { message, type, param: null, code: null } };
}

function json(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
