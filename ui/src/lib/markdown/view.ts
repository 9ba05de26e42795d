// One Markdown text on the page. Give it the text as it grows; it touches only what changed.

import { copyText } from '../ui/copy';
import { type Block, BlockStream } from './blocks';
import { codeFrame, decorate, type MarkdownLabels } from './decorate';
import { highlightCode } from './highlighting';
import { toHtml } from './html';
import { mend } from './mend';
import { morphChildren, trimChildren } from './morph';
import { sanitizeContent } from './sanitize';

interface Place {
  /** Number of children of the root. */
  index: number;
  /** Number of items or rows in the last of them. */
  inside: number;
}

export class MarkdownView {
  #stream = new BlockStream();
  /** Where the finished blocks end. */
  #settled: Place = { index: 0, inside: 0 };
  #streamed = false;
  #stopHighlighting = new AbortController();
  readonly #root: HTMLElement;
  readonly #labels: () => MarkdownLabels;

  constructor(root: HTMLElement, labels: () => MarkdownLabels) {
    this.#root = root;
    this.#labels = labels;
    root.replaceChildren();
    root.addEventListener('click', this.#onClick);
  }

  /** Shows `text`. While `streaming`, its last block is taken as half-written. */
  update(text: string, streaming: boolean): void {
    // A reference may be defined after its use; only at the end all definitions are known.
    const finishing = !streaming && this.#streamed;
    const again = finishing && Object.keys(this.#stream.links).length > 0;
    if (again) this.#stream = new BlockStream();
    this.#streamed = streaming;
    const update = this.#stream.update(text, !streaming);
    if (update.restarted || again) this.#settled = { index: 0, inside: 0 };
    for (const block of update.finished) {
      this.#settled = this.#place(block, this.#render(block, false), this.#settled);
    }
    const end =
      update.open === null
        ? this.#settled
        : this.#place(update.open, this.#render(update.open, true), this.#settled);
    trimChildren(this.#root, end.index);
    if (update.finished.length > 0) this.#highlight();
  }

  destroy(): void {
    this.#root.removeEventListener('click', this.#onClick);
    this.#stopHighlighting.abort();
  }

  #render(block: Block, isOpen: boolean): Node[] {
    const labels = this.#labels();
    if (block.kind === 'code') return [codeFrame(block.language, block.text, labels)];
    const source = isOpen ? mend(block.source, block.type) : block.source;
    const fragment = sanitizeContent(toHtml(source, this.#stream.links));
    decorate(fragment, labels);
    return [...fragment.childNodes];
  }

  /** Puts the nodes of a block where the ones before it end, and says where they end. */
  #place(block: Block, nodes: readonly Node[], from: Place): Place {
    const host = rowsOf(this.#root.childNodes[from.index - 1]);
    const rows = block.kind === 'markdown' && block.continues ? rowsOf(nodes[0]) : null;
    const joins = host !== null && rows?.tagName === host.tagName;
    const inside = joins ? morphChildren(host, from.inside, [...rows.childNodes]) : from.inside;
    // Rows that an earlier form of the open block left there.
    if (host !== null) trimChildren(host, inside);
    const rest = joins ? nodes.slice(1) : nodes;
    if (rest.length === 0) return { index: from.index, inside };
    const index = morphChildren(this.#root, from.index, rest);
    return { index, inside: rowsOf(this.#root.childNodes[index - 1])?.childNodes.length ?? 0 };
  }

  #highlight(): void {
    for (const frame of this.#root.querySelectorAll<HTMLElement>('.md-code:not([data-coloured])')) {
      const index = [...this.#root.childNodes].findIndex((node) => node.contains(frame));
      if (index < this.#settled.index) void highlightCode(frame, this.#stopHighlighting.signal);
    }
  }

  readonly #onClick = (event: MouseEvent): void => {
    if (!(event.target instanceof Element)) return;
    const button = event.target.closest<HTMLButtonElement>('button[data-action]');
    const frame = button?.closest<HTMLElement>('.md-code');
    if (!button || !frame) return;
    if (button.dataset.action === 'wrap') {
      const wraps = frame.classList.toggle('md-code-wrapped');
      button.setAttribute('aria-pressed', String(wraps));
    } else void this.#copy(button, frame);
  };

  async #copy(button: HTMLButtonElement, frame: HTMLElement): Promise<void> {
    const copied = await copyText(frame.querySelector('code')?.textContent ?? '');
    const labels = this.#labels();
    button.textContent = copied ? labels.copied : labels.copyFailed;
    setTimeout(() => {
      button.textContent = this.#labels().copyCode;
    }, 2000);
  }
}

/** The element whose children are the items of a list or the rows of a framed table. */
function rowsOf(block: Node | undefined): Element | null {
  if (!(block instanceof Element)) return null;
  if (block.tagName === 'UL' || block.tagName === 'OL') return block;
  return block.querySelector(':scope > table > tbody');
}
