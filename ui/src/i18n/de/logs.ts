import type en from '../en/logs';

const texts: typeof en = {
  lead: 'Was das Gateway über sich sagt, während es das sagt.',
  loadFailed: 'Das Protokoll ließ sich nicht lesen',
  level: 'Stufe',
  levels: { all: 'Alles', info: 'Ab Info', warn: 'Warnungen und Fehler', error: 'Fehler' },
  search: 'Zeilen filtern',
  pause: 'Anhalten',
  resume: 'Weiter',
  paused: 'Angehalten',
  waiting: (n: number) => (n === 1 ? '1 neue Zeile wartet' : `${n} neue Zeilen warten`),
  download: 'Herunterladen',
  downloadNote: 'Was jetzt gezeigt wird, je eine JSON-Zeile.',
  toEnd: 'Zum Neuesten',
  lines: 'Protokollzeilen',
  count: (shown: string, all: string) => `${shown} von ${all} Zeilen`,
  none: 'Keine Zeile passt',
  noneBody: 'Zeigen Sie mehr Stufen oder nehmen Sie Wörter aus dem Filter.',
  empty: 'Noch wurde nichts protokolliert',
  emptyBody: 'Zeilen erscheinen hier, sobald das Gateway sie schreibt.',
  rotated: 'Hier hat das Protokoll eine neue Datei begonnen.',
  gap: 'Hier fehlen Zeilen: Es wurde mehr geschrieben, als sich zeigen ließ.',
  file: 'Datei',
  details: 'Einzelheiten',
  wrap: 'Zeilen umbrechen',
};

export default texts;
