// What the form of an agent holds, and what of it is sent.

import type { AgentRow, AgentsUpdateParams } from '$lib/gateway/protocol.gen';

export interface ProfileDraft {
  name: string;
  emoji: string;
  avatar: string;
  workspace: string;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

export const MAX_NAME = 64;

export function agentName(agent: AgentRow): string {
  return agent.identity?.name ?? agent.name ?? agent.id;
}

/** What stands in the circle: an emoji, or the first letter of the name. */
export function agentGlyph(agent: AgentRow): string {
  const { emoji, avatar, avatarUrl } = agent.identity ?? {};
  if (emoji) return emoji;
  if (avatar && avatarUrl === undefined && graphemes(avatar) === 1) return avatar;
  const [first] = segmenter.segment(agentName(agent));
  return first?.segment.toLocaleUpperCase() ?? '?';
}

/** Pictures are shown only when they come from this gateway or are part of the answer: anything else would tell a
 *  stranger that somebody looked. */
export function agentPicture(agent: AgentRow): string | undefined {
  const url = agent.identity?.avatarUrl;
  if (url === undefined) return undefined;
  return /^data:image\/(png|jpeg|gif|webp);base64,/.test(url) ? url : undefined;
}

export function draftOf(agent: AgentRow): ProfileDraft {
  return {
    name: agent.name ?? '',
    emoji: agent.identity?.emoji ?? '',
    avatar: writtenAvatar(agent),
    workspace: agent.workspace ?? '',
  };
}

// A letter is what the gateway makes of the name when no avatar was written.
function writtenAvatar(agent: AgentRow): string {
  const avatar = agent.identity?.avatar ?? '';
  return /^\p{L}$/u.test(avatar) || avatar === agent.identity?.emoji ? '' : avatar;
}

export type ProfileProblem = 'name' | 'emoji' | 'workspace';

export function profileProblem(draft: ProfileDraft, needsName: boolean): ProfileProblem | undefined {
  const name = draft.name.trim();
  if ((needsName && name === '') || graphemes(name) > MAX_NAME) return 'name';
  const emoji = draft.emoji.trim();
  if (emoji !== '' && !isEmoji(emoji)) return 'emoji';
  return undefined;
}

function isEmoji(text: string): boolean {
  return graphemes(text) === 1 && /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(text);
}

function graphemes(text: string): number {
  return [...segmenter.segment(text)].length;
}

/** Only what was changed; an empty text goes back to what the configuration says. */
export function profileChange(agent: AgentRow, draft: ProfileDraft): AgentsUpdateParams | undefined {
  const before = draftOf(agent);
  const change: AgentsUpdateParams = { agentId: agent.id };
  const fields = ['name', 'emoji', 'avatar', 'workspace'] as const;
  for (const field of fields) {
    const value = draft[field].trim();
    if (value !== before[field].trim()) change[field] = value;
  }
  return Object.keys(change).length > 1 ? change : undefined;
}

/** A piece of configuration that says what cannot be changed while the gateway runs. */
export function configSnippet(agentId: string, body: string): string {
  return `{ agents: { list: [{ id: ${JSON.stringify(agentId)}, ${body} }] } }`;
}
