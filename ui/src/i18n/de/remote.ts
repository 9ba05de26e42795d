import type en from '../en/remote';

const texts: typeof en = {
  lead: 'Von wo aus dieses Gateway erreichbar ist und wie das geschützt ist.',
  loadFailed: 'Die Adressen ließen sich nicht laden',
  addresses: 'Adressen, die gehen',
  kinds: {
    loopback: 'Dieser Rechner',
    lan: 'Lokales Netz',
    tailnet: 'Tailnet',
    custom: 'Gewählte Adresse',
    proxy: 'Über einen Proxy',
  },
  secure: 'Sicher',
  insecure: 'Unverschlüsselt',
  socket: 'Für Clients',
  pair: 'Telefon koppeln',
  openFrom: 'Lauscht auf',
  openFromNote:
    'Von wo aus Geräte sich verbinden dürfen. Wer kommt, muss sich trotzdem anmelden und freigegeben werden.',
  binds: {
    loopback: 'Nur dieser Rechner',
    lan: 'Das lokale Netz',
    tailnet: 'Das Tailnet',
    auto: 'Nur dieser Rechner (auto)',
    custom: 'Eine gewählte Adresse',
  },
  bindTitle: (where: string) => `Lauschen auf: ${where}?`,
  bindBody: 'Dafür startet das Gateway neu. Die Verbundenen erfahren es und kommen von selbst zurück.',
  exposedInClear: 'Ohne Verschlüsselung könnten andere in diesem Netz mitlesen. Schalten Sie auch TLS ein.',
  change: 'Ändern und neu starten',
  tls: 'Verschlüsselung (TLS)',
  tlsLead:
    'Macht aus den Adressen https:// und wss://. Ohne eigenes Zertifikat legt das Gateway eines an; Geräte erkennen es an seinem Fingerabdruck.',
  tlsOn: 'Den eigenen Port des Gateways verschlüsseln',
  tlsOnTitle: 'Verschlüsselung einschalten?',
  tlsOffTitle: 'Verschlüsselung ausschalten?',
  tlsOnBody:
    'Das Gateway startet neu und spricht auf seinem Port nur noch https und wss. Browser warnen einmal vor seinem eigenen Zertifikat; vergleichen Sie den Fingerabdruck.',
  tlsOffBody:
    'Das Gateway startet neu und spricht http und ws. Geräten, die sein Zertifikat kennen, muss die neue Adresse gesagt werden.',
  fingerprint: 'Fingerabdruck',
  fingerprintNote:
    'SHA-256 des Zertifikats. Vergleichen Sie ihn auf dem anderen Gerät, bevor Sie ihm vertrauen.',
  certificate: 'Zertifikat',
  selfSigned: 'vom Gateway angelegt',
  ownCertificate: 'Ihr eigenes',
  names: 'Für',
  validUntil: 'Gültig bis',
  tailscale: 'Tailscale',
  tailscaleLead:
    'Erreichen Sie das Gateway von all Ihren eigenen Geräten, verschlüsselt, unter einem Namen Ihres Tailnets, ohne einen Port zu öffnen.',
  modes: { off: 'Aus', serve: 'Serve: Ihr Tailnet', funnel: 'Funnel: das ganze Internet' },
  mode: 'Tailscale zeigt das Gateway für',
  funnelTitle: 'Das Gateway für das ganze Internet öffnen?',
  funnelBody: 'Dann kann jeder die Anmeldung erreichen. Das braucht ein Passwort.',
  running: 'Läuft und ist angemeldet',
  notRunning: 'Antwortet auf diesem Rechner nicht',
  name: 'Name',
  state: 'Stand',
  address: 'Adresse',
  set: (mode: string) => `Tailscale: ${mode}`,
  ssh: 'Über SSH',
  sshLead:
    'Braucht nichts als ein Konto auf dem Rechner des Gateways. Rufen Sie eines davon auf dem anderen Rechner auf:',
  sshPostern: 'Mit Postern',
  sshPlain: 'Nur mit ssh',
  sshThen: (url: string) => `Öffnen Sie dort dann ${url}.`,
  proxies: 'Hinter einem eigenen Proxy',
  proxiesLead: 'Weitergereichten Kopfzeilen wird nur von diesen Adressen geglaubt.',
  noProxies:
    'Keinem Proxy wird vertraut. Um einen davorzusetzen, nehmen Sie seine Adresse in gateway.trustedProxies auf.',
  publicOrigin: 'Seine Adresse',
  configure: 'Konfiguration öffnen',
};

export default texts;
