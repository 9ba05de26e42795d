// Two texts line by line, for looking at a change before it is made.

export interface Line {
  kind: 'same' | 'added' | 'removed';
  text: string;
  /** Line in the old text and in the new one, from 1. */
  before: number | undefined;
  after: number | undefined;
}

/** Beyond this many lines on both sides the middle is shown as replaced as a whole. */
const MAX_CELLS = 4_000_000;

/** Length of the longest common run for every pair of ends, from the back. */
function table(a: readonly string[], b: readonly string[]): Uint32Array {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const down = lengths[(i + 1) * width + j] ?? 0;
      const right = lengths[i * width + j + 1] ?? 0;
      const next = lengths[(i + 1) * width + j + 1] ?? 0;
      lengths[i * width + j] = a[i] === b[j] ? next + 1 : Math.max(down, right);
    }
  }
  return lengths;
}

function middle(a: readonly string[], b: readonly string[]): Line['kind'][] {
  if (a.length * b.length > MAX_CELLS)
    return [...a.map(() => 'removed' as const), ...b.map(() => 'added' as const)];
  const lengths = table(a, b);
  const width = b.length + 1;
  const kinds: Line['kind'][] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const down = lengths[(i + 1) * width + j] ?? 0;
    const right = lengths[i * width + j + 1] ?? 0;
    if (i < a.length && j < b.length && a[i] === b[j]) {
      kinds.push('same');
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && down >= right)) {
      kinds.push('removed');
      i += 1;
    } else {
      kinds.push('added');
      j += 1;
    }
  }
  return kinds;
}

/** Every line of both texts, in order. */
export function diffLines(before: string, after: string): Line[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end])
    end += 1;
  const same = (count: number): Line['kind'][] => Array.from({ length: count }, () => 'same' as const);
  const between = middle(a.slice(start, a.length - end), b.slice(start, b.length - end));
  let [old, now] = [0, 0];
  return [...same(start), ...between, ...same(end)].map((kind) => {
    const isOld = kind !== 'added';
    const isNew = kind !== 'removed';
    const text = (isOld ? a[old] : b[now]) ?? '';
    if (isOld) old += 1;
    if (isNew) now += 1;
    return { kind, text, before: isOld ? old : undefined, after: isNew ? now : undefined };
  });
}

/** The changes with `around` lines beside them; `undefined` stands for lines that are left out. */
export function hunks(lines: readonly Line[], around = 3): (Line | undefined)[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - around), index + around + 1).some(({ kind }) => kind !== 'same'),
  );
  const shown: (Line | undefined)[] = [];
  lines.forEach((line, index) => {
    if (near[index]) shown.push(line);
    else if (shown.at(-1) !== undefined || index === 0) shown.push(undefined);
  });
  return shown;
}
