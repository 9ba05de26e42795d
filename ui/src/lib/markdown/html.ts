// Markdown to HTML text. What comes out is not yet safe to show: see sanitize.ts.

import { Lexer, Marked, Parser, Renderer, type Links, type Token, type Tokens } from 'marked';

export type ReferenceLinks = Links;

/** Tags without attributes that only format. Everything else in angle brackets is text a model wrote. */
const PLAIN_TAG = /<(\/?)(b|br|code|del|em|i|ins|kbd|mark|s|small|strong|sub|sup|u)\s*\/?>/gi;
/** A disclosure is shown open: its parts end up in different blocks. */
const DISCLOSURE_TAG = /<(\/?)(details|summary)\s*>/gi;
const COMMENT = /<!--[\s\S]*?-->/g;

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** Raw HTML is shown as the text it is, except for tags that only format. */
export function plainTagsOnly(html: string): string {
  const text = html
    .replace(COMMENT, '')
    .replace(DISCLOSURE_TAG, (_, slash: string, name: string) =>
      name.toLowerCase() === 'summary' ? `<${slash}strong>` : '',
    );
  let out = '';
  let from = 0;
  for (const match of text.matchAll(PLAIN_TAG)) {
    out += escapeHtml(text.slice(from, match.index));
    out += `<${match[1] ?? ''}${(match[2] ?? '').toLowerCase()}>`;
    from = match.index + match[0].length;
  }
  return out + escapeHtml(text.slice(from));
}

class MessageRenderer extends Renderer {
  override html({ text }: Tokens.HTML | Tokens.Tag): string {
    return plainTagsOnly(text);
  }

  override code({ text, lang }: Tokens.Code): string {
    const language = /^\S*/.exec(lang ?? '')?.[0] ?? '';
    return `<pre data-language="${escapeHtml(language)}"><code>${escapeHtml(text)}</code></pre>`;
  }

  /** The page has a heading, and the message is below it: two levels down. */
  override heading({ tokens, depth }: Tokens.Heading): string {
    const level = Math.min(6, depth + 1);
    return `<h${level} data-depth="${depth}">${this.parser.parseInline(tokens)}</h${level}>`;
  }

  override link({ href, tokens }: Tokens.Link): string {
    return `<a href="${escapeHtml(href)}">${this.parser.parseInline(tokens)}</a>`;
  }

  /** Nothing is fetched because a model said so: a picture from elsewhere is a link to it. */
  override image({ href, text }: Tokens.Image): string {
    return `<a href="${escapeHtml(href)}" data-picture="yes">${escapeHtml(text)}</a>`;
  }

  override checkbox({ checked }: Tokens.Checkbox): string {
    return `<span data-task="${checked ? 'done' : 'open'}"></span> `;
  }
}

const marked = new Marked({ gfm: true, breaks: false });
const options = { ...marked.defaults, renderer: new MessageRenderer() };

/** Top-level blocks, without looking inside them: cheap. Adds the definitions it finds to `links`. */
export function lexBlocks(source: string, links: ReferenceLinks): Token[] {
  const lexer = new Lexer(options);
  lexer.tokens.links = links;
  return lexer.blockTokens(source, lexer.tokens);
}

/** Without a prototype: `[x][constructor]` must find nothing. */
export function noLinks(): ReferenceLinks {
  return Object.create(null) as ReferenceLinks;
}

export function toHtml(source: string, links: ReferenceLinks): string {
  const lexer = new Lexer(options);
  lexer.tokens.links = Object.assign(noLinks(), links);
  return new Parser(options).parse(lexer.lex(source));
}
