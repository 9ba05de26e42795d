// The order of the first run, and where the data of the gateway is.
import { stored } from '$lib/stored';

export type Step = 'what' | 'model' | 'phone' | 'login';

const WELCOMED = 'postern.welcomed';

/** Starting with the computer is asked only where there is an app that can, and where it does not do so yet. */
export function stepsFor(settings: { startAtLogin: boolean } | undefined): Step[] {
  const always: Step[] = ['what', 'model', 'phone'];
  return settings !== undefined && !settings.startAtLogin ? [...always, 'login'] : always;
}

/** The folder of a file, on any system. */
export function folderOf(path: string | undefined): string | undefined {
  const found = /^(.+)[\\/][^\\/]+$/.exec(path ?? '');
  return found?.[1];
}

/** The first run is over, also when it was skipped. */
export function rememberWelcomed(): void {
  stored.set(WELCOMED, '1');
}
