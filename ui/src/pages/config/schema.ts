// The form of the configuration, read from its JSON Schema: sections, groups in them, and one field per setting.

type Schema = Readonly<Record<string, unknown>>;

/** How a setting is asked for. */
export type FieldKind = 'flag' | 'choice' | 'number' | 'text' | 'secret' | 'lines' | 'json';

/** One setting. */
export interface Field {
  /** `gateway.auth.mode`. */
  path: string;
  kind: FieldKind;
  label: string;
  /** What it is for, without its default. */
  help: string;
  /** The default in words, where the description names one. */
  usual: string | undefined;
  choices: readonly { value: string; note: string | undefined }[];
  min: number | undefined;
  max: number | undefined;
  whole: boolean;
  placeholder: string | undefined;
  advanced: boolean;
  /** Whether the gateway has to restart for it. */
  restarts: boolean;
}

/** Settings that stand together: one object of the file. */
export interface Group {
  path: string;
  label: string;
  help: string;
  fields: Field[];
}

/** One of the main keys of the file. */
export interface Section {
  key: string;
  label: string;
  help: string;
  groups: Group[];
}

/** What the gateway says about a setting beside its schema. */
export interface Hint {
  label?: string | null;
  help?: string | null;
  order?: number | null;
  advanced?: boolean | null;
  sensitive?: boolean | null;
  placeholder?: string | null;
  restart?: boolean | null;
}

type Hints = Readonly<Record<string, Hint | undefined>>;

const record = (value: unknown): Schema | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : undefined;
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/** Follows references, and the wrapping that "may be absent" adds. */
function followed(schema: Schema, root: Schema): Schema {
  const name = text(schema['$ref']);
  if (name.startsWith('#/')) {
    const target = name
      .slice(2)
      .split('/')
      .reduce<Schema | undefined>((at, key) => record(at?.[key]), root);
    return target ? followed(target, root) : schema;
  }
  const parts = [...list(schema['allOf']), ...list(schema['anyOf'])].flatMap((each): Schema[] => {
    const part = record(each);
    return part ? [part] : [];
  });
  const real = parts.filter((part) => part['type'] !== 'null');
  const [only] = real;
  return only && real.length === 1 ? followed(only, root) : schema;
}

function hasType(schema: Schema, kind: string): boolean {
  const type = schema['type'];
  return type === kind || list(type).includes(kind);
}

function choicesOf(schema: Schema): Field['choices'] {
  const words = list(schema['enum']).filter((word): word is string => typeof word === 'string');
  const documented = list(schema['oneOf']).flatMap((each) => {
    const choice = record(each);
    if (!choice) return [];
    const value = choice['const'];
    if (typeof value === 'string') return [{ value, note: text(choice['description']) || undefined }];
    return choicesOf(choice);
  });
  return [...words.map((value) => ({ value, note: undefined })), ...documented];
}

const SECRET = /(token|password|apikey|secret|passphrase)$/i;

function kindOf(schema: Schema, root: Schema, path: string, hint: Hint | undefined): FieldKind {
  const isText = [schema, ...list(schema['anyOf']).map(record)].some(
    (each) => each && hasType(each, 'string'),
  );
  if (hint?.sensitive || (isText && SECRET.test(path))) return 'secret';
  if (choicesOf(schema).length > 0) return 'choice';
  if (hasType(schema, 'boolean')) return 'flag';
  if (hasType(schema, 'integer') || hasType(schema, 'number')) return 'number';
  if (hasType(schema, 'string')) return 'text';
  const items = record(schema['items']);
  if (hasType(schema, 'array') && items && hasType(followed(items, root), 'string')) return 'lines';
  return 'json';
}

/** `rateLimit` → `Rate limit`. */
export function worded(key: string): string {
  const words = key.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  const shown = words.replace(/\b(ui|tls|url|mcp|ms|http|api|id|usd|ip)\b/g, (word) => word.toUpperCase());
  return shown.charAt(0).toUpperCase() + shown.slice(1);
}

/** `TCP port. Default 18789.` → the two apart. */
export function withoutDefault(description: string): { help: string; usual: string | undefined } {
  const found = /\s*Default:? (?<usual>[^]+?)\.?$/.exec(description);
  const usual = found?.groups?.['usual']?.replaceAll('`', '');
  const help = found ? description.slice(0, found.index) : description;
  return { help: help.replaceAll('`', ''), usual };
}

/** What is said of a setting, or else of what it is a part of. */
function restarts(path: string, hints: Hints): boolean {
  const said = hints[path]?.restart;
  if (said !== undefined && said !== null) return said;
  const end = path.lastIndexOf('.');
  return end > 0 && restarts(path.slice(0, end), hints);
}

function field(schema: Schema, root: Schema, path: string, hints: Hints): Field {
  const meant = followed(schema, root);
  const hint = hints[path];
  const { help, usual } = withoutDefault(
    text(hint?.help) || text(schema['description']) || text(meant['description']),
  );
  const kind = kindOf(meant, root, path, hint);
  return {
    path,
    kind,
    label: hint?.label ?? worded(path.split('.').at(-1) ?? path),
    help,
    usual,
    choices: choicesOf(meant),
    min: number(meant['minimum']),
    max: number(meant['maximum']),
    whole: hasType(meant, 'integer'),
    placeholder: hint?.placeholder ?? undefined,
    advanced: hint?.advanced ?? /dangerously|insecure/i.test(path),
    restarts: restarts(path, hints),
  };
}

/** An object whose keys are known; one whose keys the user chooses is one field. */
function properties(schema: Schema): [string, Schema][] | undefined {
  const known = record(schema['properties']);
  if (!known) return undefined;
  return Object.entries(known).flatMap(([key, value]) => {
    const property = record(value);
    return property ? [[key, property]] : [];
  });
}

function collect(schema: Schema, root: Schema, path: string, hints: Hints, groups: Group[]): void {
  const own: Group = { path, label: '', help: '', fields: [] };
  // Its way below the section: several have a part of the same name.
  const [section = path, ...below] = path.split('.');
  own.label = below.length === 0 ? worded(section) : below.map(worded).join(' › ');
  own.help = text(schema['description']) || text(followed(schema, root)['description']);
  groups.push(own);
  for (const [key, property] of properties(followed(schema, root)) ?? []) {
    const at = `${path}.${key}`;
    if (properties(followed(property, root))) collect(property, root, at, hints, groups);
    else own.fields.push(field(property, root, at, hints));
  }
}

/** Every setting, in the order of the schema. */
export function sectionsOf(schema: unknown, hints: Hints = {}): Section[] {
  const root = record(schema);
  if (!root) return [];
  return (properties(root) ?? []).map(([key, property]) => {
    const groups: Group[] = [];
    if (properties(followed(property, root))) collect(property, root, key, hints, groups);
    else groups.push({ path: '', label: '', help: '', fields: [field(property, root, key, hints)] });
    const filled = groups.filter(({ fields }) => fields.length > 0);
    return {
      key,
      label: hints[key]?.label ?? worded(key),
      help: text(property['description']),
      groups: filled,
    };
  });
}

/** The settings whose words contain all that was typed. */
export function matching(sections: readonly Section[], query: string): Section[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...sections];
  const fits = (each: Field): boolean => {
    const said = `${each.path} ${each.label} ${each.help}`.toLowerCase();
    return words.every((word) => said.includes(word));
  };
  return sections.flatMap((section) => {
    const groups = section.groups.flatMap((group) => {
      const fields = group.fields.filter(fits);
      return fields.length > 0 ? [{ ...group, fields }] : [];
    });
    return groups.length > 0 ? [{ ...section, groups }] : [];
  });
}
