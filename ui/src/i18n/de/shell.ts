import type en from '../en/shell';

const shell: typeof en = {
  loading: 'Wird geladen',
  close: 'Schließen',
  cancel: 'Abbrechen',
  retry: 'Erneut versuchen',
  copy: 'Kopieren',
  copied: 'Kopiert',
  copyFailed:
    'Der Browser hat das Kopieren nicht erlaubt. Markieren Sie den Text und kopieren Sie ihn von Hand.',
  clearSearch: 'Suche leeren',
  notices: 'Hinweise',
  fingerprint: 'Fingerabdruck',
  unknownError: 'Etwas ist schiefgegangen. Versuchen Sie es noch einmal.',

  skip: 'Zum Inhalt springen',
  navigation: 'Hauptnavigation',
  more: 'Mehr',
  collapse: 'Einklappen',
  expand: 'Navigation ausklappen',
  pages: {
    chat: 'Chat',
    overview: 'Übersicht',
    devices: 'Geräte',
    approvals: 'Freigaben',
    sessions: 'Sitzungen',
    agents: 'Agenten',
    models: 'Modelle',
    usage: 'Verbrauch',
    remote: 'Fernzugriff',
    config: 'Konfiguration',
    logs: 'Protokoll',
    doctor: 'Diagnose',
    backup: 'Sicherung',
    update: 'Aktualisierung',
    about: 'Info',
    welcome: 'Willkommen',
  },
  waiting: (n: number) => (n === 1 ? '1 wartet' : `${n} warten`),
  pageFailed: 'Diese Seite ließ sich nicht laden',
  pageFailedBody:
    'Das Gateway wurde vielleicht aktualisiert oder beendet. Laden Sie neu, um die aktuelle Version zu bekommen.',
  reload: 'Neu laden',
  safeMode: {
    config: 'Sicherer Modus: Die Konfiguration hat Fehler, deshalb gilt die letzte gültige.',
    crashes:
      'Sicherer Modus: Das Gateway ist mehrmals schlecht geendet, deshalb ruhen Werkzeuge und Hintergrundarbeit.',
  },
  safeModeMend: 'Was zu tun ist',

  theme: 'Darstellung',
  themes: { system: 'Wie das System', light: 'Hell', dark: 'Dunkel' },
  language: 'Sprache',
  settings: 'Darstellung',
  signOut: 'In diesem Browser abmelden',
  signOutNow: 'Abmelden',
  signOutTitle: 'In diesem Browser abmelden?',
  signOutBody:
    'Das Token dieses Browsers wird gelöscht. Das Gerät bleibt gekoppelt: Zum Anmelden brauchen Sie wieder das Gateway-Token oder einen Einrichtungscode, aber keine neue Freigabe.',

  connecting: 'Verbindung zum Gateway wird aufgebaut',
  reconnecting: 'Nicht verbunden.',
  reconnectingIn: (seconds: number) => (seconds > 0 ? `Nächster Versuch in ${seconds} s.` : 'Versuch läuft.'),
  retryNow: 'Jetzt versuchen',
  offline: 'Dieses Gerät ist offline.',
  restarting: 'Das Gateway startet neu.',
  closed: 'Das Gateway hat die Verbindung geschlossen.',
  unreachable: 'Das Gateway antwortet nicht.',
  silent: 'Das Gateway ist verstummt.',
  desktopReconnecting: 'Die App verbindet sich gerade wieder mit ihrem Gateway.',
  stoppedTitle: 'Das Gateway hat diese Seite abgewiesen',

  notConnected: 'Nicht mit dem Gateway verbunden. Versuchen Sie es, wenn die Verbindung wieder steht.',
  lostDuringCall:
    'Die Verbindung brach ab, bevor das Gateway geantwortet hat. Es kann ausgeführt sein oder nicht.',
  callTimeout: (method: string) => `Das Gateway hat nicht rechtzeitig geantwortet (${method}).`,
  callAborted: 'Abgebrochen.',

  signInTitle: 'Am Gateway anmelden',
  signInLead: 'Dieser Browser war noch nicht hier.',
  gatewayAt: (host: string) => `Gateway auf ${host}`,
  secretLabel: 'Gateway-Token oder Passwort',
  secretHow: 'Auf dem Rechner des Gateways zeigt es dieser Befehl:',
  signIn: 'Anmelden',
  byCode: 'Stattdessen einen Einrichtungscode verwenden',
  bySecret: 'Stattdessen das Gateway-Token verwenden',
  codeLabel: 'Einrichtungscode',
  codeHint:
    'Gilt für ein Gerät, zehn Minuten lang. Sie bekommen ihn auf einem gekoppelten Gerät oder auf dem Rechner des Gateways mit:',
  useCode: 'Einrichtungscode verwenden',
  codeInvalid: 'Das ist kein Einrichtungscode. Kopieren Sie ihn noch einmal ganz.',
  codeExpired: 'Dieser Einrichtungscode ist abgelaufen. Erzeugen Sie einen neuen.',
  codeElsewhere:
    'Dieser Einrichtungscode gehört zu einem anderen Gateway. Öffnen Sie dessen Seite und verwenden Sie ihn dort.',
  secretEmpty: 'Geben Sie das Token oder das Passwort ein.',
  tooMany: 'Zu viele falsche Versuche.',
  tooManyUntil: 'Wieder möglich in',
  credentials: {
    tokenMismatch:
      'Das ist nicht das Token dieses Gateways. Kopieren Sie es auf dem Rechner des Gateways noch einmal.',
    passwordMismatch: 'Das Passwort stimmt nicht.',
    notConfigured:
      'Das Gateway hat weder Token noch Passwort. Setzen Sie eines auf seinem Rechner und melden Sie sich dann hier an.',
    deviceToken:
      'Das Token dieses Browsers gilt nicht mehr: Es wurde erneuert oder entzogen. Melden Sie sich neu an.',
    setupCode: 'Der Einrichtungscode ist falsch, abgelaufen oder schon verwendet. Erzeugen Sie einen neuen.',
    rateLimited: 'Zu viele falsche Versuche von hier.',
    scope: 'Dieser Browser hat mehr verlangt, als er darf. Melden Sie sich an, um neu anzufragen.',
  },

  pairingTitle: 'Diesen Browser freigeben',
  pairingLead:
    'Das Gateway kennt Sie, aber diesen Browser noch nicht. Geben Sie ihn auf einem gekoppelten Gerät frei oder mit diesem Befehl auf dem Rechner des Gateways:',
  pairingCompare: 'Vergleichen Sie den Fingerabdruck, bevor Sie freigeben.',
  pairingOver: 'Die Anfrage wurde abgelehnt oder ist abgelaufen.',
  askAgain: 'Neu anfragen',
  pairingRequest: 'Anfrage',
  pairingWaiting: 'Wartet auf die Freigabe. Danach geht es von selbst weiter.',
  pairingReasons: {
    scopes: 'Dieser Browser verlangt mehr Rechte, als freigegeben sind.',
    role: 'Dieser Browser verlangt eine andere Rolle, als freigegeben ist.',
    changed: 'Dieser Browser hat sich seit der Freigabe verändert und muss neu freigegeben werden.',
  },

  stopped: {
    origin:
      'Das Gateway nimmt keine Seiten von dieser Adresse an. Öffnen Sie es unter seiner eigenen Adresse, oder tragen Sie auf seinem Rechner unter gateway.controlUi.allowedOrigins diese ein:',
    protocol:
      'Diese Seite und das Gateway haben verschiedene Versionen. Laden Sie neu, um die passende Seite zu bekommen.',
    secure:
      'Das Gateway verlangt eine sichere Seite. Öffnen Sie sie über HTTPS oder auf dem Rechner des Gateways.',
    clock:
      'Die Uhren dieses Geräts und des Gateways gehen zu weit auseinander. Stellen Sie sie und versuchen Sie es noch einmal.',
    signature:
      'Das Gateway hat den Nachweis dieses Browsers nicht angenommen. Fangen Sie mit einer neuen Identität an; sie muss neu freigegeben werden.',
    storage:
      'Dieser Browser lässt die Seite ihren Schlüssel nicht speichern. Verlassen Sie den privaten Modus oder erlauben Sie das Speichern für diese Adresse.',
    other: 'Sein Grund:',
  },
  newIdentity: 'Neu anfangen',

  prompts: 'Anfragen, die auf Sie warten',
  pairingAsks: 'Ein Gerät möchte sich koppeln',
  pairingRepair: 'Ein bekanntes Gerät fragt neu an',
  pairingArrived: (name: string) => `${name} möchte sich koppeln.`,
  approvalAsks: 'Ein Befehl wartet auf Sie',
  approvalArrived: 'Ein Befehl wartet auf Ihre Freigabe.',
  requestChanged: 'Diese Anfrage hat sich geändert. Sehen Sie noch einmal hin, bevor Sie freigeben.',
  readAll: 'Ganz lesen',
  moreThanFits: 'Es ist mehr, als hier Platz hat. Lesen Sie alles, bevor Sie entscheiden.',
  approve: 'Freigeben',
  reject: 'Ablehnen',
  allowOnce: 'Einmal erlauben',
  allowAlways: 'Immer erlauben',
  deny: 'Ablehnen',
  approved: (name: string) => `${name} ist freigegeben.`,
  rejected: (name: string) => `${name} wurde abgelehnt.`,
  later: 'Später',
  showAll: (n: number) => `${n} weitere`,
  platform: 'System',
  address: 'Adresse',
  asked: 'Fragt an als',
  expires: 'Läuft ab in',
  origin: 'Webseite',
  folder: 'Ordner',
  runsOn: 'Läuft auf',
  agent: 'Agent',
  session: 'Sitzung',
  gatewayHost: 'dem Gateway',
};

export default shell;
