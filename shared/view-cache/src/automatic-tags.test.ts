import { isAppError } from '@cloudphone/errors';
import { createMetrics, randomId, silentLogger } from '@cloudphone/runtime';
import { testRedis, whenDone } from '@cloudphone/test-kit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createViewCache } from './create-view-cache.ts';
import { bodyOf, openCacheWorld, SCOPE } from './fixtures/cache-world.ts';
import {
  type Mutation,
  mutate,
  readThings,
  serveThings,
  type Things,
} from './fixtures/thing-world.ts';
import {
  anyProgram,
  BOXES,
  IDS,
  programView,
  runOnModel,
  type Step,
} from './fixtures/view-program.ts';

/** `RUNS=20` makes the search so many times as long; `SEED` repeats one. */
const RUNS = 500 * Number(process.env.RUNS ?? 1);
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

const id = fc.nat(IDS - 1);
const thing = fc.record({ id, box: fc.nat(BOXES - 1), next: id, value: fc.nat(3) });
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('put' as const), thing }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), id }) },
);
const story = fc.record({
  beginning: fc.array(thing, { maxLength: IDS }),
  // Equal ones are one view: what the first has loaded the second finds.
  programs: fc.uniqueArray(anyProgram, {
    ...{ minLength: 1, maxLength: 2 },
    selector: (steps) => JSON.stringify(steps),
  }),
  mutations: fc.array(mutation, { minLength: 1, maxLength: 5 }),
});

interface Told {
  readonly answer: unknown;
  /** Everything that was read on the way. */
  readonly reads: ReadonlySet<string>;
}

async function openThingWorld() {
  const redis = await testRedis({ persistent: false });
  const world = await openCacheWorld(redis.url);
  whenDone(world.close);
  let things: Things = new Map();
  let run = '';
  const source = serveThings(
    () => things,
    () => `${run}:`,
  );
  const node = await world.startNode();
  const cache = createViewCache({
    feed: node.feed,
    redis: node.redis,
    sources: source,
    namespace: 'things',
    logger: silentLogger,
    metrics: createMetrics(),
    redisDeadlineMs: 500,
    random: () => 0.5,
  });
  whenDone(() => cache.close());
  cache.reset({ reason: 'start', position: node.feed.applied ?? { epoch: '', seq: 0 } });

  const tell = async (tags: readonly string[]): Promise<void> => {
    const position = await world.publish(tags.map((tag) => `${run}:${tag}`));
    await node.feed.catchUp();
    cache.applyChange({ position, tags: tags.map((tag) => `${run}:${tag}`), class: 'fact' });
  };
  return {
    counts: { programs: 0, mutations: 0, dropped: 0, kept: 0, changed: 0 },
    begin: (beginning: Things): void => {
      run = randomId();
      things = beginning;
    },
    /** Returns the tags that the event names. */
    change: async (next: Mutation): Promise<readonly string[]> => {
      const { things: after, tags } = mutate(things, next);
      things = after;
      if (tags.length > 0) await tell(tags);
      return tags;
    },
    /** What the cache says, and whether it had to ask. */
    read: async (steps: readonly Step[]) => {
      const before = cache.stats().views.program?.loads ?? 0;
      const params = { run, steps: [...steps] };
      const answer = await cache.read(programView, params, { scope: SCOPE }).then(
        (given) => bodyOf(given),
        (err: unknown) => {
          if (isAppError(err, 'not_found')) return 'not found';
          throw err;
        },
      );
      return { answer, isLoaded: (cache.stats().views.program?.loads ?? 0) > before };
    },
    truth: async (steps: readonly Step[]): Promise<Told> => {
      const reads = new Set<string>();
      const model = readThings(
        () => things,
        (tag) => reads.add(tag),
      );
      return { answer: await runOnModel(steps, model), reads };
    },
  };
}

describe('tags that nobody wrote', { timeout: 60_000 * Number(process.env.RUNS ?? 1) }, () => {
  test('a view is dropped when, and only when, something that it read has changed', async ({
    annotate,
  }) => {
    const world = await openThingWorld();
    const { counts } = world;
    const property = fc.asyncProperty(story, async ({ beginning, programs, mutations }) => {
      world.begin(new Map(beginning.map((each) => [each.id, each])));
      const held = new Map<readonly Step[], Told>();
      for (const steps of programs) {
        held.set(steps, await world.truth(steps));
        expect((await world.read(steps)).answer).toEqual(held.get(steps)?.answer);
        counts.programs++;
      }
      for (const next of mutations) {
        const touched = await world.change(next);
        counts.mutations++;
        for (const [steps, before] of held) {
          const now = await world.truth(steps);
          const { answer, isLoaded } = await world.read(steps);
          // Recall: what has changed is shown changed.
          expect(answer).toEqual(now.answer);
          // Precision: what read neither the thing nor a box that it is or was in stays.
          expect(isLoaded).toBe(touched.some((tag) => before.reads.has(tag)));
          counts[isLoaded ? 'dropped' : 'kept']++;
          if (JSON.stringify(now.answer) !== JSON.stringify(before.answer)) counts.changed++;
          held.set(steps, now);
        }
      }
    });
    await fc.assert(property, { numRuns: RUNS, seed: SEED });
    await annotate(`seed ${SEED}: ${JSON.stringify(counts)}`);
    // A search that met nothing of a kind has shown nothing of it.
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(RUNS / 10);
  });
});
