import { setTimeout as sleep } from 'node:timers/promises';
import { randomId } from '@cloudphone/runtime';
import { testRedis, whenDone } from '@cloudphone/test-kit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Unsafe } from './core.ts';
import { defineView } from './define-view.ts';
import {
  bodyOf,
  type CacheNode,
  type CacheWorld,
  openCacheWorld,
  SCOPE,
} from './fixtures/cache-world.ts';
import type { RecordedSource } from './fixtures/recorded-source.ts';
import type { Position } from './position.ts';

/** Two tags one after the other; then, if told, a list whose tags only its answer tells. */
const composedView = defineView<RecordedSource>()({
  name: 'composed',
  params: z.strictObject({ tags: z.array(z.string()), isList: z.boolean() }),
  scope: 'public',
  freshFor: '30s',
  servableFor: '10m',
  budgetMs: 30_000,
  load: async ({ tags, isList }, { from, required }) => {
    const found: Record<string, number> = {};
    for (const tag of tags) found[tag] = await required(tag, () => from.get(tag));
    if (isList) {
      const values = await from.find(...tags);
      // Of two readings of one tag the older one counts.
      for (const [i, tag] of tags.entries()) found[tag] = Math.min(found[tag] ?? 0, values[i] ?? 0);
    }
    return found;
  },
});

const TAGS = ['a', 'b', 'c', 'd'] as const;

type Step =
  | { readonly kind: 'write'; readonly tag: string }
  | {
      readonly kind: 'read';
      readonly node: number;
      readonly tags: readonly string[];
      readonly isList: boolean;
      readonly hasToken: boolean;
    }
  | { readonly kind: 'hold' | 'release'; readonly node: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'rotate' };

const tag = fc.constantFrom(...TAGS);
const node = fc.constantFrom(0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('write' as const), tag }) },
  {
    weight: 16,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      node,
      tags: fc.uniqueArray(tag, { minLength: 1, maxLength: 2 }),
      isList: fc.boolean(),
      hasToken: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('hold' as const, 'release' as const), node }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(8) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rotate' as const) }) },
);

/** Runs a history on two nodes; returns what was older than its reader was entitled to. */
async function findOldAnswers(
  world: CacheWorld,
  nodes: readonly CacheNode[],
  steps: readonly Step[],
): Promise<readonly string[]> {
  const run = randomId();
  const named = (name: string) => `${run}:${name}`;
  const told: { readonly position: Position; readonly tag: string; readonly value: number }[] = [];
  const old: string[] = [];
  const reads: Promise<void>[] = [];

  const write = async (name: string) => {
    const position = await world.write(name);
    told.push({ position, tag: name, value: world.source.truth.get(name) ?? 0 });
  };
  const valueAt = (name: string, position: Position | undefined): number =>
    Math.max(
      0,
      ...told
        .filter(({ tag: of, position: at }) => {
          return of === name && at.epoch === position?.epoch && at.seq <= position.seq;
        })
        .map(({ value }) => value),
    );
  const read = async ({ node: index, tags, isList, hasToken }: Step & { kind: 'read' }) => {
    const at = nodes[index] as CacheNode;
    const known = at.feed.applied;
    const token = hasToken ? told.at(-1)?.position : undefined;
    const params = { tags: tags.map(named), isList };
    const body = bodyOf(await at.cache.read(composedView, params, { scope: SCOPE, token }));
    for (const name of params.tags) {
      const entitledTo = Math.max(valueAt(name, known), valueAt(name, token));
      if (Number(body[name]) < entitledTo) {
        old.push(`${name}: ${String(body[name])} though ${entitledTo} was known`);
      }
    }
  };

  for (const next of steps) {
    if (next.kind === 'write') await write(named(next.tag));
    if (next.kind === 'read') reads.push(read(next));
    if (next.kind === 'hold') nodes[next.node]?.feed.hold();
    if (next.kind === 'release') nodes[next.node]?.feed.release();
    if (next.kind === 'wait') await sleep(next.ms);
    if (next.kind === 'rotate') await world.log.rotateEpoch();
  }
  for (const { feed } of nodes) feed.release();
  await Promise.all(reads);
  return old;
}

async function openNodes(unsafe: Unsafe) {
  const redis = await testRedis({ persistent: false });
  const world = await openCacheWorld(redis.url);
  whenDone(world.close);
  const nodes = [];
  for (let i = 0; i < 2; i++) {
    nodes.push(await world.startNode({ unsafe, tokenWaitMs: 5, heartbeatMs: 500 }));
  }
  // Every answer of the source takes another moment, so that loads and changes overlap.
  world.source.gate = () => sleep(Math.random() * 8);
  return { world, nodes };
}

async function search(unsafe: Unsafe, numRuns: number) {
  const { world, nodes } = await openNodes(unsafe);
  const history = fc.array(step, { minLength: 30, maxLength: 60 });
  const property = fc.asyncProperty(history, async (steps) => {
    expect(await findOldAnswers(world, nodes, steps)).toEqual([]);
  });
  return await fc.check(property, { numRuns, endOnFailure: true });
}

describe('random histories on two nodes', { timeout: 60_000 }, () => {
  test('never show a reader less than its node knew or its token said', async () => {
    const { failed, seed, counterexample } = await search({}, 60);
    expect({ failed, seed, counterexample }).toEqual({ failed: false, seed, counterexample: null });
  });

  test.each([
    ['the fence', { skipFence: true }],
    ['the join rule', { skipJoinRule: true }],
  ])('find old answers when %s is switched off', async (_, unsafe) => {
    expect((await search(unsafe, 300)).failed).toBe(true);
  });
});
