// Brings own messages to the gateway: in order, each until it is acknowledged, with one key for ever.
import { gateway, GatewayError, type ChatSendResult } from '$lib/gateway/index.svelte';
import { errorText } from '$lib/ui/error-text';
import type { Conversation } from './conversation/conversation';
import { keep, type Outgoing } from './conversation/outbox';

/** Codes after which the same message may still arrive, or already has. */
const AGAIN: ReadonlySet<string> = new Set(['CLOSED', 'DISCONNECTED', 'TIMEOUT', 'ABORTED']);
/** How long to wait before a message is sent again that the gateway had no room for. */
const LATER_MS = 2_000;

interface Around {
  /** Key of the session as the gateway wants it. */
  sessionKey(): string;
  /** Something that is shown has changed. */
  changed(): void;
  /** A message was no message but an order to stop. */
  stopped(text: string, stopped: number): void;
}

export class Sender {
  readonly #talk: Conversation;
  readonly #around: Around;
  #isSending = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(talk: Conversation, around: Around) {
    this.#talk = talk;
    this.#around = around;
  }

  /** Sends what waits, if there is a connection. */
  async flush(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    clearTimeout(this.#timer);
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) {
        if (!(await this.#send(next))) break;
      }
    } finally {
      this.#isSending = false;
    }
  }

  /** Those that were on their way when the connection broke are sent again. */
  reopen(): void {
    for (const one of this.#talk.outgoing) {
      if (one.state === 'sending') this.#talk.update(one.key, { state: 'waiting' });
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  #next(): Outgoing | undefined {
    if (gateway.status.kind !== 'online') return undefined;
    return this.#talk.outgoing.find((one) => one.state === 'waiting');
  }

  /** False when sending has to wait. */
  async #send(one: Outgoing): Promise<boolean> {
    this.#update(one, { state: 'sending' });
    try {
      const result = await gateway.call('chat.send', {
        sessionKey: this.#around.sessionKey(),
        message: one.text,
        idempotencyKey: one.key,
        ...(one.attachments.length === 0 ? {} : { attachments: one.attachments }),
      });
      this.#answered(one, result);
      return true;
    } catch (error) {
      return this.#failed(one, error);
    }
  }

  #answered(one: Outgoing, result: ChatSendResult): void {
    if ('runIds' in result) {
      this.#talk.remove(one.key);
      this.#around.stopped(one.text, result.runIds.length);
    } else if (result.status === 'ok' || result.status === 'error') {
      // It was said and answered before; the transcript has it.
      this.#talk.remove(one.key);
    } else if (this.#talk.wasSaid(one.key)) {
      this.#talk.remove(one.key);
    } else {
      this.#update(one, { state: 'accepted' });
    }
    this.#saved();
  }

  #failed(one: Outgoing, error: unknown): boolean {
    const code = error instanceof GatewayError ? error.code : '';
    const isBusy =
      code === 'UNAVAILABLE' && error instanceof GatewayError && error.retryAfterMs !== undefined;
    if (!AGAIN.has(code) && !isBusy) {
      this.#update(one, { state: 'refused', error: errorText(error) });
      return true;
    }
    this.#update(one, { state: 'waiting' });
    // With a connection it is sent again soon; without one the next connection does it.
    this.#timer = setTimeout(() => void this.flush(), LATER_MS);
    return false;
  }

  #update(one: Outgoing, change: Partial<Outgoing>): void {
    this.#talk.update(one.key, change);
    this.#saved();
  }

  #saved(): void {
    keep(this.#around.sessionKey(), this.#talk.outgoing);
    this.#around.changed();
  }
}
