// Completion of slash commands while they are typed.
import type { CommandEntry } from '$lib/gateway/index.svelte';

export interface Suggestion {
  /** What is shown first. */
  label: string;
  /** What it does. */
  note: string;
  /** The text after it was chosen. */
  text: string;
  /** Whether it is complete: Enter may send it. */
  isComplete: boolean;
}

/** Suggestions that are shown at most. */
const MOST = 12;

/** What could be meant by the text before the caret. */
export function complete(text: string, caret: number, commands: readonly CommandEntry[]): Suggestion[] {
  if (!text.startsWith('/') || caret !== text.length || text.includes('\n')) return [];
  const [head = '', ...rest] = text.slice(1).split(' ');
  if (rest.length === 0) return names(head.toLowerCase(), commands);
  const command = commands.find((one) => aliases(one).includes(head.toLowerCase()));
  return command === undefined ? [] : choices(head, rest, command);
}

function aliases(command: CommandEntry): string[] {
  return [command.name, ...(command.textAliases ?? []).map((alias) => alias.replace(/^\//, ''))];
}

function names(typed: string, commands: readonly CommandEntry[]): Suggestion[] {
  const rank = (command: CommandEntry): number => {
    if (command.name.startsWith(typed)) return 0;
    if (aliases(command).some((alias) => alias.startsWith(typed))) return 1;
    return typed.length > 1 && command.name.includes(typed) ? 2 : 3;
  };
  const ranked = commands.map((command) => ({ command, rank: rank(command) })).filter((one) => one.rank < 3);
  // Sorting keeps the order of the gateway among equals.
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MOST)
    .map(({ command }) => suggestion(command));
}

function suggestion(command: CommandEntry): Suggestion {
  const args = command.args ?? [];
  const isComplete = !args.some((arg) => arg.required === true);
  const shape = args.map((arg) => (arg.required === true ? `<${arg.name}>` : `[${arg.name}]`)).join(' ');
  return {
    label: shape === '' ? `/${command.name}` : `/${command.name} ${shape}`,
    note: command.description,
    text: args.length === 0 ? `/${command.name}` : `/${command.name} `,
    isComplete,
  };
}

/** The words that the argument being typed can be. */
function choices(head: string, rest: string[], command: CommandEntry): Suggestion[] {
  const args = command.args ?? [];
  const arg = args[rest.length - 1];
  const typed = (rest.at(-1) ?? '').toLowerCase();
  const before = ['/' + head, ...rest.slice(0, -1)].join(' ');
  const isComplete = !args.slice(rest.length).some((one) => one.required === true);
  return (arg?.choices ?? [])
    .filter((choice) => choice.value.toLowerCase().startsWith(typed) && choice.value.toLowerCase() !== typed)
    .slice(0, MOST)
    .map((choice) => ({
      label: choice.value,
      note: choice.label === choice.value ? (arg?.description ?? '') : choice.label,
      text: `${before} ${choice.value}`,
      isComplete,
    }));
}
