import { describe, expect, it } from 'vitest';
import { row } from '../conversation/fixture';
import { groupSessions, neighbour } from './groups';

const now = new Date(2026, 10, 21, 15, 0).getTime();
const at = (day: number, hour: number): number => new Date(2026, 10, day, hour, 0).getTime();

describe('groups', () => {
  it('puts pinned ones first and the rest by age', () => {
    const rows = [
      row({ key: 'a', updatedAt: at(21, 9) }),
      row({ key: 'b', updatedAt: at(20, 23) }),
      row({ key: 'c', updatedAt: at(16, 1), pinned: true }),
      row({ key: 'd', updatedAt: at(15, 1) }),
      row({ key: 'e', updatedAt: at(1, 1) }),
      row({ key: 'f', updatedAt: null }),
    ];
    const groups = groupSessions(rows, now).map((group) => [group.name, ...group.rows.map((one) => one.key)]);
    expect(groups).toEqual([
      ['pinned', 'c'],
      ['today', 'a'],
      ['yesterday', 'b'],
      ['lastWeek', 'd'],
      ['lastMonth', 'e'],
      ['older', 'f'],
    ]);
  });

  it('finds neighbours and stays at the ends', () => {
    expect(neighbour(['a', 'b'], 'a', 1)).toBe('b');
    expect(neighbour(['a', 'b'], 'b', 1)).toBeUndefined();
    expect(neighbour(['a', 'b'], 'a', -1)).toBeUndefined();
    expect(neighbour(['a', 'b'], 'new', 1)).toBe('a');
  });
});
