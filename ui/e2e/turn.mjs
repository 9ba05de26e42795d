//! One answer of the scripted model: what it says, where it stands still, and how it goes wrong.

/**
 * `new Turn().thinking("Let me see").text("Hello ").hold().text("there")`. Text and thinking leave word by word; `hold` waits for
 * `Model.release()`. A turn is used once, except the one given to `Model.always`.
 */
export class Turn {
  steps = [];
  headers = {};
  status = 200;
  usage = undefined;

  static say(text) {
    return new Turn().text(text);
  }

  /** Refused with this HTTP status and the body the protocol has for it. */
  static error(status, headers = {}) {
    return Object.assign(new Turn(), { status, headers });
  }

  /** The connection ends before a byte of an answer. */
  static hangUp() {
    return Object.assign(new Turn(), { status: 0 });
  }

  text(text) {
    return this.#step(...words(text).map((word) => ({ text: word })));
  }

  thinking(text) {
    return this.#step(...words(text).map((word) => ({ thinking: word })));
  }

  /** Calls a tool; the arguments arrive in three pieces. */
  call(name, args) {
    return this.#step({ call: { name, args: JSON.stringify(args) } });
  }

  /** Stands still until `Model.release()`; as the first step, before the first token. */
  hold() {
    return this.#step({ hold: true });
  }

  pause(ms) {
    return this.#step({ pause: ms });
  }

  /** Says nothing any more, on an open connection. */
  silent() {
    return this.#step({ silent: true });
  }

  /** The connection ends in the middle. */
  cut() {
    return this.#step({ cut: true });
  }

  /** What the provider bills, instead of one token per piece. */
  billed(input, output) {
    this.usage = { input, output };
    return this;
  }

  #step(...steps) {
    this.steps.push(...steps);
    return this;
  }
}

function words(text) {
  return text.split(/(?<=\s)(?=\S)/);
}
