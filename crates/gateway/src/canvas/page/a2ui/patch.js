// Bringing what is shown up to date without taking away what somebody is typing in, dragging or reading.

/** Makes `old` look like `fresh`. What is the same kind of thing stays and keeps its listeners. */
const patch = (old, fresh) => {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || old.id !== fresh.id) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  patchAttributes(old, fresh);
  if (old !== document.activeElement) patchControl(old, fresh);
  const [before, after] = [[...old.childNodes], [...fresh.childNodes]];
  if (before.length !== after.length) {
    old.replaceChildren(...after);
    return;
  }
  before.forEach((child, index) => patch(child, after[index]));
};

/** Not what people change themselves: an open dialog, a control that waits for an answer. Nor what the policy forbids. */
const KEPT = new Set(['open', 'style', 'aria-busy', 'aria-invalid']);

const patchAttributes = (old, fresh) => {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !KEPT.has(name)) old.removeAttribute(name);
  }
  for (const { name, value } of [...fresh.attributes]) {
    if (!KEPT.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
};

const patchControl = (old, fresh) => {
  if (!(old instanceof HTMLInputElement || old instanceof HTMLTextAreaElement)) return;
  if (old.value !== fresh.value) old.value = fresh.value;
  if (old instanceof HTMLInputElement && old.checked !== fresh.checked) old.checked = fresh.checked;
};
