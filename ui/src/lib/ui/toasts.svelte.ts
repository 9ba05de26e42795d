// Short messages that go away by themselves. Errors stay until they are closed.
import { errorText } from './error-text';

export interface ToastAction {
  label: string;
  run: () => void;
}

export interface ToastEntry {
  id: number;
  tone: 'info' | 'error';
  text: string;
  action?: ToastAction | undefined;
}

const SHOWN_MS = 5000;
const MOST = 4;
let next = 1;
let entries = $state.raw<ToastEntry[]>([]);

function add(tone: ToastEntry['tone'], text: string, action?: ToastAction): void {
  const id = next++;
  // The same sentence twice says nothing more than once.
  const others = entries.filter((entry) => entry.text !== text);
  entries = [...others, { id, tone, text, action }].slice(-MOST);
  if (tone === 'info') setTimeout(() => toasts.close(id), action ? SHOWN_MS * 2 : SHOWN_MS);
}

export const toasts = {
  get entries(): readonly ToastEntry[] {
    return entries;
  },
  info(text: string, action?: ToastAction): void {
    add('info', text, action);
  },
  /** Anything that was thrown, or a sentence. */
  error(error: unknown, action?: ToastAction): void {
    add('error', errorText(error), action);
  },
  close(id: number): void {
    entries = entries.filter((entry) => entry.id !== id);
  },
};
