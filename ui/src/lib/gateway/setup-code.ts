// A setup code as a person pastes it: `oc-pair://…`, a `postern://pair` link, or the bare base64.
import { fromBase64 } from './bytes';

export type SetupCode =
  | { kind: 'ok'; bootstrapToken: string }
  | { kind: 'invalid' }
  | { kind: 'expired' }
  /** It names only gateways that are not this one. */
  | { kind: 'elsewhere'; host: string };

function bare(text: string): string {
  const trimmed = text.trim().replace(/\s+/g, '');
  const scheme = /^(?:oc-pair:\/\/|postern:\/\/pair\/?)(.*)$/i.exec(trimmed);
  const rest = scheme?.[1] ?? trimmed;
  const query = /[?&#](?:code|setup)=([^&#]+)/i.exec(rest);
  return decodeURIComponent(query?.[1] ?? rest).replace(/\/$/, '');
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const bytes = fromBase64(bare(text));
    const value: unknown = bytes && JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function hosts(fields: Record<string, unknown>): string[] {
  const urls = Array.isArray(fields['urls']) ? fields['urls'] : [];
  return [fields['url'], ...urls].flatMap((url: unknown) => {
    if (typeof url !== 'string' || !URL.canParse(url)) return [];
    return [new URL(url).host];
  });
}

/** Codes for phones name the address in the home network; the page may have been opened on the loopback one. */
function port(host: string): string {
  return /:(\d+)$/.exec(host)?.[1] ?? '';
}

/**
 * Reads a code. The token in it is only ever sent to the gateway this page came from; a code of another one is
 * refused here, so that it is not burnt as a wrong guess.
 */
export function readSetupCode(text: string, now: number, here: string = location.host): SetupCode {
  const fields = parsed(text);
  const token = fields?.['bootstrapToken'];
  if (!fields || typeof token !== 'string' || !token) return { kind: 'invalid' };
  const expires = fields['expiresAtMs'];
  if (typeof expires === 'number' && expires <= now) return { kind: 'expired' };
  const named = hosts(fields);
  const first = named[0];
  const known = named.length === 0 || named.some((host) => host === here || port(host) === port(here));
  return known || !first ? { kind: 'ok', bootstrapToken: token } : { kind: 'elsewhere', host: first };
}
