// The files that are attached to the message being written.
import { t } from '$i18n';
import { formatBytes } from '$lib/format';
import { gateway } from '$lib/gateway/index.svelte';
import { newId } from '../id';
import { MOST_FILES, prepare, type Problem, type Ready } from './attachments';

export class Attached {
  files = $state.raw<readonly Ready[]>([]);
  /** Why some cannot go, for people. */
  problems = $state.raw<readonly string[]>([]);
  #reading = $state(0);
  /** Grows when another draft takes the place of this one. */
  #draft = 0;

  get isReading(): boolean {
    return this.#reading > 0;
  }

  /** Another draft. */
  set(files: readonly Ready[]): void {
    this.#draft += 1;
    this.files = files;
    this.problems = [];
  }

  remove(id: string): void {
    this.files = this.files.filter((file) => file.id !== id);
    this.problems = [];
  }

  /** Reads files and adds those that can be sent. */
  async add(given: readonly File[]): Promise<void> {
    const draft = this.#draft;
    const room = MOST_FILES - this.files.length;
    this.problems = given.length > room ? [told({ kind: 'tooMany' })] : [];
    const taken = given.slice(0, room);
    this.#reading += taken.length;
    for (const file of taken) {
      const ready = await prepare(file, newId());
      this.#reading -= 1;
      // Who went to another conversation meanwhile does not mean it for that one.
      if (draft === this.#draft) this.#take(ready);
    }
  }

  #take(ready: Ready | Problem): void {
    if (!('part' in ready)) {
      this.problems = [...this.problems, told(ready)];
      return;
    }
    const limit = mostTogether();
    if ([...this.files, ready].reduce((sum, one) => sum + one.weight, 0) <= limit) {
      this.files = [...this.files, ready];
    } else {
      // Three bytes travel as four characters.
      this.problems = [...this.problems, t.chat.tooLargeTogether(formatBytes((limit * 3) / 4))];
    }
  }
}

/** Characters that one message may bring along; the rest of the frame is for everything else. */
function mostTogether(): number {
  const { status } = gateway;
  const frame = status.kind === 'online' ? status.hello.policy.maxPayload : 16_000_000;
  return Math.max(1_000_000, frame - 1_000_000);
}

function told(problem: Problem): string {
  switch (problem.kind) {
    case 'tooMany':
      return t.chat.tooMany(MOST_FILES);
    case 'tooLarge':
      return t.chat.tooLarge(problem.name, formatBytes(problem.limit));
    case 'notSupported':
      return t.chat.notSupported(problem.name);
    case 'notReadable':
      return t.chat.notReadable(problem.name);
  }
}
