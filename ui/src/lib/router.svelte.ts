// Where the page is. Routes are fragments: `#/chat/<session>`, `#/agents/<id>`, so the gateway serves one file.
export const PAGES = [
  'chat',
  'overview',
  'devices',
  'approvals',
  'sessions',
  'agents',
  'models',
  'usage',
  'remote',
  'config',
  'logs',
  'doctor',
  'backup',
  'update',
  'about',
  'welcome',
] as const;

export type PageName = (typeof PAGES)[number];
interface Place {
  page: PageName;
  param: string | undefined;
}

function isPage(name: string | undefined): name is PageName {
  return PAGES.some((page) => page === name);
}

function decoded(text: string | undefined): string | undefined {
  if (!text) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    // A hand-made address with a stray percent sign names nothing.
    return undefined;
  }
}

/** Reads a fragment; anything unknown is the chat. */
export function parse(fragment: string): Place {
  const [page, param] = fragment.replace(/^#\/?/, '').split('/');
  return isPage(page) ? { page, param: decoded(param) } : { page: 'chat', param: undefined };
}

let place = $state.raw<Place>(parse(location.hash));

addEventListener('hashchange', () => {
  place = parse(location.hash);
});

/** The current place; reactive. */
export const route = {
  get page(): PageName {
    return place.page;
  },
  get param(): string | undefined {
    return place.param;
  },
};

/** The address of a page, for links. */
export function hrefTo(page: PageName, param?: string): string {
  return param === undefined ? `#/${page}` : `#/${page}/${encodeURIComponent(param)}`;
}

/** Goes to a page. `replace` leaves no step behind for the back button. */
export function navigate(page: PageName, param?: string, options: { replace?: boolean } = {}): void {
  const href = hrefTo(page, param);
  if (options.replace) history.replaceState(history.state, '', href);
  else if (location.hash !== href) history.pushState(null, '', href);
  place = parse(href);
}
