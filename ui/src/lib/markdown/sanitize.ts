// The border between what a model wrote and the page. Only what is listed here passes.

import createDOMPurify, { type Config, type DOMPurify } from 'dompurify';

/** Attributes the renderer writes itself; their values are words and numbers, never addresses. */
const OWN_ATTRIBUTES = [
  ...['start', 'align'],
  ...['data-language', 'data-depth', 'data-picture', 'data-task'],
];

const CONTENT: Config = {
  ALLOWED_TAGS: [
    ...['a', 'b', 'blockquote', 'br', 'code', 'del', 'em', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'i'],
    ...['ins', 'kbd', 'li', 'mark', 'ol', 'p', 'pre', 's', 'small', 'span', 'strong', 'sub'],
    ...['sup', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'u', 'ul'],
  ],
  // No class, style, id or name: they could dress up as the page, or clobber its globals.
  ALLOWED_ATTR: ['href', ...OWN_ATTRIBUTES],
  ADD_URI_SAFE_ATTR: OWN_ATTRIBUTES,
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
  ALLOWED_NAMESPACES: ['http://www.w3.org/1999/xhtml'],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
};

const HIGHLIGHT: Config = {
  ALLOWED_TAGS: ['span'],
  ALLOWED_ATTR: ['class'],
  ADD_URI_SAFE_ATTR: ['class'],
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
  ALLOWED_NAMESPACES: ['http://www.w3.org/1999/xhtml'],
};

let purifier: DOMPurify | undefined;

/** An instance of our own: hooks and settings of others cannot change what passes here. */
function purify(html: string, config: Config): DocumentFragment {
  purifier ??= createDOMPurify(window);
  // A text that replaces the body (a frameset) leaves nothing to return, whatever the types say.
  const clean: DocumentFragment | null = purifier.sanitize(html, {
    ...config,
    RETURN_DOM_FRAGMENT: true,
  });
  return clean ?? document.createDocumentFragment();
}

/** Rendered Markdown, reduced to the allow-list. */
export function sanitizeContent(html: string): DocumentFragment {
  return purify(html, CONTENT);
}

/** Output of the syntax highlighter: coloured text and nothing else. */
export function sanitizeHighlight(html: string): DocumentFragment {
  return purify(html, HIGHLIGHT);
}
