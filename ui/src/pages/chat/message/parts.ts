// How the parts of an item are laid out: tool calls in a row are one group, images one strip.

import type { ConversationItem, FilePart, ImagePart, Part, TextPart, ThinkingPart, ToolPart } from '../types';

export type Section =
  | { kind: 'text'; key: string; part: TextPart }
  | { kind: 'thinking'; key: string; part: ThinkingPart }
  | { kind: 'tools'; key: string; tools: ToolPart[] }
  | { kind: 'images'; key: string; images: ImagePart[] }
  | { kind: 'files'; key: string; files: FilePart[] };

/** Sections keep their key while an answer grows: parts are only added at the end. */
export function sectionsOf(parts: readonly Part[]): Section[] {
  const sections: Section[] = [];
  for (const [index, part] of parts.entries()) {
    const last = sections.at(-1);
    const key = `${part.type}${index}`;
    if (part.type === 'tool') {
      if (last?.kind === 'tools') last.tools.push(part);
      else sections.push({ kind: 'tools', key, tools: [part] });
    } else if (part.type === 'image') {
      if (last?.kind === 'images') last.images.push(part);
      else sections.push({ kind: 'images', key, images: [part] });
    } else if (part.type === 'file') {
      if (last?.kind === 'files') last.files.push(part);
      else sections.push({ kind: 'files', key, files: [part] });
    } else if (part.text.trim() !== '') {
      sections.push(part.type === 'text' ? { kind: 'text', key, part } : { kind: 'thinking', key, part });
    }
  }
  return sections;
}

/** What was said, as Markdown: the texts, and files by their name. Not thoughts, not tools. */
export function asMarkdown(item: ConversationItem): string {
  const pieces = item.parts.map((part) => {
    if (part.type === 'text') return part.text.trim();
    if (part.type === 'file') return `[${part.name}]`;
    if (part.type === 'image') return `[${part.name ?? part.alt ?? 'image'}]`;
    return '';
  });
  return pieces.filter((piece) => piece !== '').join('\n\n');
}

/** A picture may come from this page or from the gateway that serves it, never from elsewhere. */
export function isOwnImage(src: string, origin: string): boolean {
  if (/^data:image\/(?:png|jpeg|gif|webp|avif|bmp)[;,]/i.test(src)) return true;
  try {
    const url = new URL(src, origin);
    return url.protocol === 'blob:' ? src.startsWith(`blob:${origin}/`) : url.origin === origin;
  } catch {
    return false;
  }
}

/** Where the cause of an error can be mended, when its text tells. */
export function fixFor(error: string): 'models' | 'usage' | null {
  if (/api.?key|credential|unauthori[sz]ed|no model|unknown model|model .*not found|provider/i.test(error)) {
    return 'models';
  }
  return /quota|budget|insufficient|billing|credit/i.test(error) ? 'usage' : null;
}
