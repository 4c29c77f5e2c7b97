import { whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineView } from './define-view.ts';
import { bodyOf, SCOPE } from './fixtures/cache-world.ts';
import { openTurnedWorld, type TurnedSource } from './fixtures/turned-world.ts';

const LOAD_MS = 30;
const CHANGE_EVERY_MS = 5;
const CALLERS_PER_MS = 4;
const LASTS_MS = 600;

interface Both {
  readonly x: number;
  readonly y: number;
}

const viewOf = (name: string, load: (from: TurnedSource) => Promise<Both>) =>
  defineView<TurnedSource>()({
    name,
    params: z.strictObject({}),
    scope: 'public',
    freshFor: '30s',
    servableFor: '10m',
    load: (_params, { from }) => load(from),
  });
const both = async (x: Promise<number>, y: Promise<number>): Promise<Both> => {
  const [foundX, foundY] = await Promise.all([x, y]);
  return { x: foundX, y: foundY };
};

const told = viewOf('told', (from) => both(from.get('x', LOAD_MS), from.get('y', LOAD_MS)));
const found = viewOf('found', (from) => both(from.find('x', LOAD_MS), from.find('y', LOAD_MS)));
const inTurn = viewOf('in-turn', async (from) => ({
  x: await from.get('x', LOAD_MS / 2),
  y: await from.find('y', LOAD_MS / 2),
}));

/** Every answer that callers got who came all the time, while everything changed all the time. */
async function besiege(view: typeof told, nodeCount: number) {
  const world = openTurnedWorld();
  whenDone(world.close);
  const nodes = Array.from({ length: nodeCount }, () => world.startNode());
  let waiting = 0;
  let changes = 0;
  const readOnce = async (node: (typeof nodes)[number]) => {
    const beganAtMs = world.clock.monotonicMs();
    const known = { seq: world.position.seq, x: world.truthOf('x'), y: world.truthOf('y') };
    waiting++;
    const answer = await node.read(view, {}, { scope: SCOPE });
    waiting--;
    const { x, y } = bodyOf(answer) as unknown as Both;
    const isOld = x < known.x || y < known.y || (answer.position?.seq ?? 0) < known.seq;
    return { tookMs: world.clock.monotonicMs() - beganAtMs, isOld, status: answer.status };
  };
  const readings: ReturnType<typeof readOnce>[] = [];
  for (let ms = 0; ms < LASTS_MS; ms++) {
    for (let i = 0; i < CALLERS_PER_MS; i++) {
      readings.push(readOnce(nodes[i % nodeCount] as (typeof nodes)[number]));
    }
    if (ms % CHANGE_EVERY_MS === 0) world.change(changes++ % 2 === 0 ? 'x' : 'y');
    await world.turn();
  }
  for (let ms = 0; ms < 2 * LOAD_MS; ms++) await world.turn();
  expect(waiting).toBe(0);
  const loads = nodes.map((node) => node.stats().views[view.name]?.loads ?? 0);
  return { answers: await Promise.all(readings), changes, loads };
}

const VIEWS = [
  ['told what it reads before it asks', told],
  ['told what it reads by the replies', found],
  ['that reads one thing after the other', inTurn],
] as const;

describe('a view that changes every 5 ms and takes 30 ms to load', () => {
  const expectAnswers = (
    { answers, changes, loads }: Awaited<ReturnType<typeof besiege>>,
    withinLoads: number,
  ) => {
    expect(answers).toHaveLength(LASTS_MS * CALLERS_PER_MS);
    expect(answers.filter(({ isOld, status }) => isOld || status === 'stale')).toEqual([]);
    const longestMs = Math.max(...answers.map(({ tookMs }) => tookMs));
    expect(longestMs).toBeLessThanOrEqual(withinLoads * LOAD_MS);
    // However many callers there are: a node begins no more loads than there were changes.
    expect(Math.max(...loads)).toBeLessThanOrEqual(changes + 1);
  };

  test.each(VIEWS)(
    '%s, answers all who come within two loads, with nothing that they know to be old',
    async (_, view) => expectAnswers(await besiege(view, 1), 2),
  );

  // Of which one may be another node's, that turns out to be of no use.
  test.each(VIEWS)(
    '%s, on two nodes, answers all who come within three loads, with nothing that they know to be old',
    async (_, view) => expectAnswers(await besiege(view, 2), 3),
  );
});
