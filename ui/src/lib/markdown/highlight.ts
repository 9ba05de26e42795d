// The syntax highlighter with the languages models write most. Imported lazily, never at start.

import highlighter from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import c from 'highlight.js/lib/languages/c';
import cpp from 'highlight.js/lib/languages/cpp';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import go from 'highlight.js/lib/languages/go';
import ini from 'highlight.js/lib/languages/ini';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import python from 'highlight.js/lib/languages/python';
import rust from 'highlight.js/lib/languages/rust';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';

const languages = {
  ...{ bash, c, cpp, css, diff, go, ini, java, javascript, json, python, rust, sql, typescript },
  ...{ xml, yaml },
};
for (const [name, definition] of Object.entries(languages)) {
  highlighter.registerLanguage(name, definition);
}
highlighter.registerAliases(['shell', 'console', 'shellsession'], { languageName: 'bash' });
highlighter.registerAliases(['json5', 'jsonl'], { languageName: 'json' });
highlighter.registerAliases(['svelte', 'vue'], { languageName: 'xml' });

/** Coloured HTML, or null for a language that is not known. */
export function toHighlightedHtml(text: string, language: string): string | null {
  if (highlighter.getLanguage(language) === undefined) return null;
  return highlighter.highlight(text, { language, ignoreIllegals: true }).value;
}
