// Surfaces: what was sent about each, and what is shown of it.

/** Surfaces and components that are kept; more are refused. */
const MAX_SURFACES = 32;
const MAX_COMPONENTS = 5_000;
/** Components that are shown at once: a template may name itself many times. */
const MAX_SHOWN = 5_000;
/** How long an app may take to say what came of an action. */
const ANSWER_MS = 30_000;
const TOLD_MS = 5_000;
const MESSAGES = ['beginRendering', 'surfaceUpdate', 'dataModelUpdate', 'deleteSurface'];

const surfaces = new Map();
const place = document.getElementById('surfaces');
const empty = document.getElementById('empty');
const statusLine = document.getElementById('status');
let surfaceCount = 0;

class Surface {
  components = new Map();
  model = new DataModel();
  root;
  styles = {};
  /** Which tab was chosen, by component and place in the data. */
  chosen = new Map();
  view = element('section', { class: 'surface' });
  number = (surfaceCount += 1);

  constructor(id) {
    this.id = id;
    this.view.setAttribute('aria-label', id);
  }

  update(components) {
    for (const entry of Array.isArray(components) ? components : []) {
      if (!isObject(entry) || typeof entry.id !== 'string') continue;
      if (this.components.size >= MAX_COMPONENTS && !this.components.has(entry.id)) {
        throw new Error(`surface ${this.id} has more than ${MAX_COMPONENTS} components`);
      }
      this.components.set(entry.id, kindOf(entry));
    }
  }

  /** Shows the data that there is now; the components are the same. */
  refresh() {
    if (this.root === undefined) return;
    const fresh = this.fresh();
    if (this.view.firstChild) patch(this.view.firstChild, fresh);
    else this.view.append(fresh);
  }

  fresh() {
    this.shown = 0;
    this.used = new Set();
    return this.build(this.root, '/', { path: [] });
  }

  render() {
    if (this.root === undefined) return;
    const focused = document.activeElement?.id;
    const selection = caretOf(document.activeElement);
    this.view.style.setProperty('--accent', colorOf(this.styles.primaryColor));
    this.view.style.setProperty('--on-accent', inkOn(colorOf(this.styles.primaryColor)));
    this.view.style.setProperty('font-family', fontOf(this.styles.font));
    const open = [...this.view.querySelectorAll('dialog[open]')].map((dialog) => dialog.dataset.of);
    this.view.replaceChildren(this.fresh());
    for (const dialog of this.view.querySelectorAll('dialog')) {
      if (open.includes(dialog.dataset.of)) dialog.showModal();
    }
    if (focused) restore(document.getElementById(focused), selection);
  }

  /** A component at a place in the data; `way` is what it is in. */
  build(id, base, way) {
    const component = this.components.get(id);
    this.shown += 1;
    if (!component || way.path.includes(id) || way.path.length > MAX_DEPTH || this.shown > MAX_SHOWN) {
      // It may come later; a circle never ends.
      return document.createTextNode('');
    }
    const maker = Object.hasOwn(COMPONENTS, component.kind) ? COMPONENTS[component.kind] : undefined;
    if (!maker) return missing(`${component.kind} cannot be shown here.`);
    const made = maker(component.props, this.around(id, base, way));
    const weight = Number(component.weight);
    if (weight > 0 && Number.isFinite(weight)) {
      made.style.flexGrow = String(weight);
      made.classList.add('weighted');
    }
    for (const dialog of made.querySelectorAll?.(':scope > dialog') ?? [])
      dialog.dataset.of = `${id} ${base}`;
    return made;
  }

  /** What a component may ask for and do. */
  around(id, base, way) {
    const { model } = this;
    const deeper = (inButton) => ({ path: [...way.path, id], inButton: way.inButton || inButton });
    const key = `${id} ${base}`;
    return {
      base,
      model,
      inButton: way.inButton === true,
      domId: this.domId(id, base),
      text: (bound) => textOf(bound, model, base),
      value: (bound) => resolve(bound, model, base),
      child: (child, at = base, inButton = false) => this.build(child, at, deeper(inButton)),
      remember: (value) => this.chosen.set(key, value),
      remembered: () => this.chosen.get(key),
      write: (bound, value) => {
        if (isObject(bound) && typeof bound.path === 'string')
          this.changed(wholePath(bound.path, base), value);
      },
      act: (action, button) => this.act(action, id, base, button),
    };
  }

  /** The same component may stand in several places. */
  domId(id, base) {
    const wanted = `s${this.number}-${id}-${base}`.replace(/[^\w-]/g, '_');
    let free = wanted;
    for (let number = 2; this.used.has(free); number += 1) free = `${wanted}-${number}`;
    this.used.add(free);
    return free;
  }

  changed(path, value) {
    this.model.set(path, value);
    // Once for all that changes now.
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      if (surfaces.get(this.id) === this) this.refresh();
    });
  }

  act(action, sourceComponentId, base, button) {
    const name = typeof action === 'string' ? action : action?.name;
    if (typeof name !== 'string' || name.trim() === '') return;
    const context = {};
    for (const entry of Array.isArray(action.context) ? action.context : []) {
      if (!isObject(entry) || typeof entry.key !== 'string' || FORBIDDEN.has(entry.key)) continue;
      context[entry.key] = asJson(resolve(entry.value, this.model, base)) ?? null;
    }
    send(
      { name, surfaceId: this.id, sourceComponentId, timestamp: new Date().toISOString(), context },
      button,
    );
  }
}

/** `{Text: {…}}`, or the newer `{component: "Text", …}`. */
const kindOf = ({ component, weight, id: _, ...rest }) => {
  if (typeof component === 'string') return { kind: component, props: rest, weight };
  const [kind, props] = Object.entries(isObject(component) ? component : {})[0] ?? [
    'A component without a type',
    {},
  ];
  return { kind, props: isObject(props) ? props : {}, weight };
};

const colorOf = (color) => (/^#[0-9a-f]{6}$/i.test(color ?? '') ? color : '');
const fontOf = (font) => (/^[\w\s-]{1,64}$/.test(font ?? '') ? `${JSON.stringify(font)}, var(--font)` : '');

/** Black or white, whichever is easier to read on a colour. */
const inkOn = (color) => {
  if (!color) return '';
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? '#000000' : '#ffffff';
};

const caretOf = (control) => {
  try {
    return control && 'selectionStart' in control
      ? [control.selectionStart, control.selectionEnd]
      : undefined;
  } catch {
    return undefined;
  }
};

const restore = (control, selection) => {
  control?.focus({ preventScroll: true });
  try {
    if (selection?.[0] !== null && selection) control.setSelectionRange(...selection);
  } catch {
    // Not every control has a caret.
  }
};

/** Actions that the app has not answered: by their id, what to do then. */
const pending = new Map();
let told;

const tell = (text) => {
  clearTimeout(told);
  statusLine.textContent = text;
  told = setTimeout(() => (statusLine.textContent = ''), TOLD_MS);
};

const send = (action, button) => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (!globalThis.OpenClaw.sendUserAction({ id, ...action })) {
    tell('Nobody listens here: open this page in the app.');
    return;
  }
  button?.setAttribute('aria-busy', 'true');
  const timer = setTimeout(() => answered(id, false, 'no answer'), ANSWER_MS);
  pending.set(id, () => {
    clearTimeout(timer);
    button?.removeAttribute('aria-busy');
  });
  tell('Sending…');
};

const answered = (id, ok, error) => {
  const done = pending.get(id);
  if (!done) return;
  pending.delete(id);
  done();
  tell(ok ? 'Sent.' : `Not sent: ${error || 'the app did not say why'}`);
};

addEventListener('openclaw:a2ui-action-status', (event) => {
  const { id, ok, error } = isObject(event.detail) ? event.detail : {};
  answered(String(id ?? ''), ok === true, typeof error === 'string' ? error : '');
});

const surfaceOf = (id) => {
  const name = typeof id === 'string' && id !== '' ? id : 'main';
  const known = surfaces.get(name);
  if (known) return known;
  if (surfaces.size >= MAX_SURFACES) throw new Error(`there are ${MAX_SURFACES} surfaces already`);
  const made = new Surface(name);
  surfaces.set(name, made);
  place.append(made.view);
  return made;
};

const remove = (surface) => {
  surface.view.remove();
  surfaces.delete(surface.id);
};

/** Takes in one message; the surface that it changed, and whether more than its data. */
const apply = (message) => {
  const kinds = isObject(message) ? MESSAGES.filter((kind) => isObject(message[kind])) : [];
  if (kinds.length !== 1) throw new Error(`a message has exactly one of ${MESSAGES.join(', ')}`);
  const [kind] = kinds;
  const body = message[kind];
  if (kind === 'deleteSurface') {
    const known = surfaces.get(body.surfaceId ?? 'main');
    if (known) remove(known);
    return [];
  }
  const surface = surfaceOf(body.surfaceId);
  if (kind === 'surfaceUpdate') surface.update(body.components);
  if (kind === 'dataModelUpdate') surface.model.update(body.path, body.contents);
  if (kind === 'beginRendering') {
    surface.root = String(body.root ?? 'root');
    surface.styles = isObject(body.styles) ? body.styles : {};
  }
  return [surface, kind !== 'dataModelUpdate'];
};

const names = () => Array.from(surfaces.keys());

const settle = () => {
  empty.hidden = surfaces.size > 0;
};

/** Takes in messages in their order. A mistake in one is told; those before it are shown. */
const applyMessages = (messages) => {
  const changed = new Map();
  let error;
  try {
    if (!Array.isArray(messages)) throw new Error('messages must be a list');
    for (const message of messages) {
      const [surface, wholly] = apply(message);
      if (surface) changed.set(surface, wholly || changed.get(surface) === true);
    }
  } catch (problem) {
    error = problem.message;
  }
  for (const [surface, wholly] of changed) {
    if (surfaces.get(surface.id) !== surface) continue;
    if (wholly) surface.render();
    else surface.refresh();
  }
  settle();
  return error === undefined ? { ok: true, surfaces: names() } : { ok: false, error, surfaces: names() };
};

const reset = () => {
  for (const surface of [...surfaces.values()]) remove(surface);
  for (const done of pending.values()) done();
  pending.clear();
  statusLine.textContent = '';
  settle();
  return { ok: true };
};

globalThis.openclawA2UI = Object.freeze({ applyMessages, reset, getSurfaces: names });
