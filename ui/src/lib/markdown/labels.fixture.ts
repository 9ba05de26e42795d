import type { MarkdownLabels } from './decorate';

export const labels: MarkdownLabels = {
  copyCode: 'Copy',
  copied: 'Copied',
  copyFailed: 'Not copied',
  wrapCode: 'Wrap',
  codeRegion: (language) => `Code ${language}`.trim(),
  tableRegion: 'Table',
  picture: 'Picture',
  taskDone: 'Done',
  taskOpen: 'Open',
};
