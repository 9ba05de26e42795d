// Whether this page is the desktop app's own window. The gateway knows by the cookie the app has set; the page only
// asks. Without credentials the question is answered with 401 and nothing else.
import { tabStored } from '$lib/stored';

const STORED = 'postern.desktop';

/** True in the window of the app; undefined when nobody answered. */
export async function askDesktop(signal: AbortSignal): Promise<boolean | undefined> {
  try {
    const reply = await fetch('control-ui-config.json', {
      credentials: 'same-origin',
      cache: 'no-store',
      signal,
    });
    if (reply.status === 401 || reply.status === 404) return false;
    if (!reply.ok) return undefined;
    const config: unknown = await reply.json();
    const desktop =
      typeof config === 'object' && config !== null && 'desktop' in config && config.desktop === true;
    if (desktop) tabStored.set(STORED, 'yes');
    return desktop;
  } catch {
    return undefined;
  }
}

/** Whether this window was the app's before: then a refusal means that the app is about to sign it in again. */
export function wasDesktop(): boolean {
  return tabStored.get(STORED) === 'yes';
}
