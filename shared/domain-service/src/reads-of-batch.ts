import type { TagRead } from '@cloudphone/contracts';

/**
 * What the answer to `ids=` was built from: one read for each id, with its version where there is
 * such an entity; without, the absence itself.
 */
export function readsOfBatch(
  ids: readonly string[],
  tagOf: (id: string) => string,
  present: readonly TagRead[],
): TagRead[] {
  const found = new Map(present.map((read) => [read.tag, read]));
  return [...new Set(ids.map(tagOf))].map((tag) => found.get(tag) ?? { tag });
}
