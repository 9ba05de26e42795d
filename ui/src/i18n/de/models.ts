import type en from '../en/models';

export default {
  lead: 'Wer antwortet: die Anbieter, ihre Schlüssel und ihre Modelle.',
  lookAgain: 'Erneut suchen',
  loadFailed: 'Die Modelle konnten nicht geladen werden',
  scope: {
    lead: 'Dieses Gerät darf hier nur lesen. Zum Ändern fehlt ihm',
    fix: 'Ein Gerät mit diesem Recht kann es unter „Geräte“ erteilen.',
  },

  whoAnswers: 'Wer antwortet',
  builtIn: 'Eingebauter Assistent',
  builtInNote: 'bis ein Modell verbunden ist',
  byItself: 'auf diesem Rechner gefunden',
  cannotAnswer: 'kann gerade nicht antworten',
  change: 'Ändern',
  changeFor: (agent: string) => `Modell von ${agent} ändern`,
  chosen: 'Antwortet gerade',

  search: 'Modelle suchen',
  foundCount: (n: number) => (n === 1 ? '1 Modell' : `${n} Modelle`),
  noneFound: 'Kein Modell enthält diese Wörter',
  noneFoundBody: 'Suche nach einem Teil des Namens oder nach dem Anbieter.',
  noneReady: 'Noch ist kein Anbieter verbunden, und auf diesem Rechner wurde kein Modellserver gefunden.',

  connected: 'Eingerichtet',
  local: 'Auf diesem Rechner',
  localLead: 'Nichts verlässt den Rechner des Gateways, und es braucht keinen Schlüssel.',
  connectOne: 'Anbieter verbinden',
  connectLead: 'Du brauchst einen eigenen Schlüssel. Deine Fragen gehen dann an diesen Anbieter.',

  states: {
    present: 'Schlüssel hinterlegt',
    missing: 'Braucht einen Schlüssel',
    refused: 'Schlüssel abgelehnt',
    error: 'Schlüsselspeicher antwortet nicht',
    found: 'Läuft',
    absent: 'Läuft nicht',
    keyless: 'Konfiguriert',
  },
  foundAt: (address: string) => `Unter ${address} auf dem Rechner des Gateways gefunden.`,
  absentAt: (address: string) => `Unter ${address} antwortet nichts. Starte es und suche erneut.`,
  getIt: (name: string) => `${name} holen`,
  storeError:
    'Der Schlüsselspeicher des Gateways hat nicht geantwortet. Entsperre den Schlüsselbund jenes Rechners und suche erneut.',
  modelCount: (n: number) => (n === 1 ? '1 Modell' : `${n} Modelle`),
  context: (n: string) => `${n} Token`,
  price: (input: string, output: string) => `${input} hinein, ${output} heraus je Million`,
  images: 'Liest Bilder',
  thinks: 'Kann nachdenken',
  use: 'Verwenden',
  useFor: 'Verwenden für',
  useForNamed: (model: string) => `Verwenden für: ${model}`,
  useNamed: (model: string) => `${model} verwenden`,
  nowAnswers: (agent: string, model: string) => `${agent} antwortet jetzt mit ${model}.`,

  connect: 'Verbinden',
  connectNamed: (name: string) => `${name} verbinden`,
  newKey: 'Neuer Schlüssel',
  newKeyNamed: (name: string) => `Neuer Schlüssel für ${name}`,
  changeKey: 'Schlüssel ersetzen',
  removeKey: 'Schlüssel entfernen',
  moreNamed: (name: string) => `Mehr zu ${name}`,
  check: 'Prüfen',
  checkNamed: (name: string) => `Prüfen, ob ${name} antwortet`,
  copyCommand: (name: string) => `Befehl kopieren, der ${name} verbindet`,

  key: 'Schlüssel',
  keyFrom: (name: string) => `Einen Schlüssel für ${name} gibt es bei`,
  keyHint: 'Geht einmal an dein Gateway, bleibt in dessen Schlüsselspeicher und wird nie wieder angezeigt.',
  keyPrefix: (name: string, prefix: string) =>
    `Schlüssel von ${name} beginnen meist mit ${prefix}. Du kannst ihn trotzdem senden.`,
  keyInClear:
    'Diese Seite ist nicht verschlüsselt: Unterwegs zum Gateway könnten andere den Schlüssel lesen. Nimm besser den Befehl unten auf dessen Rechner.',
  keyProblems: {
    empty: 'Füge den Schlüssel ein.',
    spaces: 'Ein Schlüssel hat keine Leerzeichen. Kopiere ihn noch einmal, ganz.',
    long: 'Das ist zu lang für einen Schlüssel.',
    prefix: 'Das sieht nicht nach einem Schlüssel dieses Anbieters aus.',
  },
  console: 'Oder auf dem Rechner des Gateways:',
  kept: (where: string) => `Der Schlüssel liegt jetzt ${where}.`,
  stores: {
    keychain: 'im Schlüsselbund des Systems',
    file: 'in einer Datei, die nur du lesen kannst',
    memory: 'im Arbeitsspeicher, bis das Gateway endet',
  },
  anotherKey: 'Anderen Schlüssel nehmen',
  choose: 'Modell wählen',
  removeTitle: (name: string) => `Schlüssel von ${name} entfernen?`,
  removeBody: (agents: string[]) =>
    agents.length === 0
      ? 'Das Gateway vergisst ihn. Damit er nirgends mehr gilt, lösche ihn auch beim Anbieter.'
      : `${agents.join(', ')} kann dann nicht mehr mit diesem Anbieter antworten. Das Gateway vergisst den Schlüssel; damit er nirgends mehr gilt, lösche ihn auch beim Anbieter.`,
  removed: (name: string) => `Der Schlüssel von ${name} ist weg.`,

  pickFor: (agent: string) => `Modell von ${agent}`,
  byConfig: 'Wie die Konfiguration sagt',
  byConfigNote: 'Oder ein Modell, das auf diesem Rechner gefunden wurde.',
  other: 'Ein anderes',
  otherNote: 'Den Namen selbst schreiben.',
  reference: 'Modell',
  referenceHint: 'Der Anbieter, ein Schrägstrich und sein Name des Modells.',

  probe: {
    ok: 'Er antwortet.',
    okIn: (time: string) => `Antwort nach ${time}.`,
    auth: 'Der Anbieter hat den Schlüssel abgelehnt.',
    rate_limit: 'Der Anbieter bittet zu warten: zu viele Anfragen.',
    billing: 'Der Anbieter sagt, das Konto habe kein Guthaben.',
    timeout: 'Keine Antwort in der vorgesehenen Zeit.',
    format: 'Etwas hat geantwortet, aber nicht wie dieser Anbieter.',
    unknown: 'Er lässt sich nicht fragen.',
    no_model: 'Er hat kein Modell.',
  },
} satisfies typeof en;
