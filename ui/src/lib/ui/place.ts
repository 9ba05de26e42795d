// Where a floating box goes: beside what it belongs to, turned round where there is no room, never out of sight.
export type Side = 'top' | 'right' | 'bottom' | 'left';
export type Align = 'start' | 'center' | 'end';

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Wish {
  side: Side;
  align: Align;
  /** Distance from the anchor. */
  gap?: number;
}

/** What stays free at the edges of the window. */
const EDGE = 8;
const OPPOSITE: Record<Side, Side> = { top: 'bottom', bottom: 'top', left: 'right', right: 'left' };

function room(side: Side, anchor: Box, view: { width: number; height: number }): number {
  switch (side) {
    case 'top':
      return anchor.y;
    case 'bottom':
      return view.height - anchor.y - anchor.height;
    case 'left':
      return anchor.x;
    case 'right':
      return view.width - anchor.x - anchor.width;
  }
}

function along(align: Align, start: number, length: number, own: number): number {
  if (align === 'start') return start;
  if (align === 'end') return start + length - own;
  return start + (length - own) / 2;
}

const within = (value: number, own: number, whole: number): number =>
  Math.max(EDGE, Math.min(value, whole - own - EDGE));

/** The corner of a box of the given size. Pure. */
export function place(
  anchor: Box,
  own: { width: number; height: number },
  view: { width: number; height: number },
  wish: Wish,
): { x: number; y: number } {
  const gap = wish.gap ?? 6;
  const upright = wish.side === 'top' || wish.side === 'bottom';
  const needed = (upright ? own.height : own.width) + gap + EDGE;
  const turned = OPPOSITE[wish.side];
  const fits = room(wish.side, anchor, view) >= needed;
  const side = fits || room(turned, anchor, view) <= room(wish.side, anchor, view) ? wish.side : turned;
  let x = upright ? along(wish.align, anchor.x, anchor.width, own.width) : 0;
  let y = upright ? 0 : along(wish.align, anchor.y, anchor.height, own.height);
  if (side === 'top') y = anchor.y - own.height - gap;
  if (side === 'bottom') y = anchor.y + anchor.height + gap;
  if (side === 'left') x = anchor.x - own.width - gap;
  if (side === 'right') x = anchor.x + anchor.width + gap;
  return { x: within(x, own.width, view.width), y: within(y, own.height, view.height) };
}

/** Keeps a box at its anchor until the function returned is called. Sets properties, which the page's policy allows. */
export function keepPlaced(anchor: Element, floating: HTMLElement, wish: Wish): () => void {
  const update = (): void => {
    const { width, height } = floating.getBoundingClientRect();
    const view = { width: document.documentElement.clientWidth, height: window.innerHeight };
    const { x, y } = place(anchor.getBoundingClientRect(), { width, height }, view, wish);
    floating.style.left = `${Math.round(x)}px`;
    floating.style.top = `${Math.round(y)}px`;
  };
  update();
  const watcher = new ResizeObserver(update);
  watcher.observe(floating);
  addEventListener('resize', update);
  addEventListener('scroll', update, { capture: true, passive: true });
  return () => {
    watcher.disconnect();
    removeEventListener('resize', update);
    removeEventListener('scroll', update, { capture: true });
  };
}
