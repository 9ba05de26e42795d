import { describe, expect, it } from 'vitest';
import { GatewayError } from '$lib/gateway/error';
import { failureOf, pictureOf, readParams, readSeconds, shownAnswer } from './invoke';

describe('what is sent', () => {
  it('is a JSON object or nothing', () => {
    expect(readParams('  ')).toEqual({ ok: true });
    expect(readParams('{"bins":["ls"]}')).toEqual({ ok: true, params: { bins: ['ls'] } });
    expect(readParams('{bins')).toEqual({ ok: false, why: 'syntax' });
    for (const text of ['[]', '1', 'null', '"x"'])
      expect(readParams(text)).toEqual({ ok: false, why: 'object' });
  });

  it('waits for whole seconds within bounds', () => {
    expect(['15', ' 1 ', '600'].map(readSeconds)).toEqual([15, 1, 600]);
    expect(['0', '601', '1.5', '', 'x', '-3'].map(readSeconds)).toEqual(Array(6).fill(undefined));
  });
});

describe('failureOf', () => {
  const refused = (message: string, details: Record<string, unknown> = {}): GatewayError =>
    new GatewayError({ code: 'UNAVAILABLE', message, details });

  it.each([
    [refused('node not connected', { code: 'NOT_CONNECTED' }), 'NOT_CONNECTED', true],
    [refused('node invoke timed out', { nodeError: { code: 'TIMEOUT' } }), 'TIMEOUT', true],
    [refused('waits', { code: 'PAIRING_CHANGED' }), 'PAIRING_CHANGED', true],
    [refused('no', { nodeError: { code: 'SYSTEM_RUN_DENIED' } }), 'SYSTEM_RUN_DENIED', true],
    [
      refused('lens is dirty', { nodeError: { code: 'LENS_DIRTY', message: 'lens is dirty' } }),
      'LENS_DIRTY',
      false,
    ],
    [refused('too many commands of this node are under way'), 'UNAVAILABLE', false],
    [
      new GatewayError({
        code: 'INVALID_REQUEST',
        message: 'node command not allowed: "x" is not in the allowlist',
      }),
      'NOT_ALLOWED',
      true,
    ],
    [new Error('oh'), 'ERROR', false],
  ])('%s', (error, code, isKnown) => {
    const failure = failureOf(error);
    expect([failure.code, failure.known !== undefined]).toEqual([code, isKnown]);
    expect(failure.message).toBe(error.message);
  });
});

describe('what came of it', () => {
  it('shows pictures, and nothing else as one', () => {
    expect(pictureOf({ format: 'PNG', base64: 'iVBO' })?.src).toBe('data:image/png;base64,iVBO');
    for (const payload of [
      undefined,
      'x',
      { base64: 'iVBO' },
      { format: 'svg', base64: 'iVBO' },
      { format: 'png', base64: '" onerror="' },
      { format: 'mp4', base64: 'AAAA' },
    ]) {
      expect(pictureOf(payload)).toBeUndefined();
    }
  });

  it('cuts long values and says how long they were', () => {
    const text = shownAnswer({ format: 'png', base64: 'A'.repeat(9_000) }, (length) => `(${length})`);
    expect(text).toContain('(9000)');
    expect(text.length).toBeLessThan(400);
    expect(shownAnswer(undefined, String)).toBe('');
    expect(shownAnswer({ ok: 1 }, String)).toBe('{\n  "ok": 1\n}');
  });
});
