import { describe, expect, it } from 'vitest';
import type {
  AgentRow,
  ExecRulesResult,
  ToolsCatalogResult,
  ToolsEffectiveResult,
} from '$lib/gateway/protocol.gen';
import { byteLength, isConflict, isDirty, isTooLong, MAX_FILE_BYTES, openDraft } from './editor';
import {
  agentGlyph,
  agentName,
  agentPicture,
  configSnippet,
  draftOf,
  profileChange,
  profileProblem,
} from './profile';
import { commandVerdict, firstSentence, toolSections, toolSum } from './tools';

const MAIN: AgentRow = { id: 'main', identity: { name: 'Assistant', avatar: 'A' }, workspace: '/w' };
const BOB: AgentRow = {
  id: 'bob',
  name: 'Bob',
  identity: { name: 'Bob', emoji: '🦊', avatar: '🦊' },
  workspace: '/b',
};

describe('how an agent is shown', () => {
  it('takes its emoji, or a letter', () => {
    expect([agentGlyph(MAIN), agentGlyph(BOB), agentGlyph({ id: 'ørn' })]).toEqual(['A', '🦊', 'Ø']);
    expect(agentGlyph({ id: 'x', identity: { name: '👩‍🚀 Ada' } })).toBe('👩‍🚀');
    expect([agentName(MAIN), agentName({ id: 'x' })]).toEqual(['Assistant', 'x']);
  });

  it('never loads a picture from a stranger', () => {
    const with_ = (avatarUrl: string): AgentRow => ({ id: 'x', identity: { avatarUrl } });
    expect(agentPicture(with_('https://example.org/a.png'))).toBeUndefined();
    expect(agentPicture(with_('data:image/svg+xml;base64,AAAA'))).toBeUndefined();
    expect(agentPicture(with_('data:image/png;base64,AAAA'))).toBe('data:image/png;base64,AAAA');
    expect(agentPicture(MAIN)).toBeUndefined();
  });
});

describe('the form of an agent', () => {
  it('sends only what was changed', () => {
    expect(profileChange(BOB, draftOf(BOB))).toBeUndefined();
    expect(profileChange(BOB, { ...draftOf(BOB), name: ' Robert ' })).toEqual({
      agentId: 'bob',
      name: 'Robert',
    });
    expect(profileChange(BOB, { ...draftOf(BOB), emoji: '' })).toEqual({ agentId: 'bob', emoji: '' });
  });

  it('does not take the letter that stands for a missing avatar for a written one', () => {
    expect(draftOf(MAIN)).toEqual({ name: '', emoji: '', avatar: '', workspace: '/w' });
  });

  it('names the field that is wrong', () => {
    const draft = draftOf(BOB);
    expect(profileProblem(draft, true)).toBeUndefined();
    expect(profileProblem({ ...draft, name: ' ' }, true)).toBe('name');
    expect(profileProblem({ ...draft, name: ' ' }, false)).toBeUndefined();
    expect(profileProblem({ ...draft, name: 'x'.repeat(65) }, false)).toBe('name');
    for (const emoji of ['ab', '🦊🦊', 'x', '7'])
      expect(profileProblem({ ...draft, emoji }, true)).toBe('emoji');
    for (const emoji of ['👩‍🚀', '🇩🇪', '7️⃣', '❤️'])
      expect(profileProblem({ ...draft, emoji }, true)).toBeUndefined();
  });

  it('writes configuration that cannot be broken by a name', () => {
    expect(configSnippet('a"b', 'thinking: "low"')).toBe(
      '{ agents: { list: [{ id: "a\\"b", thinking: "low" }] } }',
    );
  });
});

describe('tools', () => {
  const tool = (id: string) => ({
    id,
    label: id,
    description: `Does ${id}. More.`,
    source: 'core' as const,
    defaultProfiles: [],
  });
  const catalog: ToolsCatalogResult = {
    agentId: 'main',
    profiles: [],
    groups: [
      { id: 'fs', label: 'Files', source: 'core', tools: [tool('read'), tool('write')] },
      { id: 'runtime', label: 'Commands', source: 'core', tools: [tool('exec')] },
      { id: 'mcp:git', label: 'git', source: 'plugin', pluginId: 'mcp:git', tools: [tool('mcp__git__log')] },
    ],
  };
  const effective = (...ids: string[]): ToolsEffectiveResult => ({
    agentId: 'main',
    profile: 'full',
    groups: [
      {
        id: 'core',
        label: 'Built-in tools',
        source: 'core',
        tools: ids.map((id) => ({ id, label: id, description: '', rawDescription: '', source: 'core' })),
      },
    ],
  });

  it('that an agent does not get are denied, commands ask', () => {
    const sections = toolSections(catalog, effective('read', 'exec'));
    const verdicts = sections.flatMap((section) => section.tools.map((of) => [of.id, of.verdict]));
    expect(verdicts).toEqual([
      ['read', 'allowed'],
      ['write', 'denied'],
      ['exec', 'asks'],
      ['mcp__git__log', 'denied'],
    ]);
    expect(sections.map((section) => [section.server, section.allowed])).toEqual([
      [undefined, 1],
      [undefined, 1],
      ['git', 0],
    ]);
    expect(toolSum(sections)).toEqual({ allowed: 2, total: 4 });
  });

  it('run commands unasked only where every rule says so', () => {
    const rules = (file: object, resolvedDefaults: object = {}): ExecRulesResult =>
      ({
        path: '',
        exists: true,
        hash: '',
        file: { version: 1, ...file },
        resolvedDefaults,
      }) as ExecRulesResult;
    expect(commandVerdict(undefined, 'main')).toBe('asks');
    expect(commandVerdict(rules({}, { security: 'allowlist', ask: 'on-miss' }), 'main')).toBe('asks');
    expect(commandVerdict(rules({}, { security: 'full', ask: 'off' }), 'main')).toBe('allowed');
    expect(commandVerdict(rules({ defaults: { security: 'full', ask: 'always' } }), 'main')).toBe('asks');
    const own = rules({ agents: { main: { security: 'allowlist' } } }, { security: 'full', ask: 'off' });
    expect([commandVerdict(own, 'main'), commandVerdict(own, 'toString')]).toEqual(['asks', 'allowed']);
    expect(toolSections(catalog, effective('exec'), 'allowed')[1]?.tools[0]?.verdict).toBe('allowed');
  });

  it('say in one sentence what they do', () => {
    expect(firstSentence('Reads a file. Text comes as it is.')).toBe('Reads a file.');
    expect(firstSentence('Changes a file: `x` must occur')).toBe('Changes a file.');
    expect(firstSentence('From example.org without end')).toBe('From example.org without end');
    expect(firstSentence('')).toBe('');
  });
});

describe('the editor', () => {
  const file = (content: string | undefined) => ({
    name: 'SOUL.md',
    path: '/w/SOUL.md',
    missing: content === undefined,
    ...(content === undefined ? {} : { content }),
  });

  it('knows what is unsaved', () => {
    const draft = openDraft(file('a'));
    expect([isDirty(undefined), isDirty(draft), isDirty({ ...draft, text: 'b' })]).toEqual([
      false,
      false,
      true,
    ]);
    expect(openDraft(file(undefined))).toEqual({ name: 'SOUL.md', base: '', text: '', wasMissing: true });
  });

  it('sees what somebody else wrote', () => {
    const draft = { ...openDraft(file('a')), text: 'mine' };
    expect(isConflict(draft, file('a'))).toBe(false);
    expect(isConflict(draft, file('theirs'))).toBe(true);
    expect(isConflict(draft, file('mine'))).toBe(false);
    expect(isConflict(draft, file(undefined))).toBe(true);
    expect(isConflict({ ...openDraft(file(undefined)), text: 'mine' }, file(undefined))).toBe(false);
  });

  it('counts bytes, not letters', () => {
    expect(byteLength('äß€')).toBe(7);
    const draft = openDraft(file('x'.repeat(MAX_FILE_BYTES)));
    expect(isTooLong(draft)).toBe(false);
    expect(isTooLong({ ...draft, text: `${draft.text}y` })).toBe(true);
  });
});
