// What the window shows until there is a gateway. It is told behind the `#`, and
// the buttons are links that the app reads; there is no other way between them.
const WORDS = {
  en: {
    starting: 'Starting…',
    waiting: 'Waiting',
    down: 'There is no gateway',
    broken: 'The page cannot be shown here',
    retry: 'Try again',
    browser: 'Open in the browser',
    logs: 'Show logs',
  },
  de: {
    starting: 'Startet …',
    waiting: 'Wartet',
    down: 'Es gibt kein Gateway',
    broken: 'Die Seite kann hier nicht angezeigt werden',
    retry: 'Erneut versuchen',
    browser: 'Im Browser öffnen',
    logs: 'Protokoll anzeigen',
  },
};

const language = navigator.language.startsWith('de') ? 'de' : 'en';
const words = WORDS[language];
document.documentElement.lang = language;

const set = (id, text) => {
  document.getElementById(id).textContent = text;
};

function show() {
  const said = new URLSearchParams(location.hash.slice(1));
  const named = said.get('state');
  const state = named !== null && named in words ? named : 'starting';
  document.body.dataset.state = state;
  set('title', words[state]);
  set('text', said.get('text') ?? '');
  for (const button of ['retry', 'browser', 'logs']) set(button, words[button]);
  document.getElementById('buttons').hidden = state === 'starting';
  document.getElementById('retry').hidden = state === 'broken';
  // Without a gateway there is nothing to open there either.
  document.getElementById('browser').hidden = state === 'down';
}

addEventListener('hashchange', show);
show();
