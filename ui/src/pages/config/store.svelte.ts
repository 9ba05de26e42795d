// The configuration as the page knows it: what the gateway has, and what was typed and not yet applied.

import { gateway, GatewayError, type ConfigPatchResult } from '$lib/gateway/index.svelte';
import { Resource } from '../models/resource.svelte';
import { changed, mergePatch, valueAt, type Draft } from './draft';
import { sectionsOf, type Hint } from './schema';

/** One setting that was changed in the form. */
export interface Change {
  path: string;
  before: unknown;
  after: unknown;
  secret: boolean;
  restarts: boolean;
}

/** A change that is looked at before it is made. */
export type Review = { kind: 'text'; before: string; after: string } | { kind: 'form'; changes: Change[] };

class ConfigStore {
  readonly resource = new Resource(async () => {
    const [config, schema] = await Promise.all([
      gateway.call('config.get', {}),
      gateway.call('config.schema', {}),
    ]);
    return {
      config,
      sections: sectionsOf(schema.schema, schema.uiHints as Record<string, Hint | undefined>),
    };
  });

  /** Changes of the form. */
  draft = $state.raw<Draft>({});
  /** The text that was typed in place of the file's. */
  text = $state.raw<string>();
  /** The file changed while something was typed. */
  isStale = $state(false);

  get changes(): number {
    return Object.keys(this.draft).length;
  }

  get raw(): string {
    return this.resource.value?.config.raw ?? '';
  }

  get isTyped(): boolean {
    return this.text !== undefined && this.text !== this.raw;
  }

  stored(path: string): unknown {
    return valueAt(this.resource.value?.config.parsed, path);
  }

  value(path: string): unknown {
    return Object.hasOwn(this.draft, path) ? this.draft[path] : this.stored(path);
  }

  change(path: string, value: unknown): void {
    this.draft = changed(this.draft, path, value, this.stored(path));
  }

  undo(path: string): void {
    this.change(path, this.stored(path));
  }

  discard(): void {
    this.draft = {};
    this.text = undefined;
    this.isStale = false;
  }

  /** Told by the gateway that the file is another one. */
  async refresh(): Promise<void> {
    const before = this.resource.value?.config.hash;
    await this.resource.reload();
    const isOther = before !== undefined && before !== this.resource.value?.config.hash;
    if (isOther && (this.changes > 0 || this.isTyped)) this.isStale = true;
  }

  /** What was typed, for looking at it before it is applied. */
  get review(): Review {
    const typed = this.text;
    if (typed !== undefined) return { kind: 'text', before: this.raw, after: typed };
    const fields = this.resource.value?.sections.flatMap(({ groups }) =>
      groups.flatMap((group) => group.fields),
    );
    const changes = Object.entries(this.draft).map(([path, after]) => {
      const field = fields?.find((each) => each.path === path);
      return {
        path,
        before: this.stored(path),
        after,
        secret: field?.kind === 'secret',
        restarts: field?.restarts ?? false,
      };
    });
    return { kind: 'form', changes };
  }

  /** Makes the change; the gateway restarts by itself where that is needed. */
  async apply(): Promise<ConfigPatchResult> {
    const baseHash = this.resource.value?.config.hash ?? '';
    try {
      const outcome =
        this.text === undefined
          ? await gateway.call('config.patch', { raw: JSON.stringify(mergePatch(this.draft)), baseHash })
          : await gateway.call('config.apply', { raw: this.text, baseHash });
      this.discard();
      await this.resource.reload();
      return outcome;
    } catch (error) {
      // Somebody was faster: what is shown has to be the file that a second press would change.
      const isOther = error instanceof GatewayError && /base hash|changed since/.test(error.message);
      if (isOther) await this.refresh();
      throw error;
    }
  }
}

/** One for the page, so that what was typed survives a visit elsewhere. */
export const config = new ConfigStore();
