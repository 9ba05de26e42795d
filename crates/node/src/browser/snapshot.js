(most) => {
  // What a screen reader would say, one line for each thing; what can be acted on gets a mark.
  const ROLES = { A: 'link', BUTTON: 'button', TEXTAREA: 'textbox', SELECT: 'combobox', SUMMARY: 'button', IMG: 'img',
    H1: 'heading', H2: 'heading', H3: 'heading', H4: 'heading', H5: 'heading', H6: 'heading', LI: 'listitem',
    NAV: 'navigation', MAIN: 'main', FORM: 'form', TABLE: 'table', TR: 'row', TD: 'cell', TH: 'columnheader' };
  const INPUTS = { checkbox: 'checkbox', radio: 'radio', submit: 'button', button: 'button', range: 'slider' };
  const ACTIVE = ['link', 'button', 'textbox', 'combobox', 'checkbox', 'radio', 'slider', 'tab', 'menuitem', 'option',
    'switch', 'searchbox'];
  for (const old of document.querySelectorAll('[data-postern-ref]')) old.removeAttribute('data-postern-ref');
  const lines = [];
  const refs = {};
  const nodes = [];
  let number = 0;
  let length = 0;
  let cut = false;
  const squeezed = (text) => (text ?? '').replace(/\s+/g, ' ').trim().slice(0, 200);
  const roleOf = (element) => {
    const said = element.getAttribute('role');
    if (said) return said.split(' ')[0];
    if (element.tagName === 'INPUT') return element.type === 'hidden' ? null : (INPUTS[element.type] ?? 'textbox');
    if (element.tagName === 'A') return element.hasAttribute('href') ? 'link' : null;
    return ROLES[element.tagName] ?? (element.isContentEditable && !element.parentElement?.isContentEditable ? 'textbox' : null);
  };
  const nameOf = (element, role) => {
    const label = element.getAttribute('aria-label') ?? element.getAttribute('alt') ?? element.getAttribute('title');
    if (squeezed(label)) return squeezed(label);
    const labels = element.labels ? Array.from(element.labels, (found) => found.innerText).join(' ') : '';
    if (squeezed(labels)) return squeezed(labels);
    if (element.tagName === 'INPUT' && role === 'button') return squeezed(element.value);
    if (squeezed(element.placeholder)) return squeezed(element.placeholder);
    return role === 'heading' || ACTIVE.includes(role) ? squeezed(element.innerText) : '';
  };
  const hidden = (element) => {
    if (element.getAttribute('aria-hidden') === 'true') return true;
    const style = getComputedStyle(element);
    return style.display === 'none' || style.visibility === 'hidden';
  };
  const put = (depth, text) => {
    length += text.length + depth * 2 + 3;
    if (length > most) cut = true;
    if (!cut) lines.push(`${'  '.repeat(depth)}- ${text}`);
  };
  const walk = (node, depth) => {
    if (cut) return;
    if (node.nodeType === Node.TEXT_NODE) {
      const text = squeezed(node.textContent);
      if (text) put(depth, `text: ${text}`);
      return;
    }
    if (node.nodeType !== Node.ELEMENT_NODE || ['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE', 'SVG'].includes(node.tagName.toUpperCase())) return;
    if (hidden(node)) return;
    const role = roleOf(node);
    if (!role) {
      for (const child of (node.shadowRoot ?? node).childNodes) walk(child, depth);
      return;
    }
    const name = nameOf(node, role);
    let text = role + (name ? ` ${JSON.stringify(name)}` : '');
    if (role === 'heading') text += ` [level=${node.tagName.slice(1)}]`;
    const entry = { role, name, depth };
    if (ACTIVE.includes(role)) {
      number += 1;
      const ref = `e${number}`;
      node.setAttribute('data-postern-ref', ref);
      refs[ref] = { role, name };
      entry.ref = ref;
      text += ` [ref=${ref}]`;
      if (node.disabled) text += ' [disabled]';
      if (node.checked) text += ' [checked]';
      if (role === 'textbox' && node.value && node.type !== 'password') text += `: ${squeezed(node.value)}`;
    }
    nodes.push(entry);
    put(depth, text);
    const whole = role === 'heading' || (ACTIVE.includes(role) && name);
    if (!whole) for (const child of (node.shadowRoot ?? node).childNodes) walk(child, depth + 1);
  };
  if (document.body) walk(document.body, 0);
  return { url: location.href, title: document.title, snapshot: lines.join('\n'), refs, nodes, truncated: cut };
}
