// The texts of the page. Those of the first screen are there in English from the start, so that nothing waits for
// them; other languages, and the texts of the other pages, are fetched once.
import { stored } from '$lib/stored';
import en from './en';
import type rest from './en/rest';

export type Language = 'en' | 'de';
type First = typeof en;
type Rest = typeof rest;

/** Names of the languages in themselves, for the switch. */
export const languages: Record<Language, string> = { en: 'English', de: 'Deutsch' };

const STORED = 'postern.language';
const FIRST: Record<Language, () => Promise<First>> = {
  en: () => Promise.resolve(en),
  de: async () => (await import('./de')).default,
};
const REST: Record<Language, () => Promise<Rest>> = {
  en: async () => (await import('./en/rest')).default,
  de: async () => (await import('./de/rest')).default,
};

let current = $state<Language>('en');
let first = $state.raw<First>(en);
let others = $state.raw<Rest>();

function other<K extends keyof Rest>(area: K): Rest[K] {
  if (others) return others[area];
  throw new Error(`the texts of ${area} are not loaded: await loadTexts() first`);
}

/** The texts in the current language: `t.chat.send`. Read in markup and in `$derived` it follows the language. */
export const t: First & Rest = {
  get chat() {
    return first.chat;
  },
  get message() {
    return first.message;
  },
  get shell() {
    return first.shell;
  },
  get about() {
    return other('about');
  },
  get agents() {
    return other('agents');
  },
  get approvals() {
    return other('approvals');
  },
  get backup() {
    return other('backup');
  },
  get config() {
    return other('config');
  },
  get devices() {
    return other('devices');
  },
  get doctor() {
    return other('doctor');
  },
  get logs() {
    return other('logs');
  },
  get models() {
    return other('models');
  },
  get nodes() {
    return other('nodes');
  },
  get overview() {
    return other('overview');
  },
  get remote() {
    return other('remote');
  },
  get sessions() {
    return other('sessions');
  },
  get update() {
    return other('update');
  },
  get usage() {
    return other('usage');
  },
  get welcome() {
    return other('welcome');
  },
};

/** The current language; reactive. */
export const language = {
  get current(): Language {
    return current;
  },
  /** For dates and numbers: the browser's own region, where it speaks the language of the page. */
  get tag(): string {
    return navigator.languages.find((tag) => base(tag) === current) ?? current;
  },
};

function base(tag: string): string | undefined {
  return tag.toLowerCase().split('-')[0];
}

function isLanguage(value: string | undefined): value is Language {
  return value === 'en' || value === 'de';
}

function preferred(): Language {
  const chosen = stored.get(STORED);
  if (isLanguage(chosen)) return chosen;
  return navigator.languages.map(base).find(isLanguage) ?? 'en';
}

async function show(next: Language): Promise<void> {
  const [firstTexts, otherTexts] = await Promise.all([FIRST[next](), others && REST[next]()]);
  first = firstTexts;
  if (otherTexts) others = otherTexts;
  current = next;
  document.documentElement.lang = next;
}

/** Before the first paint: the language chosen here, else the browser's. */
export async function startLanguage(): Promise<void> {
  await show(preferred());
}

/** Switches the page and remembers the choice on this device. */
export async function setLanguage(next: Language): Promise<void> {
  stored.set(STORED, next);
  await show(next);
}

/** Before anything but the first screen is shown: the texts of the other pages. */
export async function loadTexts(): Promise<void> {
  if (others) return;
  const wanted = current;
  const texts = await REST[wanted]();
  // The language may have been switched meanwhile.
  others = wanted === current ? texts : await REST[current]();
}
