import { describe, expect, it } from 'vitest';
import { place } from './place';

const view = { width: 320, height: 600 };
const own = { width: 200, height: 100 };

describe('a floating box', () => {
  it('lies on the side and edge that were asked for', () => {
    const anchor = { x: 100, y: 50, width: 40, height: 20 };
    expect(place(anchor, own, view, { side: 'bottom', align: 'start' })).toEqual({ x: 100, y: 76 });
    expect(place({ ...anchor, x: 240 }, own, view, { side: 'bottom', align: 'end' })).toEqual({
      x: 80,
      y: 76,
    });
  });

  it('turns round where there is no room', () => {
    const anchor = { x: 100, y: 560, width: 40, height: 20 };
    expect(place(anchor, own, view, { side: 'bottom', align: 'start' }).y).toBe(454);
  });

  it('stays where it was asked for when the other side is no better', () => {
    const tall = { width: 200, height: 590 };
    const anchor = { x: 100, y: 200, width: 40, height: 20 };
    expect(place(anchor, tall, view, { side: 'bottom', align: 'start' }).y).toBe(8);
  });

  it('never leaves the window', () => {
    const anchor = { x: 300, y: 50, width: 15, height: 20 };
    expect(place(anchor, own, view, { side: 'bottom', align: 'start' }).x).toBe(112);
    expect(place({ ...anchor, x: 0 }, own, view, { side: 'bottom', align: 'end' }).x).toBe(8);
  });
});
