// Turns the nodes on the page into new ones in place. What did not change stays the very same
// node, so a streaming block keeps its selection, its scroll position and its layout.

/** Makes the children of `host` from index `from` on equal to `next`. Returns the index after them. */
export function morphChildren(host: Node, from: number, next: readonly Node[]): number {
  let index = from;
  for (const wanted of next) {
    const current = host.childNodes[index];
    if (current === undefined) host.appendChild(wanted);
    else if (!morphNode(current, wanted)) host.replaceChild(wanted, current);
    index += 1;
  }
  return index;
}

/** Removes the children of `host` from index `from` on. */
export function trimChildren(host: Node, from: number): void {
  while (host.childNodes.length > from && host.lastChild !== null) host.removeChild(host.lastChild);
}

/** Whether `current` could be made equal to `wanted`; if not, it has to be replaced. */
function morphNode(current: Node, wanted: Node): boolean {
  if (current.nodeType !== wanted.nodeType) return false;
  if (current instanceof Text && wanted instanceof Text) {
    morphText(current, wanted.data);
    return true;
  }
  if (!(current instanceof HTMLElement) || !(wanted instanceof HTMLElement)) return false;
  if (current.tagName !== wanted.tagName) return false;
  // Coloured or wrapped by the reader's wish: the same code need not be touched.
  if (current.classList.contains('md-code') && isSameCode(current, wanted)) return true;
  morphAttributes(current, wanted);
  trimChildren(current, morphChildren(current, 0, [...wanted.childNodes]));
  return true;
}

/** Appending keeps the selection of what was there; setting the whole text drops it. */
function morphText(current: Text, data: string): void {
  if (current.data === data) return;
  if (data.startsWith(current.data)) current.appendData(data.slice(current.data.length));
  else current.data = data;
}

function isSameCode(current: HTMLElement, wanted: HTMLElement): boolean {
  return (
    current.dataset.language === wanted.dataset.language &&
    current.querySelector('code')?.textContent === wanted.querySelector('code')?.textContent
  );
}

function morphAttributes(current: HTMLElement, wanted: HTMLElement): void {
  for (const name of current.getAttributeNames()) {
    if (!wanted.hasAttribute(name)) current.removeAttribute(name);
  }
  for (const name of wanted.getAttributeNames()) {
    const value = wanted.getAttribute(name) ?? '';
    if (current.getAttribute(name) !== value) current.setAttribute(name, value);
  }
}
