// What its reader has opened or closed. Messages leave the page when they are scrolled away; what
// was open must be open when they come back, or the text would jump.

const LIMIT = 1000;
const folds = new Map<string, boolean>();

/** Undefined as long as nobody has chosen. */
export function foldOf(id: string): boolean | undefined {
  return folds.get(id);
}

export function rememberFold(id: string, open: boolean): void {
  const oldest = folds.size >= LIMIT ? folds.keys().next().value : undefined;
  if (oldest !== undefined) folds.delete(oldest);
  folds.set(id, open);
}
