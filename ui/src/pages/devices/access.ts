/**
 * What roles and scopes mean for the person who has to decide about them, and
 * what an approval would change. Pure.
 */
import type { PairedDevice, PairingRequest, Role } from '$lib/gateway/protocol.gen';

export type ScopeName =
  | 'admin'
  | 'approvals'
  | 'pairing'
  | 'write'
  | 'read'
  | 'questions'
  | 'talk'
  | 'talkSecrets'
  | 'sessionsWrite'
  | 'sessionsRead';

/** The scopes that exist, the most far-reaching first, with what they contain. */
const SCOPES: readonly { word: string; name: ScopeName; danger: boolean; contains: readonly ScopeName[] }[] =
  [
    { word: 'operator.admin', name: 'admin', danger: true, contains: [] },
    { word: 'operator.approvals', name: 'approvals', danger: true, contains: [] },
    { word: 'operator.pairing', name: 'pairing', danger: true, contains: [] },
    { word: 'operator.talk.secrets', name: 'talkSecrets', danger: true, contains: [] },
    {
      word: 'operator.write',
      name: 'write',
      danger: false,
      contains: ['read', 'talk', 'sessionsRead', 'sessionsWrite'],
    },
    { word: 'operator.read', name: 'read', danger: false, contains: ['sessionsRead'] },
    { word: 'operator.questions', name: 'questions', danger: false, contains: [] },
    { word: 'operator.talk', name: 'talk', danger: false, contains: [] },
    { word: 'operator.sessions.write', name: 'sessionsWrite', danger: false, contains: [] },
    { word: 'operator.sessions.read', name: 'sessionsRead', danger: false, contains: [] },
  ];

export interface ScopeView {
  /** As the wire says it. */
  word: string;
  /** Which text explains it; absent for words this page does not know. */
  name?: ScopeName;
  /** Whether it hands out power over the gateway or the machine. */
  danger: boolean;
}

/** Scopes in words, the dangerous first; what another one contains is left out. */
export function describeScopes(words: readonly string[]): ScopeView[] {
  const held = new Set(words);
  const known = SCOPES.filter((scope) => held.has(scope.word));
  const unknown = [...held].filter((word) => SCOPES.every((scope) => scope.word !== word));
  // A word nobody here can explain is treated as the worst it could be.
  const strange = unknown.sort().map((word) => ({ word, danger: true }));
  const [first] = known;
  if (first?.name === 'admin') return [view(first), ...strange];
  const contained = new Set(known.flatMap((scope) => scope.contains));
  return [...strange, ...known.filter((scope) => !contained.has(scope.name)).map(view)];
}

function view(scope: (typeof SCOPES)[number]): ScopeView {
  return { word: scope.word, name: scope.name, danger: scope.danger };
}

/** Whether a set of scopes grants one, as the gateway counts it. */
export function allows(held: Iterable<string>, word: string): boolean {
  const wanted = SCOPES.find((scope) => scope.word === word);
  for (const own of held) {
    if (own === word || own === 'operator.admin') return true;
    const scope = SCOPES.find((candidate) => candidate.word === own);
    if (scope && wanted && scope.contains.includes(wanted.name)) return true;
  }
  return false;
}

export interface AccessChange {
  /** `new`: never seen; `repair`: holds all of it already; `upgrade`: would hold more. */
  kind: 'new' | 'repair' | 'upgrade';
  roles: { role: Role; isNew: boolean }[];
  added: ScopeView[];
  kept: ScopeView[];
  /** What was pinned when it was approved and is now said differently. */
  platformChanged?: { before: string; now: string };
  /** Everything it would hold afterwards. */
  after: string[];
}

export function rolesOf(request: Pick<PairingRequest, 'role' | 'roles'>): Role[] {
  if (request.roles && request.roles.length > 0) return request.roles;
  return [request.role ?? 'operator'];
}

/** What approving a request would change for the device it names. */
export function compareAccess(request: PairingRequest, known: PairedDevice | undefined): AccessChange {
  const asked = request.scopes ?? [];
  // The same id with another key is another device: nothing carries over.
  const before = known?.publicKey === request.publicKey ? known : undefined;
  const held = before?.scopes ?? [];
  const added = asked.filter((word) => !allows(held, word));
  const roles = rolesOf(request).map((role) => ({ role, isNew: !before?.roles.includes(role) }));
  const after = [...new Set([...held, ...asked])];
  const change: AccessChange = {
    kind: kindOf(before, added.length > 0 || roles.some((entry) => entry.isNew)),
    roles,
    added: describeScopes(added),
    kept: describeScopes(held),
    after,
  };
  const [was, now] = [before?.platform, request.platform];
  if (was && now && was !== now) change.platformChanged = { before: was, now };
  return change;
}

function kindOf(before: PairedDevice | undefined, grows: boolean): AccessChange['kind'] {
  if (!before) return 'new';
  return grows ? 'upgrade' : 'repair';
}

/** Scopes the approver lacks: nobody hands out more than they hold. */
export function missingToApprove(own: Iterable<string>, after: readonly string[]): ScopeView[] {
  const held = [...own];
  return describeScopes(['operator.pairing', ...after].filter((word) => !allows(held, word)));
}
