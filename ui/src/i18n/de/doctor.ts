import type en from '../en/doctor';

const texts: typeof en = {
  lead: 'Sieht sich alles an, worauf das Gateway steht, sagt, was nicht stimmt und wie man es behebt.',
  loadFailed: 'Die Prüfungen ließen sich nicht ausführen',
  again: 'Noch einmal prüfen',
  checking: 'Wird geprüft',
  healthy: 'Alles ist in Ordnung',
  healthyBody: (n: number) => `${n} Prüfungen, nichts zu beheben.`,
  states: { ok: 'In Ordnung', warn: 'Einen Blick wert', fail: 'Stimmt nicht', skipped: 'Nicht geprüft' },
  summary: (wrong: number, worth: number) =>
    [wrong > 0 ? `${wrong} stimmen nicht` : '', worth > 0 ? `${worth} einen Blick wert` : '']
      .filter(Boolean)
      .join(', '),
  fix: 'Beheben',
  fixNamed: (title: string) => `Beheben: ${title}`,
  fixAll: (n: number) => (n === 1 ? '1 von selbst beheben' : `${n} von selbst beheben`),
  fixed: (title: string) => `Behoben: ${title}`,
  notFixed: (title: string) => `Stimmt noch nicht: ${title}`,
  how: 'So lässt es sich beheben',
  fine: (n: number) => (n === 1 ? '1 Prüfung ist in Ordnung' : `${n} Prüfungen sind in Ordnung`),
  skipped: (n: number) =>
    n === 1 ? '1 Prüfung trifft hier nicht zu' : `${n} Prüfungen treffen hier nicht zu`,
  bundle: 'Für einen Fehlerbericht',
  bundleLead:
    'Ein Zip mit Versionen, Prüfungen, Einstellungen und den letzten Protokollzeilen. Schlüssel, Tokens und Gesagtes sind nicht darin.',
  bundleSave: 'Paket sichern',
  bundleSaved: (name: string) => `${name} liegt bei Ihren Downloads.`,
  service: 'Dienst',
  serviceStates: {
    running: 'Läuft als Dienst',
    stopped: 'Installiert, läuft nicht',
    missing: 'Kein Dienst ist installiert',
    none: 'Dieses System hat keine Dienstverwaltung, die bekannt ist',
  },
  startsItself: 'Startet von selbst',
  yes: 'ja',
  no: 'nein',
  manager: 'Verwaltet von',
  unit: 'Name',
  program: 'Programm',
  restarts: 'Neustarts',
  serviceLead: 'Startet das Gateway mit dem Rechner und startet es neu, falls es je endet.',
};

export default texts;
