// Models in the order in which they are offered.
import type { ModelRow } from '$lib/gateway/index.svelte';

/** How a model is named in a choice. */
export function modelRef(model: Pick<ModelRow, 'provider' | 'id'>): string {
  return `${model.provider}/${model.id}`;
}

/** Usable ones first, then by provider as the gateway lists them; the built-in assistant is no choice. */
export function choosable(models: readonly ModelRow[]): ModelRow[] {
  const real = models.filter((model) => model.tags?.includes('built-in') !== true);
  return real.toSorted((a, b) => Number(b.available !== false) - Number(a.available !== false));
}

/** A name without its provider, for narrow places. */
export function shortModel(ref: string, models: readonly ModelRow[]): string {
  const found = models.find((model) => modelRef(model) === ref);
  return found?.name ?? ref.slice(ref.indexOf('/') + 1);
}

/** Models with labels that tell them apart: the name, or all of it where two have the same name. */
export function labelled(models: readonly ModelRow[], taken: string): { model: ModelRow; label: string }[] {
  const seen = new Set([taken]);
  return models.map((model) => {
    const label = seen.has(model.name) ? modelRef(model) : model.name;
    seen.add(label);
    return { model, label };
  });
}
