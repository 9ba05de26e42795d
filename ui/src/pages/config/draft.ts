// Changes that were typed and not yet applied, as the merge patch (RFC 7396) that the gateway takes.

export type Draft = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What stands at a path, `undefined` when nothing does. */
export function valueAt(document: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, key) => (isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined), document);
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The draft with one more change; a value that is in the file already is no change. `undefined` takes the setting out. */
export function changed(draft: Draft, path: string, value: unknown, stored: unknown): Draft {
  const others = Object.entries(draft).filter(([key]) => key !== path);
  return Object.fromEntries(same(value, stored) ? others : [...others, [path, value]]);
}

/** One object that says all of it; what is to be taken out is null. */
export function mergePatch(draft: Draft): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(draft)) {
    const keys = path.split('.');
    const last = keys.pop() ?? path;
    let at = patch;
    for (const key of keys) {
      const next = isObject(at[key]) ? at[key] : {};
      at[key] = next;
      at = next;
    }
    at[last] = value === undefined ? null : value;
  }
  return patch;
}
