import type en from '../en/welcome';

export default {
  progress: (step: number, of: number) => `Schritt ${step} von ${of}`,
  skipAll: 'Alles überspringen',
  back: 'Zurück',
  skip: 'Überspringen',
  next: 'Weiter',
  finish: 'Zum Chat',
  titles: {
    what: 'Willkommen bei Postern',
    model: 'Wer soll antworten?',
    phone: 'Nimm dein Telefon dazu',
    login: 'Mit dem Rechner starten?',
  },
  leads: {
    what: 'Ein Assistent, der auf deinem eigenen Rechner läuft, für dich und die Geräte, die du koppelst.',
    model:
      'Ein Agent braucht ein Sprachmodell. Eines auf diesem Rechner behält alles hier; ein Anbieter braucht einen Schlüssel von dir.',
    phone: 'Chatte unterwegs und gib frei, was auf dich wartet.',
    login: 'Damit dein Telefon und andere Geräte deine Agenten erreichen, ohne dass du daran denken musst.',
  },
  points: {
    talk: {
      title: 'Du sprichst, er antwortet',
      text: 'In diesem Fenster, im Terminal oder auf einem gekoppelten Telefon. Jedes Gespräch geht weiter, wo immer du bist.',
    },
    act: {
      title: 'Er kann handeln und fragt vorher',
      text: 'Er liest und schreibt Dateien in einem eigenen Ordner und sieht sich Webseiten an. Ein Befehl läuft erst, wenn du ihn erlaubt hast.',
    },
    data: {
      title: 'Was dir gehört, bleibt bei dir',
      text: 'Gespräche liegen auf dem Rechner dieses Gateways, Schlüssel in seinem Schlüsselspeicher. Ein Anbieter, den du verbindest, bekommt das Gespräch und was der Agent dafür liest.',
    },
  },
  folder: 'Deine Daten:',
  answersWith: (model: string) => `${model} antwortet.`,
  chooseOf: (provider: string) => `${provider}: Modell wählen`,
  noLocal:
    'Auf diesem Rechner wurde kein Modellserver gefunden. Ollama und LM Studio werden von selbst gefunden, wenn sie laufen.',
  withKey: 'Mit eigenem Schlüssel',
  skipModel:
    'Ohne Modell antwortet der eingebaute Assistent: Er kennt die Befehle und hilft dir, später eines zu verbinden.',
  pick: 'Modell wählen',
  phoneSteps: [
    'Installiere eine App, die das OpenClaw-Gateway-Protokoll spricht.',
    'Zeige hier den Code und scanne ihn mit der App.',
    'Dein Telefon erscheint unter „Geräte“; dort kannst du ihm den Zugang wieder nehmen.',
  ],
  showCode: 'Code zeigen',
  phoneLater: 'Das geht jederzeit unter „Geräte“.',
  loginLater: 'Unter „Info“ lässt sich das ändern.',
} satisfies typeof en;
