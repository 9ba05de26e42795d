// Whether somebody who decides in the corner has seen what they decide about. Pure but for the measuring.
import type { Attachment } from 'svelte/attachments';
import { lineCount, reveal } from '../../pages/approvals/reveal';

const MOST_LINES = 8;
const MOST_CHARACTERS = 400;

/** Short enough to be read in a card; a longer command is decided on its page, where nothing of it is out of sight. */
export function isBrief(command: string): boolean {
  return command.length <= MOST_CHARACTERS && lineCount(command) <= MOST_LINES;
}

/** Words that somebody else chose, with hidden and reordering characters named instead of drawn. */
export function spelled(text: string): string {
  return reveal(text)
    .map((segment) => (segment.kind === 'text' ? segment.text : segment.label))
    .join('');
}

/** Tells whether all of a box's content is in sight, at once and whenever that changes. */
export function watchFit(tell: (fits: boolean) => void): Attachment<HTMLElement> {
  return (box) => {
    const look = (): void => tell(box.scrollHeight <= box.clientHeight + 1);
    const watcher = new ResizeObserver(look);
    watcher.observe(box);
    // The box itself does not grow when its content does.
    for (const child of box.children) watcher.observe(child);
    look();
    return () => watcher.disconnect();
  };
}
