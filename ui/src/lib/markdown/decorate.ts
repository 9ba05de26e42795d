// From clean HTML to what a message looks like: frames around code and tables, honest links.
// Works on a fragment that passed sanitize.ts; adds elements, never text that is parsed as HTML.

import { revealHidden } from './invisible';
import { isMisleading, safeUrl, targetName } from './links';

export interface MarkdownLabels {
  copyCode: string;
  copied: string;
  copyFailed: string;
  wrapCode: string;
  codeRegion(language: string): string;
  tableRegion: string;
  picture: string;
  taskDone: string;
  taskOpen: string;
}

export function decorate(fragment: DocumentFragment, labels: MarkdownLabels): void {
  dropLineBreaks(fragment);
  for (const link of fragment.querySelectorAll('a')) decorateLink(link, labels);
  for (const pre of fragment.querySelectorAll('pre')) {
    const language = pre.getAttribute('data-language') ?? '';
    pre.replaceWith(codeFrame(language, (pre.textContent ?? '').replace(/\n$/, ''), labels));
  }
  for (const table of fragment.querySelectorAll('table')) frameTable(table, labels);
  for (const task of fragment.querySelectorAll('[data-task]')) decorateTask(task, labels);
  for (const block of fragment.querySelectorAll('p, li, h2, h3, h4, h5, h6, td, th')) {
    block.setAttribute('dir', 'auto');
  }
  showHiddenCharacters(fragment);
}

/** A block of code with its language and its buttons. The code is text, whatever it holds. */
export function codeFrame(language: string, text: string, labels: MarkdownLabels): HTMLElement {
  const frame = element('div', 'md-code');
  frame.dataset.language = language.toLowerCase();
  const bar = element('div', 'md-code-bar');
  const name = element('span', 'md-code-language');
  name.textContent = language;
  bar.append(name, button('wrap', labels.wrapCode), button('copy', labels.copyCode));
  const pre = element('pre');
  // Long lines scroll; without a tab stop only a mouse could.
  pre.tabIndex = 0;
  pre.setAttribute('role', 'group');
  pre.setAttribute('aria-label', labels.codeRegion(language));
  const code = element('code');
  code.textContent = text;
  showHiddenCharacters(code);
  pre.append(code);
  frame.append(bar, pre);
  return frame;
}

function button(action: 'copy' | 'wrap', label: string): HTMLElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'md-code-button';
  made.dataset.action = action;
  made.textContent = label;
  if (action === 'wrap') made.setAttribute('aria-pressed', 'false');
  return made;
}

function decorateLink(link: HTMLAnchorElement, labels: MarkdownLabels): void {
  const isPicture = link.hasAttribute('data-picture');
  link.removeAttribute('data-picture');
  const url = safeUrl(link.getAttribute('href') ?? '');
  const text = (link.textContent ?? '').trim();
  if (url === null) {
    // Neither a link nor a picture we may fetch: what is left is what it says.
    const plain = document.createDocumentFragment();
    plain.append(...(isPicture ? [`[${labels.picture}: ${text}]`] : link.childNodes));
    link.replaceWith(plain);
    return;
  }
  link.href = url.href;
  link.target = '_blank';
  link.rel = 'noopener noreferrer';
  if (isPicture) {
    link.textContent = `${labels.picture}: ${text || targetName(url)}`;
    link.after(hostNote(url));
  } else if (text === '') {
    link.textContent = targetName(url);
  } else if (isMisleading(text, url)) {
    link.after(hostNote(url));
  }
}

function hostNote(url: URL): HTMLElement {
  const note = element('span', 'md-host');
  note.textContent = ` (${targetName(url)})`;
  return note;
}

function frameTable(table: HTMLTableElement, labels: MarkdownLabels): void {
  for (const cell of table.querySelectorAll('[align]')) {
    const align = cell.getAttribute('align') ?? '';
    cell.removeAttribute('align');
    if (['left', 'center', 'right'].includes(align)) cell.className = `md-${align}`;
  }
  const frame = element('div', 'md-table');
  frame.tabIndex = 0;
  frame.setAttribute('role', 'group');
  frame.setAttribute('aria-label', labels.tableRegion);
  table.replaceWith(frame);
  frame.append(table);
}

function decorateTask(task: Element, labels: MarkdownLabels): void {
  const done = task.getAttribute('data-task') === 'done';
  task.removeAttribute('data-task');
  task.className = done ? 'md-task md-task-done' : 'md-task';
  task.setAttribute('role', 'img');
  task.setAttribute('aria-label', done ? labels.taskDone : labels.taskOpen);
  task.closest('li')?.classList.add('md-task-item');
}

/** Between items, rows and blocks they are not content, and would only be compared. */
function dropLineBreaks(fragment: DocumentFragment): void {
  const parents = fragment.querySelectorAll('ul, ol, table, thead, tbody, tr, blockquote');
  for (const parent of [fragment, ...parents]) {
    for (const child of [...parent.childNodes]) {
      if (child instanceof Text && child.data.trim() === '') child.remove();
    }
  }
}

function showHiddenCharacters(root: Node): void {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const replacements: [ChildNode, DocumentFragment][] = [];
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const shown = revealHidden(node.nodeValue ?? '');
    if (shown !== null) replacements.push([node as Text, shown]);
  }
  for (const [node, shown] of replacements) node.replaceWith(shown);
}

function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className?: string,
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  if (className !== undefined) made.className = className;
  return made;
}
