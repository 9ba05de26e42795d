// One open conversation: reads it, follows it, and keeps what is shown up to date.
import {
  gateway,
  type Attachment,
  type ChatDefaults,
  type ChatHistoryPage,
  type ChatHistoryResult,
  type SessionRow,
} from '$lib/gateway/index.svelte';
import { sessions } from '$lib/sessions.svelte';
import { catalog } from './catalog.svelte';
import { moveDraft } from './composer/drafts';
import { Conversation } from './conversation/conversation';
import { keep, restore } from './conversation/outbox';
import { lacksPictures } from './conversation/wire';
import { newId } from './id';
import { Sender } from './sender';
import type { ConversationItem, Part } from './types';

/** Messages of one page. */
const PAGE = 60;
/** Messages after a cursor; who missed more reads the newest page. */
const MOST_MISSED = 300;
/** Messages whose pictures are asked for one by one. */
const MOST_PICTURES = 12;

interface Hooks {
  /** The conversation was deleted. */
  removed(): void;
  /** The key was an alias of another. */
  named(alias: string, key: string): void;
  /** A word like `stop` was sent: it stops and is not kept. */
  stopped(text: string, count: number): void;
}

export class ChatSession {
  /** The key as it was asked for. */
  readonly key: string;
  /** The key as events name it. */
  canonical = $state('');
  items = $state.raw<ConversationItem[]>([]);
  isLoaded = $state(false);
  error = $state.raw<unknown>();
  hasOlder = $state(false);
  loadingOlder = $state(false);
  isAnswering = $state(false);
  /** What is being prepared before the first word. */
  phase = $state<string>();
  /** A summary is being made. */
  isCompacting = $state(false);
  defaults = $state.raw<ChatDefaults>();
  #info = $state.raw<SessionRow>();
  readonly #talk = new Conversation();
  readonly #sender: Sender;
  readonly #hooks: Hooks;
  #stops: (() => void)[] = [];
  #turn = 0;
  #frame: number | undefined;
  /** Messages whose pictures were asked for; nothing is shown of it. */
  readonly #asked = new Set<string>();

  constructor(key: string, hooks: Hooks) {
    this.key = key;
    this.canonical = key;
    this.#hooks = hooks;
    this.#talk.outgoing = restore(key);
    this.#sender = new Sender(this.#talk, {
      sessionKey: () => this.canonical,
      changed: () => this.#changed(),
      stopped: (text, count) => this.#hooks.stopped(text, count),
    });
    this.#show();
  }

  /** The session as lists show it; undefined before anything was said in it. */
  get row(): SessionRow | undefined {
    return sessions.find(this.canonical) ?? this.#info;
  }

  /** Begins to follow it. */
  open(): void {
    const isOurs = (key: string | undefined): boolean => key === this.canonical;
    this.#stops = [
      gateway.on('chat', (event) => {
        if (!isOurs(event.sessionKey)) return;
        this.#talk.hearChat(event);
        this.#changed();
      }),
      gateway.on('agent', (event) => {
        if (!isOurs(event.sessionKey)) return;
        this.#talk.hearAgent(event);
        this.#changed();
      }),
      gateway.on('session.message', (event) => {
        if (!isOurs(event.sessionKey)) return;
        this.#info = event.session;
        this.#talk.hearMessage(event);
        this.#changed();
        this.#completePictures();
      }),
      gateway.on('sessions.changed', ({ sessionKey, session, reason }) => {
        if (isOurs(sessionKey)) this.#hearChange(reason, session);
      }),
      gateway.on('session.operation', (event) => {
        if (!isOurs(event.sessionKey)) return;
        this.isCompacting = event.phase === 'start';
        if (event.phase === 'end' && event.completed === true) this.#readAnew();
      }),
      gateway.onOnline(() => this.#catchUp()),
    ];
  }

  /** Stops following it; what is known stays, to be shown at once when it is opened again. */
  close(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.#turn += 1;
    this.#sender.dispose();
    this.#sender.reopen();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    if (gateway.status.kind !== 'online') return;
    // Another connection follows nothing anyway.
    gateway.call('sessions.messages.unsubscribe', { key: this.key }).catch(() => undefined);
  }

  /** Reads it again after an error. */
  retry(): void {
    this.error = undefined;
    void this.#catchUp();
  }

  send(text: string, attachments: Attachment[], parts: Part[]): void {
    this.#talk.add({ key: newId(), text, attachments, parts, at: Date.now(), state: 'waiting' });
    keep(this.canonical, this.#talk.outgoing);
    this.#show();
    void this.#sender.flush();
  }

  /** Sends a refused message again, with the same key; or asks for an answer that was lost. */
  async again(item: ConversationItem): Promise<void> {
    const own = this.#talk.outgoing.find((one) => one.key === item.runId);
    if (own !== undefined) {
      this.#talk.update(own.key, { state: 'waiting' });
      this.#show();
      await this.#sender.flush();
      return;
    }
    await gateway.call('sessions.recover', { key: this.key, idempotencyKey: newId() });
  }

  /** Takes a message back that was not said yet, and gives its words. */
  async takeBack(item: ConversationItem): Promise<string | undefined> {
    const own = this.#talk.outgoing.find((one) => one.key === item.runId);
    if (own === undefined) return undefined;
    if (own.state === 'accepted' || own.state === 'sending') {
      await gateway.call('chat.abort', { sessionKey: this.key, runId: own.key });
      if (this.#talk.wasSaid(own.key)) return undefined;
    }
    this.#talk.remove(own.key);
    keep(this.canonical, this.#talk.outgoing);
    this.#show();
    return own.text;
  }

  /** Stops the answer that is being written; what waits is answered next. */
  async stop(): Promise<void> {
    const [runId] = this.#talk.liveRuns;
    // Without a run all of them are stopped, also those that wait.
    if (runId !== undefined) await gateway.call('chat.abort', { sessionKey: this.key, runId });
  }

  async compact(): Promise<void> {
    await gateway.call('sessions.compact', { key: this.key }, { timeoutMs: 180_000 });
    await this.#read(true);
  }

  async reset(): Promise<void> {
    await gateway.call('sessions.reset', { key: this.key, reason: 'reset' });
    await this.#read(true);
  }

  async loadOlder(): Promise<void> {
    if (this.loadingOlder || !this.#talk.hasOlder) return;
    this.loadingOlder = true;
    try {
      const offset = this.#talk.olderOffset;
      const page = await gateway.call('chat.history', { sessionKey: this.key, limit: PAGE, offset });
      if (!('kind' in page)) this.#talk.older(page);
      this.#show();
      this.#completePictures();
    } finally {
      this.loadingOlder = false;
    }
  }

  setWaitingTools(ids: ReadonlySet<string>): void {
    this.#talk.setWaitingTools(ids);
    this.#changed();
  }

  #hearChange(reason: string, session: SessionRow | undefined): void {
    if (session === undefined) {
      if (reason === 'delete') this.#hooks.removed();
      return;
    }
    this.#info = session;
    const isAnother = this.#talk.sessionId !== undefined && session.sessionId !== this.#talk.sessionId;
    if (isAnother || reason === 'compact') this.#readAnew();
    this.#changed();
  }

  /** Reads what was missed, then sends what waits. Runs on every connection. */
  async #catchUp(): Promise<void> {
    this.#talk.doubt();
    this.#sender.reopen();
    const turn = (this.#turn += 1);
    try {
      const { key } = await gateway.call('sessions.messages.subscribe', { key: this.key });
      if (turn !== this.#turn) return;
      this.#named(key);
      await this.#read(false);
      await this.#sender.flush();
    } catch (error) {
      // What is shown stays; a broken connection is told elsewhere, and the next one catches up.
      if (this.#stops.length > 0 && !this.isLoaded) this.error = error;
    }
  }

  /** The gateway tells what an alias such as `main` stands for. */
  #named(key: string): void {
    if (key === this.canonical) return;
    keep(this.canonical, []);
    moveDraft(this.canonical, key);
    this.canonical = key;
    keep(key, this.#talk.outgoing);
    this.#hooks.named(this.key, key);
  }

  /** Reads everything anew, because what was known does not hold any more. */
  #readAnew(): void {
    this.#read(true).catch(() => {
      // The connection broke: the next one finds the old cursor useless and reads anew.
    });
  }

  /** Reads history: what came after the cursor, or the newest page. */
  async #read(anew: boolean): Promise<void> {
    const turn = (this.#turn += 1);
    if (anew) this.#talk.doubt();
    const cursor = anew ? undefined : this.#talk.cursor;
    const known = cursor === undefined ? { limit: PAGE } : { cursor, limit: MOST_MISSED };
    const method = cursor === undefined || catalog.agents.length === 0 ? 'chat.startup' : 'chat.history';
    let result: ChatHistoryResult = await gateway.call(method, { sessionKey: this.key, ...known });
    let isAnew = anew;
    if ('kind' in result && result.kind === 'reset') {
      isAnew = true;
      result = await gateway.call('chat.startup', { sessionKey: this.key, limit: PAGE });
    }
    if (turn !== this.#turn) return;
    this.#take(result, isAnew);
  }

  #take(result: ChatHistoryResult, anew: boolean): void {
    if ('kind' in result) {
      if (result.kind === 'reset') return;
      this.#talk.missed(result);
      catalog.take(result.metadata, result.agentsList);
      this.#info = result.sessionInfo;
    } else {
      this.#takePage(result, anew);
    }
    this.error = undefined;
    this.isLoaded = true;
    this.#show();
    this.#completePictures();
  }

  #takePage(page: ChatHistoryPage, anew: boolean): void {
    this.#talk.page(page, anew);
    catalog.take(page.metadata, page.agentsList);
    this.defaults = page.defaults;
    if (page.sessionInfo !== undefined) this.#info = page.sessionInfo;
  }

  /** Asks for pictures that were too large for a page, newest first. */
  #completePictures(): void {
    const lacking = this.#talk.messages.filter(
      (one) => one.pictures === undefined && lacksPictures(one.message),
    );
    const wanted = lacking.slice(-MOST_PICTURES).map((one) => one.id);
    const asked = wanted.filter((id) => !this.#asked.has(id));
    for (const id of asked.reverse()) {
      this.#asked.add(id);
      gateway
        .call('chat.message.get', { sessionKey: this.key, messageId: id })
        .then(({ message }) => {
          if (message === undefined) return;
          this.#talk.replaceMessage(message);
          this.#changed();
        })
        // It stays a file with a name; the next connection asks again.
        .catch(() => this.#asked.delete(id));
    }
  }

  /** Shows changes with the next frame; a hidden page draws none, so there it waits a moment. */
  #changed(): void {
    if (this.#frame !== undefined) return;
    if (document.hidden) {
      this.#show();
      return;
    }
    this.#frame = requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#show();
    });
  }

  #show(): void {
    this.items = this.#talk.items();
    this.hasOlder = this.#talk.hasOlder;
    this.isAnswering = this.#talk.isAnswering;
    this.phase = this.#talk.phase;
  }
}
