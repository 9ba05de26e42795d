// The choices of the settings menu, the same in the side and in the bottom navigation.
import Languages from '@lucide/svelte/icons/languages';
import LogOut from '@lucide/svelte/icons/log-out';
import Monitor from '@lucide/svelte/icons/monitor';
import Moon from '@lucide/svelte/icons/moon';
import Sun from '@lucide/svelte/icons/sun';
import { language, languages, setLanguage, t, type Language } from '$i18n';
import { theme, type Theme } from '$lib/theme.svelte';
import { toasts, type Icon, type MenuItem } from '$lib/ui';

const THEMES: [Theme, Icon][] = [
  ['system', Monitor],
  ['light', Sun],
  ['dark', Moon],
];

export function preferenceItems(signOut: (() => void) | undefined): MenuItem[] {
  const themes = THEMES.map(([name, icon], index) => ({
    label: t.shell.themes[name],
    icon,
    checked: theme.current === name,
    separated: index === 0,
    onselect: () => theme.set(name),
  }));
  const tongues = (Object.keys(languages) as Language[]).map((name, index) => ({
    label: languages[name],
    icon: Languages,
    checked: language.current === name,
    separated: index === 0,
    onselect: () => {
      setLanguage(name).catch((error: unknown) => toasts.error(error));
    },
  }));
  const leave = signOut ? [{ label: t.shell.signOut, icon: LogOut, separated: true, onselect: signOut }] : [];
  return [...themes, ...tongues, ...leave];
}
