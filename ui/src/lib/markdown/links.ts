// Where a link may lead, and whether its text tells the truth about it.

const SCHEMES = new Set(['http:', 'https:', 'mailto:']);

/** Looks like an address to somebody who reads it: a scheme, `www.`, or a dotted name of letters. */
const ADDRESS_IN_TEXT =
  /(?:[a-z][a-z0-9+.-]*:\/\/)?((?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+\p{L}{2,})/iu;

/** The parsed target of an absolute web or mail address; anything else is no link. */
export function safeUrl(href: string): URL | null {
  let url: URL;
  try {
    url = new URL(href);
  } catch {
    return null;
  }
  return SCHEMES.has(url.protocol) ? url : null;
}

/** What a person has to know about the target: the host, or whom the mail goes to. */
export function targetName(url: URL): string {
  return url.protocol === 'mailto:' ? decodeURIComponentSafe(url.pathname) : url.host;
}

/**
 * Whether the text of a link leaves its reader with a wrong idea of where it leads: it names
 * another host, or the address hides its host behind a user name or letters that look alike.
 */
export function isMisleading(text: string, url: URL): boolean {
  if (url.protocol === 'mailto:') {
    return text.includes('@') && !text.toLowerCase().includes(targetName(url).toLowerCase());
  }
  if (url.username !== '' || url.password !== '') return true;
  const shown = ADDRESS_IN_TEXT.exec(text)?.[1];
  if (shown === undefined) return /(^|\.)xn--/.test(url.hostname);
  return canonicalHost(shown) !== url.hostname.replace(/^www\./, '');
}

function canonicalHost(name: string): string {
  try {
    return new URL(`http://${name}`).hostname.replace(/^www\./, '');
  } catch {
    return name.toLowerCase();
  }
}

function decodeURIComponentSafe(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
