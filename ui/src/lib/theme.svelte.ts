// Light, dark, or what the system says. Remembered on this device.
import { stored } from './stored';

export type Theme = 'system' | 'light' | 'dark';

const STORED = 'postern.theme';

function chosen(): Theme {
  const value = stored.get(STORED);
  return value === 'light' || value === 'dark' ? value : 'system';
}

let current = $state<Theme>(chosen());

function show(next: Theme): void {
  if (next === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = next;
}

show(current);

export const theme = {
  get current(): Theme {
    return current;
  },
  set(next: Theme): void {
    current = next;
    stored.set(STORED, next === 'system' ? undefined : next);
    show(next);
  },
};
