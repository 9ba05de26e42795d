// Components that show something, and those that hold others. Text is text: nothing of an agent becomes markup.

const HEADINGS = { h1: 'h1', h2: 'h2', h3: 'h3', h4: 'h4', h5: 'h5' };

const Text = (props, at) => {
  const hint = props.usageHint ?? props.variant;
  const name = at.inButton ? 'span' : (HEADINGS[hint] ?? 'p');
  return element(
    name,
    { class: hint === 'caption' ? 'text caption' : 'text' },
    ...marked(at.text(props.text)),
  );
};

const Heading = (props, at) => {
  const level = Math.min(5, Math.max(1, Number(props.level ?? 2) || 2));
  return Text({ text: props.text, usageHint: props.usageHint ?? `h${level}` }, at);
};

/** Bold, italic and code of simple Markdown; everything else stays as it was written. */
const marked = (text) => {
  const parts = [];
  const pattern = /\*\*([^*\n]+)\*\*|`([^`\n]+)`|\*([^*\s][^*\n]*)\*/g;
  let end = 0;
  for (const found of text.matchAll(pattern)) {
    parts.push(text.slice(end, found.index));
    const [whole, bold, code, italic] = found;
    parts.push(element(bold ? 'strong' : code ? 'code' : 'em', {}, bold ?? code ?? italic));
    end = found.index + whole.length;
  }
  parts.push(text.slice(end));
  return parts;
};

/** Only what comes along is shown: a picture from elsewhere would tell its host who looks. */
const comesAlong = (url, kind) => new RegExp(`^data:${kind}/[a-z0-9.+-]+[;,]`, 'i').test(url);

const missing = (what) => element('p', { class: 'missing' }, what);

const Image = (props, at) => {
  const url = at.text(props.url);
  const alt = at.text(props.altText ?? props.alt ?? props.description);
  if (!comesAlong(url, 'image')) return missing(alt || 'A picture from elsewhere is not loaded.');
  const classes = [props.fit && `fit-${props.fit}`, props.usageHint].filter((name) =>
    /^[\w-]+$/.test(name ?? ''),
  );
  const image = element('img', { src: url, class: classes.join(' ') });
  image.alt = alt;
  return image;
};

const media = (name, kind) => (props, at) => {
  const url = at.text(props.url);
  const label = at.text(props.description) || kind;
  if (!comesAlong(url, kind)) return missing(`${label}: not loaded, as it is from elsewhere.`);
  return element(name, { src: url, controls: true, 'aria-label': label });
};

const SYMBOLS = {
  accountCircle: '👤',
  add: '＋',
  arrowBack: '←',
  arrowForward: '→',
  attachFile: '📎',
  calendarToday: '📅',
  call: '📞',
  camera: '📷',
  check: '✓',
  close: '✕',
  delete: '🗑',
  download: '⬇',
  edit: '✎',
  event: '📅',
  error: '⚠',
  favorite: '♥',
  favoriteOff: '♡',
  folder: '📁',
  help: '?',
  home: '⌂',
  info: 'ℹ',
  locationOn: '📍',
  lock: '🔒',
  lockOpen: '🔓',
  mail: '✉',
  menu: '☰',
  moreVert: '⋮',
  moreHoriz: '…',
  notificationsOff: '🔕',
  notifications: '🔔',
  payment: '💳',
  person: '👤',
  phone: '📱',
  photo: '🖼',
  print: '🖨',
  refresh: '↻',
  search: '🔍',
  send: '➤',
  settings: '⚙',
  share: '⇪',
  shoppingCart: '🛒',
  star: '★',
  starHalf: '⯪',
  starOff: '☆',
  upload: '⬆',
  visibility: '👁',
  visibilityOff: '🙈',
  warning: '⚠',
};

const Icon = (props, at) => {
  const name = at.text(props.name);
  const label = name.replace(/([A-Z])/g, ' $1').toLowerCase();
  const symbol = Object.hasOwn(SYMBOLS, name) ? SYMBOLS[name] : '•';
  return element('span', { role: 'img', 'aria-label': label || 'icon' }, symbol);
};

/** The components below one: a list of ids, or one component for each element of a list in the data. */
const childrenOf = (props, at) => {
  const { children } = props;
  const list = Array.isArray(children) ? children : children?.explicitList;
  if (Array.isArray(list)) return list.map((id) => at.child(id));
  const template = children?.template;
  if (!isObject(template)) return [];
  const path = wholePath(template.dataBinding, at.base);
  const data = at.model.get(path);
  const keys = data instanceof Map ? [...data.keys()] : Array.isArray(data) ? [...data.keys()] : [];
  return keys.map((key) => at.child(template.componentId, `${path === '/' ? '' : path}/${key}`));
};

const WORDS = new Set(['start', 'center', 'end', 'stretch', 'spaceBetween', 'spaceAround', 'spaceEvenly']);
const aligned = (props) => [
  WORDS.has(props.distribution) ? `main-${props.distribution}` : '',
  WORDS.has(props.alignment) ? `cross-${props.alignment}` : '',
];

const box = (kind) => (props, at) =>
  element('div', { class: [kind, ...aligned(props)].join(' ').trim() }, ...childrenOf(props, at));

const List = (props, at) => {
  const classes = ['list', props.direction === 'horizontal' && 'horizontal', ...aligned(props)].filter(
    Boolean,
  );
  const items = childrenOf(props, at).map((child) => element('li', {}, child));
  const list = element('ul', { class: classes.join(' ') }, ...items);
  // Browsers forget that it is a list when it has no bullets.
  list.setAttribute('role', 'list');
  if (props.direction === 'horizontal') list.tabIndex = 0;
  return list;
};

const Card = (props, at) =>
  element('div', { class: 'card' }, ...(props.child ? [at.child(props.child)] : childrenOf(props, at)));

const Divider = (props) =>
  props.axis === 'vertical'
    ? element('hr', { class: 'vertical', 'aria-orientation': 'vertical' })
    : element('hr');

const Button = (props, at) => {
  const label = at.text(props.label) || at.text(props.text);
  const button = element('button', { type: 'button', id: at.domId, class: props.primary ? 'primary' : '' });
  button.append(props.child ? at.child(props.child, undefined, true) : label || 'Button');
  button.addEventListener('click', () => at.act(props.action, button));
  return button;
};

const Tabs = (props, at) => {
  const items = (Array.isArray(props.tabItems) ? props.tabItems : []).filter(isObject);
  const bar = element('div', { role: 'tablist' });
  const panels = [];
  const select = (index, focus) => {
    at.remember(index);
    [...bar.children].forEach((tab, number) => {
      tab.setAttribute('aria-selected', String(number === index));
      tab.tabIndex = number === index ? 0 : -1;
      panels[number].hidden = number !== index;
    });
    if (focus) bar.children[index]?.focus();
  };
  items.forEach((item, index) => {
    const [tab, panel] = [`${at.domId}-tab-${index}`, `${at.domId}-panel-${index}`];
    const title = at.text(item.title) || `Tab ${index + 1}`;
    bar.append(element('button', { type: 'button', role: 'tab', id: tab, 'aria-controls': panel }, title));
    bar.lastChild.addEventListener('click', () => select(index, false));
    panels.push(
      element('div', { role: 'tabpanel', id: panel, 'aria-labelledby': tab }, at.child(item.child)),
    );
  });
  bar.addEventListener('keydown', (event) => {
    const now = [...bar.children].indexOf(document.activeElement);
    const to = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: items.length - 1 }[event.key];
    if (now < 0 || to === undefined) return;
    event.preventDefault();
    select((to + items.length) % items.length, true);
  });
  if (items.length > 0) select(Math.min(at.remembered() ?? 0, items.length - 1), false);
  return element('div', {}, bar, ...panels);
};

const Modal = (props, at) => {
  const dialog = element('dialog', { 'aria-label': 'Details' }, at.child(props.contentChild));
  const close = element('button', { type: 'button' }, 'Close');
  close.addEventListener('click', () => dialog.close());
  dialog.append(close);
  const entry = element('div', {}, at.child(props.entryPointChild));
  // The entry may be a button of its own, with an action of its own.
  if (!entry.querySelector('button, input, a')) {
    const opener = element('button', { type: 'button' });
    opener.append(...entry.childNodes);
    entry.append(opener);
  }
  entry.addEventListener('click', () => dialog.showModal());
  return element('div', {}, entry, dialog);
};

const COMPONENTS = {
  Text,
  Heading,
  Image,
  Icon,
  Row: box('row'),
  Column: box('column'),
  List,
  Card,
  Divider,
  Button,
  Tabs,
  Modal,
  Video: media('video', 'video'),
  AudioPlayer: media('audio', 'audio'),
  TextField,
  CheckBox,
  Slider,
  DateTimeInput,
  MultipleChoice,
};
