// What a conversation is made of: the reducer produces it, the transcript shows it.

export type ItemKind = 'user' | 'assistant' | 'note' | 'error';

/** How far an item has come. Only items that were written down here are ever `sending`, `queued` or `failed`. */
export type ItemState = 'sending' | 'queued' | 'streaming' | 'done' | 'aborted' | 'failed';

export type ToolState = 'running' | 'waiting-approval' | 'done' | 'failed';

export interface TextPart {
  type: 'text';
  text: string;
  streaming?: boolean;
}

export interface ThinkingPart {
  type: 'thinking';
  text: string;
  streaming?: boolean;
}

export interface ToolPart {
  type: 'tool';
  /** Id of the call; unique within its item. */
  id: string;
  name: string;
  /** As the model gave them: usually an object, text while they are not complete. */
  args: unknown;
  state: ToolState;
  /** What it said, as text; partial while it runs. */
  result?: string;
  startedAt?: number;
  endedAt?: number;
}

export interface ImagePart {
  type: 'image';
  /** A `blob:` or `data:` URL, or a path of the gateway. Never another origin. */
  src: string;
  alt?: string;
  name?: string;
}

export interface FilePart {
  type: 'file';
  name: string;
  mime: string;
  size?: number;
}

export type Part = TextPart | ThinkingPart | ToolPart | ImagePart | FilePart;

export interface ItemUsage {
  input: number;
  output: number;
  cacheRead?: number;
  cacheWrite?: number;
  total?: number;
  /** In US dollars. */
  cost?: number;
}

/**
 * One bubble. An answer of one run is one item, with its tool calls and texts as
 * parts in the order they happened.
 */
export interface ConversationItem {
  /** Stays the same from the first word to the stored message, also over a reconnect: the key of the DOM node. */
  key: string;
  kind: ItemKind;
  /** Milliseconds since 1970. */
  at?: number;
  parts: Part[];
  runId?: string;
  /** Id in the transcript of the gateway, once it is written down. */
  messageId?: string;
  state: ItemState;
  /** `provider/model`. */
  model?: string;
  usage?: ItemUsage;
  /** Why it failed or stopped, for people. */
  error?: string;
}

/** What the transcript is given. */
export interface TranscriptProps {
  items: ConversationItem[];
  /** Older messages are on their way. */
  loadingOlder: boolean;
  /** There are older messages than those in `items`. */
  hasOlder: boolean;
  onLoadOlder(): Promise<void>;
  /** Send a failed item again. */
  onRetry(item: ConversationItem): void;
  onCopy?(item: ConversationItem): void;
  /** Height of what lies over the lower end, in pixels. */
  bottomInset?: number;
}
