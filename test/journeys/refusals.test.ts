import { afterAll, beforeAll } from 'vitest';
import { describeConflicts } from './refusals/conflicts.ts';
import { describeEveryRoute } from './refusals/every-route.ts';
import { describeHostile } from './refusals/hostile.ts';
import { startWorld, type World } from './refusals/world.ts';

let started: World | undefined;

beforeAll(async () => {
  started = await startWorld();
}, 180_000);

afterAll(async () => {
  await started?.stop();
}, 60_000);

function world(): World {
  if (started === undefined) throw new Error('the platform did not start');
  return started;
}

describeEveryRoute(world);
describeHostile(world);
describeConflicts(world);
