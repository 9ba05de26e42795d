// The texts of the page. English is always there, so that nothing waits for it; another language is fetched once.
import en from './en';

export type Language = 'en' | 'de';
type Texts = typeof en;

/** Names of the languages in themselves, for the switch. */
export const languages: Record<Language, string> = { en: 'English', de: 'Deutsch' };

const STORED = 'postern.language';
let current = $state<Language>('en');
let texts = $state.raw<Texts>(en);

/** The texts in the current language: `t.chat.send`. Read in markup and in `$derived` it follows the language. */
export const t: Texts = {
  get about() {
    return texts.about;
  },
  get agents() {
    return texts.agents;
  },
  get approvals() {
    return texts.approvals;
  },
  get chat() {
    return texts.chat;
  },
  get devices() {
    return texts.devices;
  },
  get message() {
    return texts.message;
  },
  get models() {
    return texts.models;
  },
  get overview() {
    return texts.overview;
  },
  get sessions() {
    return texts.sessions;
  },
  get shell() {
    return texts.shell;
  },
  get usage() {
    return texts.usage;
  },
  get welcome() {
    return texts.welcome;
  },
};

/** The current language; reactive. */
export const language = {
  get current(): Language {
    return current;
  },
};

function isLanguage(value: string | null | undefined): value is Language {
  return value === 'en' || value === 'de';
}

function preferred(): Language {
  const stored = localStorage.getItem(STORED);
  if (isLanguage(stored)) return stored;
  for (const tag of navigator.languages) {
    const base = tag.toLowerCase().split('-')[0];
    if (isLanguage(base)) return base;
  }
  return 'en';
}

async function show(next: Language): Promise<void> {
  texts = next === 'en' ? en : (await import('./de')).default;
  current = next;
  document.documentElement.lang = next;
}

/** Before the first paint: the language chosen here, else the browser's. */
export async function startLanguage(): Promise<void> {
  await show(preferred());
}

/** Switches the page and remembers the choice on this device. */
export async function setLanguage(next: Language): Promise<void> {
  localStorage.setItem(STORED, next);
  await show(next);
}
