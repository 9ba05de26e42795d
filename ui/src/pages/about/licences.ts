// Which packages the program is made of. The list is generated (scripts/licences.mjs) and may be missing in a build
// that was made without it.

export interface LicencePackage {
  name: string;
  version: string;
  licence: string;
  kind: 'rust' | 'npm';
  notice?: string;
  text?: number;
}

export interface Licences {
  texts: string[];
  packages: LicencePackage[];
}

// A pattern instead of a path: without the file this is an empty list, not a build that fails.
const generated = import.meta.glob<Licences>('./licences.json', { import: 'default' });

export async function loadLicences(): Promise<Licences | undefined> {
  const [load] = Object.values(generated);
  return load?.();
}

export function findPackages(packages: readonly LicencePackage[], query: string): LicencePackage[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return packages.filter((of) => {
    const text = `${of.name} ${of.licence}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** A text without the line breaks of its file, which fit no screen. Lists and indented lines keep theirs. */
export function reflow(text: string): string {
  return text.replaceAll(/(\S)\n(?=[^\s*•\-\d(])/g, '$1 ');
}
