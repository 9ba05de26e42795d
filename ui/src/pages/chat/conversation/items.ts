// From what is known of a conversation to what is shown, keeping what did not change.

import type { ConversationItem } from '../types';
import type { LostAnswer } from './conversation';
import type { LiveRun } from './live-run';
import type { Outgoing } from './outbox';
import type { Stored } from './transcript';
import { answerItem, noteItem, outgoingItem, userItem } from './item';

export interface Known {
  stored: readonly Stored[];
  runs: ReadonlyMap<string, LiveRun>;
  outgoing: readonly Outgoing[];
  waitingTools: ReadonlySet<string>;
  lost: LostAnswer | undefined;
}

/** Messages that become one item. */
export interface Group {
  key: string;
  kind: 'user' | 'answer' | 'note' | 'outgoing';
  stored: Stored[];
  runId: string | undefined;
  outgoing?: Outgoing;
  /** The run, when there is more to it than its messages. */
  run?: LiveRun;
  lost?: LostAnswer;
  isQueued?: boolean;
}

interface Cached {
  deps: readonly unknown[];
  item: ConversationItem;
}

/** An item of messages alone: the same as long as they are. */
interface Plain {
  length: number;
  last: Stored | undefined;
  item: ConversationItem;
}

export class ItemBuilder {
  #cache = new Map<string, Cached>();
  /** By the first message; most items of a long conversation are found here, without comparing anything. */
  #plain = new WeakMap<Stored, Plain>();
  #groups: { of: readonly Stored[]; groups: Group[] } = { of: [], groups: [] };

  build(known: Known): ConversationItem[] {
    const groups = [...this.#storedGroups(known.stored)];
    addRuns(groups, known);
    addLost(groups, known.lost);
    addOutgoing(groups, known);
    const next = new Map<string, Cached>();
    const items = groups.map(
      (group) => this.#plainItem(group, known) ?? this.#changingItem(group, known, next),
    );
    this.#cache = next;
    return items;
  }

  /** A message in the middle of an item was replaced: what is known of items does not hold. */
  forget(): void {
    this.#plain = new WeakMap();
  }

  #plainItem(group: Group, known: Known): ConversationItem | undefined {
    const [first] = group.stored;
    const changes = group.run !== undefined || group.lost !== undefined || group.outgoing !== undefined;
    if (first === undefined || changes) return undefined;
    const { length } = group.stored;
    const last = group.stored[length - 1];
    const before = this.#plain.get(first);
    if (before?.length === length && before.last === last && before.item.key === group.key)
      return before.item;
    const item = render(group, known);
    this.#plain.set(first, { length, last, item });
    return item;
  }

  #changingItem(group: Group, known: Known, next: Map<string, Cached>): ConversationItem {
    const deps = depsOf(group, known);
    const before = this.#cache.get(group.key);
    const cached =
      before !== undefined && isSame(before.deps, deps) ? before : { deps, item: render(group, known) };
    next.set(group.key, cached);
    return cached.item;
  }

  #storedGroups(stored: readonly Stored[]): Group[] {
    if (this.#groups.of !== stored) this.#groups = { of: stored, groups: group(stored) };
    return this.#groups.groups;
  }
}

/** Key of an answer: the run, and which message it follows when that is another's. */
function answerKey(runId: string, lastUser: string | undefined): string {
  return lastUser === undefined || lastUser === runId ? `a:${runId}` : `a:${runId}>${lastUser}`;
}

function group(stored: readonly Stored[]): Group[] {
  const groups: Group[] = [];
  const keys = new Set<string>();
  const unique = (key: string): string => {
    let made = key;
    for (let n = 2; keys.has(made); n += 1) made = `${key}#${n}`;
    keys.add(made);
    return made;
  };
  let lastUser: string | undefined;
  for (const one of stored) {
    const { message, runId, id } = one;
    const last = groups.at(-1);
    if (message.role === 'user') {
      lastUser = runId ?? id;
      groups.push({
        key: unique(runId === undefined ? `m:${id}` : `u:${runId}`),
        kind: 'user',
        stored: [one],
        runId,
      });
    } else if (message.role === 'system') {
      groups.push({ key: unique(`m:${id}`), kind: 'note', stored: [one], runId });
    } else if (last?.kind === 'answer' && runId !== undefined && last.runId === runId) {
      last.stored.push(one);
    } else {
      const key = runId === undefined ? `m:${id}` : answerKey(runId, lastUser);
      groups.push({ key: unique(key), kind: 'answer', stored: [one], runId });
    }
  }
  return groups;
}

/** Adds what is heard of runs: to their last answer, or as an answer of its own. */
function addRuns(groups: Group[], known: Known): void {
  for (const run of known.runs.values()) {
    const isSilent = run.parts().length === 0;
    if (run.isOver && isSilent && run.state === 'done') continue;
    const index = groups.findLastIndex((one) => one.kind === 'answer' && one.runId === run.id);
    const own = groups[index];
    const isLast = index === groups.length - 1;
    if (own !== undefined && (isLast || run.isOver)) {
      groups[index] = { ...own, run };
      continue;
    }
    if (!run.begun && !run.isOver) continue;
    const mine = known.outgoing.find((one) => one.key === run.id);
    if (mine !== undefined && !run.isOver) {
      groups.push({ key: `u:${mine.key}`, kind: 'outgoing', stored: [], runId: run.id, outgoing: mine });
    }
    const lastUser = groups.findLast((one) => one.kind === 'user' || one.kind === 'outgoing')?.runId;
    const made: Group = { key: answerKey(run.id, lastUser), kind: 'answer', stored: [], runId: run.id, run };
    // What is over stays where it ended; later messages follow it.
    const asked = groups.findLastIndex((one) => one.runId === run.id && one.kind !== 'note');
    if (!run.isOver || asked < 0) groups.push(made);
    else groups.splice(asked + 1, 0, { ...made, key: answerKey(run.id, undefined) });
  }
}

function addLost(groups: Group[], lost: LostAnswer | undefined): void {
  if (lost === undefined) return;
  const index = groups.findLastIndex((one) => one.runId === lost.runId && one.kind !== 'note');
  const last = groups[index];
  if (last === undefined) return;
  if (last.kind === 'answer') {
    if (last.run === undefined) groups[index] = { ...last, lost };
    return;
  }
  const key = answerKey(lost.runId, undefined);
  groups.splice(index + 1, 0, { key, kind: 'answer', stored: [], runId: lost.runId, lost });
}

function addOutgoing(groups: Group[], known: Known): void {
  const isBusy = [...known.runs.values()].some((run) => run.begun && !run.isOver);
  const shown = new Set(groups.map((one) => one.key));
  let isFirst = true;
  for (const outgoing of known.outgoing) {
    const key = `u:${outgoing.key}`;
    if (shown.has(key)) continue;
    const isQueued = outgoing.state === 'accepted' && (isBusy || !isFirst);
    const made: Group = { key, kind: 'outgoing', stored: [], runId: outgoing.key, outgoing, isQueued };
    const answer = groups.findIndex((one) => one.runId === outgoing.key);
    if (answer >= 0) groups.splice(answer, 0, { ...made, isQueued: false });
    else groups.push(made);
    isFirst &&= answer >= 0;
  }
}

function depsOf(group: Group, known: Known): unknown[] {
  const deps: unknown[] = [
    ...group.stored,
    group.outgoing,
    group.isQueued,
    group.lost,
    group.run,
    group.run?.version,
  ];
  if (group.run?.isOver === false) deps.push(known.waitingTools);
  return deps;
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((one, index) => Object.is(one, b[index]));
}

function render(group: Group, known: Known): ConversationItem {
  const [first] = group.stored;
  if (group.outgoing !== undefined) return outgoingItem(group.key, group.outgoing, group.isQueued === true);
  if (first !== undefined && group.kind === 'user') return userItem(group.key, first);
  if (first !== undefined && group.kind === 'note') return noteItem(group.key, first);
  return answerItem(group, known.waitingTools);
}
