import type { IncomingMessage } from 'node:http';
import { SYSTEM_IDENTITY } from '@cloudphone/contracts';
import { createLifecycle, createManualClock, silentLogger } from '@cloudphone/runtime';
import { expect, test } from 'vitest';
import { createActivityNotes } from './note-activity.ts';

test('who was here is told once a minute, each once, and nobody when nobody was', async () => {
  const told: (readonly string[])[] = [];
  const clock = createManualClock();
  const lifecycle = createLifecycle(silentLogger);
  const noteActivity = async (input: { body: { userIds: string[] } }) => {
    told.push(input.body.userIds);
    if (told.length === 1) throw new Error('the service is away');
    return { answer: { noted: 1 }, eventIds: [] };
  };
  const notes = createActivityNotes({
    services: { user: { noteActivity } },
    logger: silentLogger,
    lifecycle,
    clock,
  });
  const as = (userId: string | undefined) =>
    notes.watch(async () => (userId === undefined ? undefined : { ...SYSTEM_IDENTITY, userId }));
  const req = {} as IncomingMessage;
  for (const userId of ['ada', 'ada', undefined, 'alan']) await as(userId)(req);
  clock.turn(59_999);
  expect(told).toEqual([]);
  clock.turn(1);
  expect(told).toEqual([['ada', 'alan']]);
  clock.turn(60_000);
  await as('ada')(req);
  clock.turn(60_000);
  expect(told).toEqual([['ada', 'alan'], ['ada']]);
  await lifecycle.close();
  await as('ada')(req);
  clock.turn(60_000);
  expect(told).toHaveLength(2);
});
