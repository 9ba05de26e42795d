/** Commands of nodes: in which family they are, what they are called, how far they reach. Pure. */
import type { NodePairRequested, PairedNode } from '$lib/gateway/protocol.gen';

/** Families that have a name, in the order in which they are shown; the first word of a command decides. */
export const FAMILIES = [
  'system',
  'browser',
  'computer',
  'screen',
  'camera',
  'location',
  'canvas',
  'fs',
  'talk',
  'device',
  'notifications',
  'sms',
  'contacts',
  'calendar',
  'photos',
  'motion',
  'watch',
] as const;

export type FamilyName = (typeof FAMILIES)[number];

/** Words before the first dot that belong to a family of another name. */
const COUSINS: Readonly<Record<string, FamilyName>> = {
  desktop: 'screen',
  terminal: 'system',
  mcp: 'system',
  agent: 'system',
  mobile: 'computer',
  callLog: 'contacts',
  reminders: 'calendar',
};

export interface Family {
  /** Absent for commands whose family has no name here. */
  name?: FamilyName;
  /** The word on the wire, where there is no name. */
  word: string;
  commands: string[];
}

function familyOf(command: string): FamilyName | undefined {
  const word = command.split('.', 1)[0] ?? command;
  return COUSINS[word] ?? FAMILIES.find((name) => name === word);
}

/** Commands by family, the most far-reaching families first; strangers by their own word at the end. */
export function grouped(commands: readonly string[]): Family[] {
  const families = new Map<string, Family>();
  for (const command of commands) {
    const name = familyOf(command);
    const word = name ?? command.split('.', 1)[0] ?? command;
    const family = families.get(word) ?? { ...(name && { name }), word, commands: [] };
    family.commands.push(command);
    families.set(word, family);
  }
  const rank = (family: Family): number => (family.name ? FAMILIES.indexOf(family.name) : FAMILIES.length);
  return [...families.values()].sort((a, b) => rank(a) - rank(b) || a.word.localeCompare(b.word));
}

/** Commands that act on, or read from, a machine as its user; the gateway asks for an administrator. */
export function needsAdmin(command: string): boolean {
  const beginnings = [
    'system.run',
    'browser.proxy',
    'system.execApprovals',
    'terminal.',
    'mcp.tools.call',
    'agent.cli.',
  ];
  return (
    beginnings.some((beginning) => command.startsWith(beginning)) ||
    ['system.which', 'fs.listDir', 'desktop.stream', 'computer.act'].includes(command)
  );
}

/** Why a command deserves a second look: what it could do or reveal. */
export type Danger = 'runs' | 'controls' | 'watches' | 'reads' | 'speaks';

const DANGERS: readonly [RegExp, Danger][] = [
  [/^(system\.run$|terminal\.|mcp\.tools\.call|agent\.cli\.|system\.execApprovals\.set$)/, 'runs'],
  [/^(computer\.act$|browser\.proxy|canvas\.eval$|mobile\.ui\.act$)/, 'controls'],
  [/^(camera\.(snap|clip)$|screen\.|desktop\.stream$|mobile\.ui\.observe$|talk\.ptt\.)/, 'watches'],
  [
    /^(location\.get$|contacts\.|calendar\.|reminders\.|photos\.|notifications\.list$|sms\.search$|callLog\.|health\.|fs\.)/,
    'reads',
  ],
  [/^(sms\.send$|notifications\.actions$)/, 'speaks'],
];

export function dangerOf(command: string): Danger | undefined {
  return DANGERS.find(([pattern]) => pattern.test(command))?.[1];
}

/** What a request would add to what was approved, and what it has already. */
export interface Asked {
  added: string[];
  kept: string[];
  /** Capabilities that are new. */
  addedCaps: string[];
  /** What was approved and is not asked for any more. */
  dropped: string[];
}

export function compareSurface(
  request: Pick<NodePairRequested, 'caps' | 'commands'>,
  approved: Pick<PairedNode, 'caps' | 'commands'> | undefined,
): Asked {
  const held = new Set(approved?.commands);
  const heldCaps = new Set(approved?.caps);
  const asked = request.commands ?? [];
  return {
    added: asked.filter((command) => !held.has(command)),
    kept: asked.filter((command) => held.has(command)),
    addedCaps: (request.caps ?? []).filter((cap) => !heldCaps.has(cap)),
    dropped: [...held].filter((command) => !asked.includes(command)),
  };
}
