import { describe, expect, it } from 'vitest';
import type { SessionRow } from '$lib/gateway/protocol.gen';
import {
  summarise,
  targetParts,
  toggled,
  TARGETS_AT_ONCE,
  visibleSelection,
  withOutcomes,
} from './selection';

const rows = (count: number): SessionRow[] =>
  Array.from({ length: count }, (_, index) => ({ key: `k${index}`, sessionId: `s${index}` }) as SessionRow);

describe('toggled', () => {
  const visible = ['a', 'b', 'c', 'd'];
  it('adds and takes away', () => {
    expect([...toggled(new Set(['a']), visible, 'b')]).toEqual(['a', 'b']);
    expect([...toggled(new Set(['a']), visible, 'a')]).toEqual([]);
  });

  it('adds a range in both directions', () => {
    expect([...toggled(new Set(['b']), visible, 'd', 'b')]).toEqual(['b', 'c', 'd']);
    expect([...toggled(new Set(['c']), visible, 'a', 'c')].sort()).toEqual(['a', 'b', 'c']);
  });

  it('is a single step when the start is hidden by now', () => {
    expect([...toggled(new Set(['x']), visible, 'd', 'x')]).toEqual(['x', 'd']);
  });
});

describe('visibleSelection', () => {
  it('leaves out what is not shown', () => {
    expect(visibleSelection(new Set(['k0', 'hidden']), rows(2)).map((row) => row.key)).toEqual(['k0']);
  });
});

describe('targetParts', () => {
  it('names the session id and keeps to the most that one call takes', () => {
    const parts = targetParts(rows(TARGETS_AT_ONCE + 1));
    expect(parts.map((part) => part.length)).toEqual([TARGETS_AT_ONCE, 1]);
    expect(parts[1]?.[0]).toEqual({ key: `k${TARGETS_AT_ONCE}`, expectedSessionId: `s${TARGETS_AT_ONCE}` });
    expect(targetParts([])).toEqual([]);
  });
});

describe('withOutcomes', () => {
  it('changes what was changed', () => {
    const outcomes = [
      { ok: true, key: 'k0' },
      { ok: false, key: 'k1' },
    ];
    expect(withOutcomes(rows(2), outcomes, { pinned: true }).map((row) => row.pinned)).toEqual([
      true,
      undefined,
    ]);
  });
});

describe('summarise', () => {
  it('counts what was done and why the rest was not', () => {
    const refused = { ok: false, key: 'x', error: { code: 'INVALID_REQUEST', message: 'no' } };
    expect(summarise([{ ok: true, key: 'a' }, refused, { ...refused, key: 'y' }])).toEqual({
      changed: 1,
      refused: [{ message: 'no', count: 2 }],
    });
  });
});
