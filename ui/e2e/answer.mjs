//! How an answer of the scripted model goes over the wire: in server-sent events, or in one piece.

/** What every answer counts and collects. */
class Answer {
  text = '';
  thinking = '';
  calls = [];
  pieces = 0;

  constructor(response, body) {
    this.response = response;
    this.body = body;
  }

  get reason() {
    return this.calls.length > 0 ? 'tool_calls' : 'stop';
  }

  usage(billed) {
    const { input, output } = billed ?? { input: 10 * this.body.messages.length, output: this.pieces };
    return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  }

  say(step) {
    this.pieces += 1;
    if (step.text !== undefined) this.text += step.text;
    if (step.thinking !== undefined) this.thinking += step.thinking;
    if (step.call) this.calls.push({ id: `call_${process.hrtime.bigint()}`, ...step.call });
  }
}

/** An answer in server-sent events. */
export class Stream extends Answer {
  begin(headers) {
    this.response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      ...headers,
    });
    this.response.flushHeaders();
  }

  say(step) {
    if (this.pieces === 0) this.#delta({ role: 'assistant', content: '' });
    super.say(step);
    if (step.text !== undefined) this.#delta({ content: step.text });
    if (step.thinking !== undefined) this.#delta({ reasoning_content: step.thinking });
    if (step.call) this.#call(this.calls.length - 1);
  }

  #call(index) {
    const { id, name, args } = this.calls[index];
    this.#delta({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] });
    const third = Math.ceil(args.length / 3);
    for (let at = 0; at < args.length; at += third) {
      this.#delta({ tool_calls: [{ index, function: { arguments: args.slice(at, at + third) } }] });
    }
  }

  end(billed) {
    this.#chunk({ choices: [{ index: 0, delta: {}, finish_reason: this.reason }] });
    if (this.body.stream_options?.include_usage) this.#chunk({ choices: [], usage: this.usage(billed) });
    this.response.end('data: [DONE]\n\n');
  }

  #delta(delta) {
    this.#chunk({ choices: [{ index: 0, delta, finish_reason: null }] });
  }

  #chunk(fields) {
    const chunk = {
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 0,
      model: this.body.model,
      ...fields,
    };
    this.response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  }
}

/** An answer in one piece, for requests that do not stream. */
export class Whole extends Answer {
  begin() {}

  end(billed) {
    const calls = this.calls.map(({ id, name, args }) => ({
      id,
      type: 'function',
      function: { name, arguments: args },
    }));
    const message = {
      role: 'assistant',
      content: this.text,
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
    };
    const choices = [{ index: 0, message, finish_reason: this.reason }];
    const fields = {
      object: 'chat.completion',
      created: 0,
      model: this.body.model,
      choices,
      usage: this.usage(billed),
    };
    json(this.response, 200, { id: 'chatcmpl-1', ...fields });
  }
}

/** An answer that is a JSON document. */
export function json(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
