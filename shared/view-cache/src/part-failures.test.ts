import { upstreamFailed } from '@cloudphone/errors';
import { createManualClock, type ManualClock } from '@cloudphone/runtime';
import { testRedis, whenDone } from '@cloudphone/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineView } from './define-view.ts';
import {
  bodyOf,
  type CacheNode,
  type CacheWorld,
  openCacheWorld,
  SCOPE,
} from './fixtures/cache-world.ts';
import type { RecordedSource } from './fixtures/recorded-source.ts';
import { keyOf } from './view-key.ts';

const PARTS = ['a', 'b', 'c', 'd'] as const;
type Part = (typeof PARTS)[number];

/** All 16 subsets of the four parts. */
const SUBSETS: readonly (readonly Part[])[] = Array.from({ length: 2 ** PARTS.length }, (_, bits) =>
  PARTS.filter((_part, i) => bits & (1 << i)),
);

/** Four parts side by side; which of them it cannot live without is the caller's to say. */
const fourPartsView = defineView<RecordedSource>()({
  name: 'four-parts',
  params: z.strictObject({ id: z.string(), required: z.array(z.enum(PARTS)) }),
  scope: 'public',
  freshFor: '30s',
  servableFor: '10m',
  load: async ({ id, required }, tools) =>
    Object.fromEntries(
      await Promise.all(
        PARTS.map(async (part) => {
          const load = () => tools.from.get(tagOf(id, part));
          const isRequired = required.includes(part);
          return [part, await (isRequired ? tools.required : tools.optional)(part, load)] as const;
        }),
      ),
    ),
});

const tagOf = (id: string, part: Part) => `${id}:${part}`;
const failure = upstreamFailed('parts', 'it broke');

/** What was there before the parts failed, and whether the last good answer may still be shown. */
const PASTS = {
  'never loaded': { isLoaded: false, isServable: false },
  'loaded, then changed': { isLoaded: true, isServable: true },
  'loaded, then somebody lost the right to see it': { isLoaded: true, isServable: false },
  'loaded, then too old to be served': { isLoaded: true, isServable: false },
} as const;
type Past = keyof typeof PASTS;

interface Case {
  readonly id: string;
  readonly required: readonly Part[];
  readonly failing: readonly Part[];
}

const CASES: readonly Case[] = SUBSETS.flatMap((required) =>
  SUBSETS.map((failing) => ({ id: `${required.join('')}-${failing.join('')}`, required, failing })),
);

const OLD = 1;
const NEW = 2;

describe('a view of four parts, whichever of them it needs and whichever fail', () => {
  let world: CacheWorld;
  let node: CacheNode;
  let clock: ManualClock;
  beforeEach(async () => {
    const redis = await testRedis({ persistent: false });
    world = await openCacheWorld(redis.url);
    whenDone(world.close);
    clock = createManualClock();
    node = await world.startNode({ clock });
  });

  const read = ({ id, required }: Case) =>
    node.cache.read(fourPartsView, { id, required: [...required] }, { scope: SCOPE });
  const storedFrame = async ({ id, required }: Case) => {
    await node.cache.settled();
    const key = keyOf(fourPartsView, { id, required: [...required] }, SCOPE);
    return await world.redis.client.getBuffer(`view:test:${key}`);
  };
  const setAll = (value: number) => {
    for (const { id } of CASES) {
      for (const part of PARTS) world.source.truth.set(tagOf(id, part), value);
    }
  };
  const tell = async (changeClass: 'fact' | 'access') => {
    for (const { id } of CASES) {
      await world.publish(
        PARTS.map((part) => tagOf(id, part)),
        changeClass,
      );
    }
    await node.feed.catchUp();
  };
  const turn = async (byMs: number) => {
    await node.cache.settled();
    clock.turn(byMs);
  };
  const makePast = async (past: Past) => {
    setAll(OLD);
    if (PASTS[past].isLoaded) for (const each of CASES) await read(each);
    setAll(NEW);
    await turn(past === 'loaded, then too old to be served' ? 11 * 60_000 : 1);
    await tell(past === 'loaded, then somebody lost the right to see it' ? 'access' : 'fact');
  };
  const breakParts = (id: string, parts: readonly Part[]) => {
    for (const part of parts) world.source.broken.set(tagOf(id, part), failure);
  };

  /** What the page says must come; undefined: the failure itself. */
  const expectedOf = ({ required, failing }: Case, isServable: boolean) => {
    const of = (value: (part: Part) => number | null) =>
      Object.fromEntries(PARTS.map((part) => [part, value(part)]));
    if (failing.some((part) => required.includes(part))) {
      return isServable
        ? { status: 'stale', body: { ...of(() => OLD), stale: PARTS }, degraded: [], stale: PARTS }
        : undefined;
    }
    const instead = isServable ? OLD : null;
    const body = of((part) => (failing.includes(part) ? instead : NEW));
    const marks = failing.length === 0 ? {} : { [isServable ? 'stale' : 'degraded']: failing };
    return { status: 'miss', body: { ...body, ...marks }, degraded: [], stale: [], ...marks };
  };
  const outcomeOf = async (each: Case) => {
    try {
      const answer = await read(each);
      const { status, degraded, stale } = answer;
      const body = bodyOf(answer);
      for (const marks of [body.stale, body.degraded]) (marks as string[] | undefined)?.sort();
      return { status, body, degraded: [...degraded].sort(), stale: [...stale].sort() };
    } catch (err) {
      expect(err).toBe(failure);
      return undefined;
    }
  };

  test.each(Object.keys(PASTS) as Past[])(
    '%s → each of 256 cases is right and marked, leaves what is stored, and heals',
    async (past) => {
      const { isLoaded, isServable } = PASTS[past];
      await makePast(past);
      for (const each of CASES) {
        const before = await storedFrame(each);
        expect(before === null).toBe(!isLoaded);
        breakParts(each.id, each.failing);
        expect({ ...each, is: await outcomeOf(each) }).toEqual({
          ...each,
          is: expectedOf(each, isServable),
        });
        // What is incomplete stays here; what is complete is stored.
        if (each.failing.length > 0) expect(await storedFrame(each)).toEqual(before);
        else expect(await storedFrame(each)).not.toEqual(before);
      }
      await turn(2_001);
      for (const each of CASES) {
        for (const part of PARTS) world.source.broken.delete(tagOf(each.id, part));
        const healed = { ...each, failing: [] };
        const is = await outcomeOf(each);
        expect({ ...each, body: is?.body }).toEqual({
          ...each,
          body: expectedOf(healed, false)?.body,
        });
      }
    },
  );

  test('an incomplete answer never takes the place of the last complete one', async () => {
    await makePast('loaded, then changed');
    for (const each of CASES) {
      breakParts(each.id, each.failing);
      await outcomeOf(each);
    }
    await turn(2_001);
    await tell('fact');
    for (const each of CASES) {
      breakParts(each.id, PARTS);
      const last = each.failing.length === 0 ? NEW : OLD;
      const body = (await outcomeOf(each))?.body;
      expect({ ...each, a: body?.a, d: body?.d }).toEqual({ ...each, a: last, d: last });
    }
  });
});
