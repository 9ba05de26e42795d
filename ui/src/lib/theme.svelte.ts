// Light, dark, or what the system says. Remembered on this device.
export type Theme = 'system' | 'light' | 'dark';

const STORED = 'postern.theme';

function stored(): Theme {
  const value = localStorage.getItem(STORED);
  return value === 'light' || value === 'dark' ? value : 'system';
}

let current = $state<Theme>(stored());

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
    if (next === 'system') localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, next);
    show(next);
  },
};
