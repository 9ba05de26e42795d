// What a refused connection means for this page. Pure: the connection carries it out.
import type { GatewayError } from './error';

/** Which credential was sent. */
export type Sent = 'none' | 'secret' | 'device-token' | 'setup-code' | 'desktop';

export type Verdict =
  /** Temporary: try again by the usual rhythm, or when the gateway said. */
  | { kind: 'retry'; afterMs?: number }
  /** The token of this browser is worthless; try at once with what else there is. */
  | { kind: 'drop-token' }
  | { kind: 'pairing'; requestId: string; reason: string }
  | { kind: 'credentials'; code: string; afterMs?: number }
  | { kind: 'stopped'; code: string };

const CREDENTIALS = new Set([
  'AUTH_TOKEN_MISSING',
  'AUTH_TOKEN_MISMATCH',
  'AUTH_TOKEN_NOT_CONFIGURED',
  'AUTH_PASSWORD_MISSING',
  'AUTH_PASSWORD_MISMATCH',
  'AUTH_PASSWORD_NOT_CONFIGURED',
  'AUTH_BOOTSTRAP_TOKEN_INVALID',
  'AUTH_DEVICE_TOKEN_MISMATCH',
  'AUTH_SCOPE_MISMATCH',
  'AUTH_REQUIRED',
  'AUTH_UNAUTHORIZED',
]);

function text(details: Record<string, unknown>, key: string): string {
  const value = details[key];
  return typeof value === 'string' ? value : '';
}

/** Only wants a wait, not another secret. */
function rateLimited(error: GatewayError): Verdict {
  return { kind: 'credentials', code: 'AUTH_RATE_LIMITED', afterMs: error.retryAfterMs ?? 60_000 };
}

export function verdict(error: GatewayError, sent: Sent): Verdict {
  const code = error.detailCode;
  if (code === 'PAIRING_REQUIRED' || error.code === 'NOT_PAIRED') {
    const requestId = text(error.details, 'requestId');
    if (requestId) return { kind: 'pairing', requestId, reason: text(error.details, 'reason') };
  }
  // The window has no secret that somebody could type: the app brings a new cookie.
  if (sent === 'desktop') return { kind: 'retry' };
  if (code === 'AUTH_RATE_LIMITED') return rateLimited(error);
  if (sent === 'device-token' && CREDENTIALS.has(code)) return { kind: 'drop-token' };
  if (CREDENTIALS.has(code)) return { kind: 'credentials', code };
  if (error.code === 'UNAVAILABLE' && error.details['reloadRequired'] !== true) {
    return error.retryAfterMs === undefined
      ? { kind: 'retry' }
      : { kind: 'retry', afterMs: error.retryAfterMs };
  }
  return { kind: 'stopped', code: code || error.code };
}
