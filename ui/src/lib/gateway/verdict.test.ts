import { describe, expect, it } from 'vitest';
import { backoff, LONGEST_MS } from './backoff';
import { GatewayError } from './error';
import { verdict, type Sent } from './verdict';

function refused(
  detailCode: string,
  more: Partial<{ code: string; details: object; retryAfterMs: number }> = {},
) {
  return new GatewayError({
    code: more.code ?? 'INVALID_REQUEST',
    message: 'refused',
    details: { code: detailCode, ...more.details },
    retryAfterMs: more.retryAfterMs,
  });
}

describe('a refused connection', () => {
  it.each<[string, Sent, string]>([
    ['AUTH_TOKEN_MISSING', 'none', 'credentials'],
    ['AUTH_TOKEN_MISMATCH', 'secret', 'credentials'],
    ['AUTH_PASSWORD_MISMATCH', 'secret', 'credentials'],
    ['AUTH_BOOTSTRAP_TOKEN_INVALID', 'setup-code', 'credentials'],
    ['AUTH_DEVICE_TOKEN_MISMATCH', 'device-token', 'drop-token'],
    ['AUTH_SCOPE_MISMATCH', 'device-token', 'drop-token'],
    ['CONTROL_UI_ORIGIN_NOT_ALLOWED', 'secret', 'stopped'],
    ['PROTOCOL_MISMATCH', 'none', 'stopped'],
    ['DEVICE_AUTH_SIGNATURE_INVALID', 'device-token', 'stopped'],
    ['AUTH_TOKEN_MISSING', 'desktop', 'retry'],
    ['CONTROL_UI_DEVICE_IDENTITY_REQUIRED', 'desktop', 'retry'],
  ])('%s after %s is %s', (code, sent, kind) => {
    expect(verdict(refused(code), sent).kind).toBe(kind);
  });

  it('keeps the device token when it is only told to wait', () => {
    const error = refused('AUTH_RATE_LIMITED', { retryAfterMs: 42_000 });
    expect(verdict(error, 'device-token')).toEqual({
      kind: 'credentials',
      code: 'AUTH_RATE_LIMITED',
      afterMs: 42_000,
    });
  });

  it('waits as long as a starting gateway asks for', () => {
    const error = new GatewayError({ code: 'UNAVAILABLE', message: 'gateway starting', retryAfterMs: 500 });
    expect(verdict(error, 'device-token')).toEqual({ kind: 'retry', afterMs: 500 });
  });

  it('names the request that has to be approved', () => {
    const error = refused('PAIRING_REQUIRED', {
      code: 'NOT_PAIRED',
      details: { requestId: 'r1', reason: 'scope-upgrade' },
    });
    expect(verdict(error, 'secret')).toEqual({ kind: 'pairing', requestId: 'r1', reason: 'scope-upgrade' });
  });
});

describe('the wait before the next try', () => {
  it('grows, is capped and is spread', () => {
    const middle = [1, 2, 3, 4, 5].map((attempt) => backoff(attempt, 0.5));
    expect(middle).toEqual([...middle].sort((a, b) => a - b));
    expect(middle[0]).toBe(500);
    expect(backoff(1000, 0.5)).toBe(LONGEST_MS);
    expect(backoff(3, 0)).toBeLessThan(backoff(3, 0.99));
  });
});
