//! What a page keeps in its browser.

/** In the page: all that is stored, keys that cannot be taken out as `{extractable}`. */
export async function readEverything() {
  const asked = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const readable = (value) => {
    if (value instanceof CryptoKey)
      return { key: value.algorithm.name, type: value.type, extractable: value.extractable };
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      return new TextDecoder().decode(value);
    }
    if (Array.isArray(value)) return value.map(readable);
    if (value && typeof value === 'object') {
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, readable(each)]));
    }
    return value;
  };
  const databases = {};
  for (const { name } of await indexedDB.databases()) {
    const database = await asked(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const values = await asked(database.transaction(store).objectStore(store).getAll());
      databases[`${name}/${store}`] = values.map(readable);
    }
    database.close();
  }
  return { local: { ...localStorage }, session: { ...sessionStorage }, databases, cookies: document.cookie };
}
