// How this browser introduces itself. Coarse on purpose: the gateway pins system and family of a device, and an
// update of the browser must not look like another machine.
import { version } from '../../../package.json';

export const SCOPES = [
  'operator.admin',
  'operator.read',
  'operator.write',
  'operator.approvals',
  'operator.pairing',
  'operator.questions',
] as const;

const SYSTEMS: [RegExp, platform: string, family: string][] = [
  [/iPhone/, 'ios', 'iPhone'],
  [/iPad/, 'ios', 'iPad'],
  [/Android/, 'android', 'Android'],
  [/Windows/, 'windows', 'Windows'],
  [/Mac OS X|Macintosh/, 'macos', 'Mac'],
  [/CrOS/, 'chromeos', 'Chromebook'],
  [/Linux|X11/, 'linux', 'Linux'],
];

/** The parts of `connect.client` that describe the machine. */
export function describeBrowser(agent: string): { platform: string; deviceFamily: string } {
  const [, platform, deviceFamily] = SYSTEMS.find(([pattern]) => pattern.test(agent)) ?? [
    null,
    'web',
    'Browser',
  ];
  return { platform, deviceFamily };
}

/** Tells this tab from others of the same browser. */
export const instanceId: string = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
  byte.toString(16).padStart(2, '0'),
).join('');

export const client = {
  id: 'openclaw-control-ui',
  mode: 'webchat',
  version,
  ...describeBrowser(navigator.userAgent),
  instanceId,
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
} as const;
