/** Objects are merged, anything else of `more` wins. */
export function merged(own, more) {
  if (!isObject(own) || !isObject(more)) return more;
  const keys = Object.keys(more).map((key) => [key, key in own ? merged(own[key], more[key]) : more[key]]);
  return { ...own, ...Object.fromEntries(keys) };
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
