// Splits an answer into top-level blocks while it is being written. What is finished is handed out
// once and never looked at again; only the last block is parsed anew. That block is kept short, so
// the total cost grows with the length of the answer and not with its square.

import type { Token, Tokens } from 'marked';
import { lexBlocks, noLinks, type ReferenceLinks } from './html';

/** Longer than this, the finished part of a list, a table or a paragraph is handed out as well. */
export const OPEN_BLOCK_LIMIT = 4096;

export interface MarkdownBlock {
  kind: 'markdown';
  source: string;
  /** What the last token is, as far as one can tell. */
  type: string;
  /** The items or rows go on in the list or table of the block before. */
  continues: boolean;
}

export interface CodeBlock {
  kind: 'code';
  language: string;
  text: string;
}

export type Block = MarkdownBlock | CodeBlock;

export interface BlockUpdate {
  /** Blocks that are finished since the last update, in order. */
  finished: Block[];
  /** The block that is being written. */
  open: Block | null;
  /** The text is not a continuation of the one before: everything handed out so far is void. */
  restarted: boolean;
}

interface Fence {
  language: string;
  indent: number;
  closing: RegExp;
  /** Where its text begins, and how far it was searched for its end. */
  textAt: number;
  searchedTo: number;
}

const FENCE_LINE = /^( {0,3})(`{3,}|~{3,})[ \t]*([^\n]*)\n/;

export class BlockStream {
  /** How many characters went through the lexer so far; tests hold it against the length of the text. */
  lexed = 0;
  links: ReferenceLinks = noLinks();

  #source = '';
  /** Where the open block begins. */
  #offset = 0;
  /** The head of a table whose first rows were handed out. */
  #prefix = '';
  #continues = false;
  #openType = 'paragraph';
  #fence: Fence | null = null;

  update(text: string, done: boolean): BlockUpdate {
    const source = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
    const restarted = !source.startsWith(this.#source);
    if (restarted) this.#restart();
    this.#source = source;
    const finished: Block[] = [];
    for (;;) {
      if (this.#fence === null) {
        if (!this.#lexTail(finished, done)) break;
      } else if (!this.#closeFence(this.#fence, finished, done)) break;
    }
    return { finished, open: done ? null : this.#openBlock(), restarted };
  }

  #restart(): void {
    this.#offset = 0;
    this.#prefix = '';
    this.#continues = false;
    this.#fence = null;
    this.links = noLinks();
  }

  #tail(): string {
    return this.#prefix + this.#source.slice(this.#offset);
  }

  /** Hands out what is finished in the tail. True when a fence begins and has to be read on. */
  #lexTail(finished: Block[], done: boolean): boolean {
    const tail = this.#tail();
    if (tail === this.#prefix) return false;
    this.lexed += tail.length;
    const tokens = lexBlocks(tail, this.links);
    if (done && this.#prefix === '') {
      this.#finishAll(tokens, tail, finished);
      return false;
    }
    // Should the lexer ever drop a character, offsets would lie: then nothing is handed out.
    if (tokens.map((token) => token.raw).join('') !== tail) {
      if (done) this.#finish(tail, 'paragraph', finished);
      return false;
    }
    const last = tokens.findLastIndex((token) => token.type !== 'space');
    const open = tokens[last];
    if (open === undefined) return false;
    this.#openType = open.type;
    const before = tokens
      .slice(0, last)
      .map((token) => token.raw)
      .join('');
    if (done) {
      this.#finish(tail, open.type, finished);
      return false;
    }
    const decided = isDecided(open);
    if (last > 0 && decided) {
      if (before.trim() !== '') this.#finish(before, tokens[last - 1]?.type ?? '', finished);
      else this.#advance(before);
    }
    if (last === 0 || decided) {
      if (this.#enterFence(open)) return true;
      this.#cutLongBlock(open, finished);
    }
    return false;
  }

  /** The whole rest at once: code apart, everything between in one piece. */
  #finishAll(tokens: readonly Token[], tail: string, finished: Block[]): void {
    let source = '';
    const flush = (): void => {
      if (source.trim() !== '') this.#finish(source, 'paragraph', finished, false);
      source = '';
    };
    for (const token of tokens) {
      if (isFencedCode(token)) {
        flush();
        const language = /^\S*/.exec(token.lang ?? '')?.[0] ?? '';
        finished.push({ kind: 'code', language, text: token.text });
      } else source += token.raw;
    }
    flush();
    this.#offset += tail.length;
  }

  #finish(source: string, type: string, finished: Block[], advance = true): void {
    finished.push({ kind: 'markdown', source, type, continues: this.#continues });
    this.#continues = false;
    if (advance) this.#advance(source);
  }

  #advance(source: string): void {
    this.#offset += source.length - this.#prefix.length;
    this.#prefix = '';
  }

  #enterFence(open: Token): boolean {
    const opening = isFencedCode(open) ? FENCE_LINE.exec(open.raw) : null;
    if (opening === null) return false;
    const [line, indent = '', marker = '', info = ''] = opening;
    const character = marker.startsWith('~') ? '~' : '`';
    this.#fence = {
      language: /^\S*/.exec(info)?.[0] ?? '',
      indent: indent.length,
      closing: new RegExp(`^ {0,3}${character}{${marker.length},}[ \\t]*$`),
      textAt: this.#offset + line.length,
      searchedTo: this.#offset + line.length,
    };
    return true;
  }

  /** Looks at the lines that came since the last time. True when the fence ended. */
  #closeFence(fence: Fence, finished: Block[], done: boolean): boolean {
    for (;;) {
      const newline = this.#source.indexOf('\n', fence.searchedTo);
      if (newline < 0) break;
      const line = this.#source.slice(fence.searchedTo, newline);
      if (fence.closing.test(line)) {
        finished.push(this.#codeBlock(fence, fence.searchedTo));
        this.#leaveFence(newline + 1);
        return true;
      }
      fence.searchedTo = newline + 1;
    }
    if (done) {
      const closed = fence.closing.test(this.#source.slice(fence.searchedTo));
      finished.push(this.#codeBlock(fence, closed ? fence.searchedTo : this.#source.length));
      this.#leaveFence(this.#source.length);
    }
    return false;
  }

  #leaveFence(offset: number): void {
    this.#offset = offset;
    this.#prefix = '';
    this.#fence = null;
  }

  #codeBlock(fence: Fence, end: number): CodeBlock {
    const raw = this.#source.slice(fence.textAt, Math.max(fence.textAt, end));
    const isIndented = fence.indent > 0;
    const text = isIndented ? raw.replace(new RegExp(`^ {1,${fence.indent}}`, 'gm'), '') : raw;
    return { kind: 'code', language: fence.language, text: text.endsWith('\n') ? text.slice(0, -1) : text };
  }

  #openBlock(): Block | null {
    if (this.#fence !== null) {
      const rest = this.#source.slice(this.#fence.searchedTo);
      const mayClose = /^ {0,3}(?:`+|~+)[ \t]*$/.test(rest);
      return this.#codeBlock(this.#fence, mayClose ? this.#fence.searchedTo : this.#source.length);
    }
    const source = this.#tail();
    if (source.trim() === '') return null;
    return { kind: 'markdown', source, type: this.#openType, continues: this.#continues };
  }

  /** Keeps the open block short. A paragraph or quote ends at a line end, whatever follows. */
  #cutLongBlock(open: Token, finished: Block[]): void {
    if (open.raw.length <= OPEN_BLOCK_LIMIT) return;
    if (open.type === 'list') this.#cutList(open as Tokens.List, finished);
    else if (open.type === 'table') this.#cutTable(open.raw, finished);
    else {
      const end = Math.max(open.raw.lastIndexOf('\n'), open.raw.lastIndexOf('. ')) + 1;
      if (end > OPEN_BLOCK_LIMIT / 2) this.#finish(open.raw.slice(0, end), open.type, finished);
    }
  }

  #cutList(list: Tokens.List, finished: Block[]): void {
    const complete = list.items
      .slice(0, -1)
      .map((item) => item.raw)
      .join('');
    if (complete === '' || !list.raw.startsWith(complete)) return;
    this.#finish(complete, 'list', finished);
    this.#continues = true;
  }

  #cutTable(raw: string, finished: Block[]): void {
    const head = raw
      .split('\n', 2)
      .map((line) => `${line}\n`)
      .join('');
    const complete = raw.slice(0, raw.lastIndexOf('\n') + 1);
    if (complete.length <= head.length) return;
    this.#finish(complete, 'table', finished);
    this.#prefix = head;
    this.#continues = true;
  }
}

function isFencedCode(token: Token): token is Tokens.Code {
  return token.type === 'code' && !('codeBlockStyle' in token && token.codeBlockStyle === 'indented');
}

/** Until its first line is complete, or longer than any marker, a block may yet belong to the one before. */
function isDecided(open: Token): boolean {
  return open.raw.includes('\n') || (open.type !== 'hr' && open.raw.trim().length > 12);
}
