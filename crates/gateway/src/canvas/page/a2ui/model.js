// The data of a surface: a tree of plain values, named by paths such as `/user/name`.

/** Deepest tree of components and of data: agents write both, and may write a circle. */
const MAX_DEPTH = 64;

/** Names that are no data. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The whole path of `path`, which is relative to `base` unless it begins with a slash. */
const wholePath = (path, base) => {
  const text = String(path ?? '');
  if (text.startsWith('/')) return text;
  if (text === '' || text === '.') return base;
  return `${base === '/' ? '' : base}/${text.replace(/^\.\//, '')}`;
};

const steps = (path) => {
  const names = path.split('/').filter((name) => name !== '');
  return names.length <= MAX_DEPTH && !names.some((name) => FORBIDDEN.has(name)) ? names : undefined;
};

class DataModel {
  #root = new Map();

  get(path) {
    const names = steps(path);
    if (!names) return undefined;
    let here = this.#root;
    for (const name of names) {
      if (here instanceof Map) here = here.get(name);
      else if (Array.isArray(here)) here = here[Number(name)];
      else return undefined;
    }
    return here;
  }

  set(path, value) {
    const names = steps(path);
    if (!names) return;
    if (names.length === 0) {
      this.#root = value instanceof Map ? value : new Map();
      return;
    }
    let here = this.#root;
    for (const name of names.slice(0, -1)) {
      let next = here instanceof Map ? here.get(name) : here[Number(name)];
      if (!(next instanceof Map) && !Array.isArray(next)) {
        next = new Map();
        if (here instanceof Map) here.set(name, next);
        else here[Number(name)] = next;
      }
      here = next;
    }
    const last = names[names.length - 1];
    if (here instanceof Map) here.set(last, value);
    else if (Number.isInteger(Number(last)) && Number(last) <= here.length) here[Number(last)] = value;
  }

  /** Takes in the `contents` of an update: at the root in place of everything, elsewhere beside what is there. */
  update(path, contents) {
    const at = wholePath(path, '/');
    const entries = mapOf(contents, 0);
    if (at === '/') {
      this.#root = entries;
      return;
    }
    const there = this.get(at);
    if (!(there instanceof Map)) this.set(at, entries);
    else for (const [key, value] of entries) there.set(key, value);
  }
}

/** A list of `{key, value…}` as a map. Plain objects are understood too, as models often write them. */
const mapOf = (contents, depth) => {
  const map = new Map();
  if (depth > MAX_DEPTH) return map;
  if (isObject(contents)) {
    for (const [key, value] of Object.entries(contents)) {
      if (!FORBIDDEN.has(key)) map.set(key, plainValue(value, depth + 1));
    }
    return map;
  }
  for (const entry of Array.isArray(contents) ? contents : []) {
    if (isObject(entry) && typeof entry.key === 'string' && !FORBIDDEN.has(entry.key)) {
      map.set(entry.key, entryValue(entry, depth));
    }
  }
  return map;
};

const entryValue = (entry, depth) => {
  if (entry.valueString !== undefined) return String(entry.valueString);
  if (entry.valueNumber !== undefined) return Number(entry.valueNumber);
  if (entry.valueBoolean !== undefined) return Boolean(entry.valueBoolean);
  if (entry.valueMap !== undefined) return mapOf(entry.valueMap, depth + 1);
  if (entry.valueList !== undefined || entry.valueArray !== undefined) {
    return plainValue(entry.valueList ?? entry.valueArray, depth + 1);
  }
  return undefined;
};

const plainValue = (value, depth) => {
  if (depth > MAX_DEPTH) return undefined;
  if (Array.isArray(value)) return value.map((element) => plainValue(element, depth + 1));
  return isObject(value) ? mapOf(value, depth) : value;
};

/** A value as JSON knows it, for what is sent to the agent. */
const asJson = (value) => {
  if (value instanceof Map)
    return Object.fromEntries(Array.from(value, ([key, part]) => [key, asJson(part)]));
  return Array.isArray(value) ? value.map(asJson) : value;
};

/** The literal that a bound value holds, if it holds one. */
const literalOf = (bound) => {
  if (!isObject(bound)) return bound;
  for (const name of ['literalString', 'literalNumber', 'literalBoolean', 'literalArray', 'literal']) {
    if (bound[name] !== undefined) return bound[name];
  }
  return undefined;
};

/** What a bound value is at this moment. With a path and a literal, the literal is what is there at first. */
const resolve = (bound, model, base) => {
  const literal = literalOf(bound);
  if (!isObject(bound) || typeof bound.path !== 'string') return literal;
  const path = wholePath(bound.path, base);
  const value = model.get(path);
  if (value === undefined && literal !== undefined) {
    model.set(path, Array.isArray(literal) ? [...literal] : literal);
    return literal;
  }
  return value;
};

const textOf = (bound, model, base) => {
  const value = resolve(bound, model, base);
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(asJson(value)) : String(value);
};
