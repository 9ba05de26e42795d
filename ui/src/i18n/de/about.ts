import type en from '../en/about';

export default {
  what: 'Ein Gateway für persönliche KI-Agenten.',
  gatewayVersion: 'Gateway',
  pageVersion: 'Diese Seite',
  appVersion: 'Desktop-App',
  licence: 'Lizenz',
  mit: 'MIT',
  otherVersion: 'Diese Seite hat eine andere Version als das Gateway.',
  welcomeAgain: 'Erste Schritte',

  desktop: 'Desktop-App',
  desktopLead: 'Wie sich die App auf dem Rechner des Gateways verhält.',
  settings: {
    startAtLogin: { label: 'Beim Anmelden starten', note: 'Im Hintergrund, ohne Fenster.' },
    keepRunning: {
      label: 'Weiterlaufen, wenn das Fenster schließt',
      note: 'Aus: Schließt du das Fenster, enden die App und ihr Gateway.',
    },
    showIcon: {
      label: 'Symbol in der Leiste zeigen',
      note: 'Mit dem, was auf dich wartet, und dem Weg zurück in dieses Fenster.',
    },
    quickSend: {
      label: 'Tastenkürzel für schnelles Schreiben',
      note: 'Strg+Umschalt+Leertaste (auf dem Mac ⌘⇧Leertaste) öffnet von überall den Chat.',
    },
  },
  notPossible: 'Das System hat es nicht erlaubt. Nichts wurde geändert.',

  look: 'Aussehen und Sprache',
  keys: 'Tastenkürzel',
  showKeys: 'Zeigen',

  system: 'Rechner des Gateways',
  machine: 'Name',
  os: 'System',
  kernel: 'Version',
  cpus: 'Prozessoren',
  memory: 'Speicher',
  disk: 'Festplatte',
  free: (free: string, total: string) => `${free} frei von ${total}`,
  address: 'Adresse',
  port: 'Port',
  process: 'Prozess',
  uptime: 'Läuft seit',

  bundle: 'Fehlerbericht',
  bundleLead:
    'Für die Meldung eines Fehlers: Angaben zum Gateway, zu dieser Seite und zur Verbindung, ohne Nachrichten, Schlüssel oder Token. Er entsteht hier und wird niemandem gesendet.',
  bundleLook: 'Zusammenstellen und ansehen',
  bundleAgain: 'Neu zusammenstellen',
  bundleSave: 'Als Zip speichern',
  bundleSaved: (name: string) => `${name} liegt bei deinen Downloads.`,
  hideAddresses: 'Auch Adressen und Namen von Rechnern verbergen',
  hideAddressesNote: 'Lass es an, wenn andere den Bericht lesen.',

  licences: 'Lizenzen',
  licencesLead: 'Woraus Postern gemacht ist.',
  showLicences: 'Alle zeigen',
  searchLicences: 'Pakete suchen',
  packageCount: (n: string) => `${n} Pakete`,
  showMore: 'Mehr zeigen',
  noText: 'Dieses Paket bringt keinen eigenen Text mit.',
  noLicences: 'Die Liste ist nicht Teil dieses Baus.',
} satisfies typeof en;
