// From messages as the gateway keeps them to parts that can be shown.

import type { ChatMessage, ContentBlock, MessageUsage } from '../../../lib/gateway/protocol.gen';
import type { FilePart, ImagePart, ItemUsage, Part, TextPart } from '../types';

/** A text file that came with a message travels inside of its text; the gateway writes it so. */
const FILE = /(?:^|\n\n)\[file: ([^\]\n]{1,120})\]\n([\s\S]*?)\n\[end of file\](?=\n\n\[file: |$)/g;

/** Blocks of a message, however it writes its content. */
export function blocksOf(message: ChatMessage): ContentBlock[] {
  const { content } = message;
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return content;
}

/** What a message says in words. */
export function wordsOf(message: ChatMessage): string {
  const texts = blocksOf(message).flatMap((block) => (block.type === 'text' ? [block.text] : []));
  return texts.join('\n');
}

/** The run that a message belongs to. */
export function runOf(message: ChatMessage): string | undefined {
  const named = message.__openclaw?.runId;
  if (named !== undefined) return named;
  const key = message.idempotencyKey;
  return key?.endsWith(':user') ? key.slice(0, -':user'.length) : undefined;
}

/** Only the model's own provider is worth a name; the built-in assistant is none. */
export function modelOf(message: ChatMessage): string | undefined {
  if (message.model === undefined || message.provider === 'postern') return undefined;
  return message.provider === undefined ? message.model : `${message.provider}/${message.model}`;
}

export function usageOf(usage: MessageUsage): ItemUsage {
  return {
    input: usage.input,
    output: usage.output,
    cacheRead: usage.cacheRead,
    cacheWrite: usage.cacheWrite,
    total: usage.totalTokens,
    ...(usage.cost === undefined ? {} : { cost: usage.cost.total }),
  };
}

/** Adds what several answers of one run took. */
export function addUsage(sum: ItemUsage | undefined, more: ItemUsage): ItemUsage {
  if (sum === undefined) return more;
  const cost =
    sum.cost === undefined && more.cost === undefined ? {} : { cost: (sum.cost ?? 0) + (more.cost ?? 0) };
  return {
    input: sum.input + more.input,
    output: sum.output + more.output,
    cacheRead: (sum.cacheRead ?? 0) + (more.cacheRead ?? 0),
    cacheWrite: (sum.cacheWrite ?? 0) + (more.cacheWrite ?? 0),
    total: (sum.total ?? 0) + (more.total ?? 0),
    ...cost,
  };
}

/** A picture of a message; one that was left out to keep the page small is told as a file. */
export function imageOf(block: Extract<ContentBlock, { type: 'image' }>): ImagePart | FilePart {
  if (block.data === undefined) {
    const size = block.sizeBytes === undefined ? {} : { size: block.sizeBytes };
    return { type: 'file', name: block.mimeType.replace('image/', 'image.'), mime: block.mimeType, ...size };
  }
  return { type: 'image', src: `data:${block.mimeType};base64,${block.data}` };
}

/** Whether pictures of a message were left out. */
export function lacksPictures(message: ChatMessage): boolean {
  return blocksOf(message).some((block) => block.type === 'image' && block.data === undefined);
}

/** What a person said: pictures, then files, then words. `known` are its pictures where the message has none. */
export function userParts(message: ChatMessage, known: readonly ImagePart[] = []): Part[] {
  const { text, files } = splitFiles(wordsOf(message));
  const images = blocksOf(message).filter((block) => block.type === 'image');
  const pictures = images.map(
    (block, index) => (block.data === undefined ? known[index] : undefined) ?? imageOf(block),
  );
  const words: TextPart[] = text === '' ? [] : [{ type: 'text', text }];
  return [...pictures, ...files, ...words];
}

/** Takes the text files out of what was said. */
export function splitFiles(words: string): { text: string; files: FilePart[] } {
  if (!words.includes('[end of file]')) return { text: words, files: [] };
  const files: FilePart[] = [];
  const text = words.replace(FILE, (_all, name: string, content: string) => {
    files.push({ type: 'file', name, mime: 'text/plain', size: new TextEncoder().encode(content).length });
    return '';
  });
  return { text: text.trim(), files };
}

/** What a tool said, as text. */
export function resultText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const texts = content.map((block: unknown) => {
    if (typeof block !== 'object' || block === null) return '';
    if ('text' in block && typeof block.text === 'string') return block.text;
    return 'type' in block && block.type === 'image' ? '[image]' : '';
  });
  return texts.filter((text) => text !== '').join('\n');
}
