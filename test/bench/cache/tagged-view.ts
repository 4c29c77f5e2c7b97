import { currentReadContext } from '@cloudphone/runtime';
import { defineView } from '@cloudphone/view-cache';
import { z } from 'zod';

export interface TaggedSource {
  get(tag: string): number;
}

/** Answers at once; its tag is reported as a client of a service does. */
export const taggedSource: TaggedSource = {
  get: (tag) => {
    currentReadContext()
      ?.beginCall([tag])
      .answered({ tags: [{ tag }] });
    return 1;
  },
};

/** Some 2 KB, built from as many tags as told: those of its name, and what they share. */
export const taggedView = defineView<TaggedSource>()({
  name: 'tagged',
  params: z.strictObject({ name: z.string(), tags: z.number() }),
  scope: 'public',
  freshFor: '1h',
  servableFor: '2h',
  load: async ({ name, tags }, { from }) => {
    for (const tag of tagsOf(name, tags)) from.get(tag);
    return { name, filling: FILLING };
  },
});

export const tagsOf = (name: string, tags: number): string[] => [
  SHARED_TAG,
  ...Array.from({ length: tags - 1 }, (_, i) => `${name}:${i}`),
];

export const SHARED_TAG = 'shared';
export const FILLING = 'x'.repeat(2_000);
