import { describe, expect, it } from 'vitest';
import type { NodePairRequested } from '$lib/gateway/protocol.gen';
import { reconcile, type NodeCard } from './asking';

const NONE = new Set<string>();
const asks = (requestId: string, nodeId: string, commands: string[] = [], ts = 0): NodePairRequested => ({
  requestId,
  nodeId,
  commands,
  ts,
});
const shown = (cards: readonly NodeCard[]): [string, string | undefined][] =>
  cards.map((card) => [card.request.requestId, card.notice]);

describe('reconcile', () => {
  it('shows one card per node, first asked first', () => {
    const cards = reconcile([], [asks('r2', 'b', [], 2), asks('r1', 'a', [], 1)], NONE);
    expect(shown(cards)).toEqual([
      ['r1', undefined],
      ['r2', undefined],
    ]);
    expect(
      shown(reconcile(cards, [asks('r3', 'c', [], 0), ...cards.map(({ request }) => request)], NONE)),
    ).toEqual([
      ['r1', undefined],
      ['r2', undefined],
      ['r3', undefined],
    ]);
  });

  it('says that a request was replaced, under the same id too', () => {
    const before = reconcile([], [asks('r1', 'a', ['system.notify'])], NONE);
    expect(shown(reconcile(before, [asks('r2', 'a', ['system.run'])], NONE))).toEqual([['r2', 'superseded']]);
    expect(shown(reconcile(before, [asks('r1', 'a', ['system.run'])], NONE))).toEqual([['r1', 'superseded']]);
    const refused = before.map((card): NodeCard => ({ ...card, notice: 'refused' }));
    expect(shown(reconcile(refused, [asks('r2', 'a', ['system.run'])], NONE))).toEqual([['r2', 'refused']]);
  });

  it('says that a request is over, unless it was decided here', () => {
    const before = reconcile([], [asks('r1', 'a')], NONE);
    expect(shown(reconcile(before, [], NONE))).toEqual([['r1', 'gone']]);
    expect(reconcile(before, [], new Set(['r1']))).toEqual([]);
    expect(reconcile(before, [asks('r1', 'a')], new Set(['r1']))).toEqual([]);
  });

  it('takes no notice of what is no request', () => {
    expect(reconcile([], [{ requestId: 'r1' } as NodePairRequested], NONE)).toEqual([]);
  });
});
