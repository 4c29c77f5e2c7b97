import { describe, expect, test } from 'vitest';
import { createAfterWrite } from './after-write.ts';
import { readToken } from './read-token.ts';

const EVENT = '0192f0c1-2345-7abc-8def-0123456789ab';
const tailThatKnows = (known: string | undefined) => ({
  waitForEvent: async (eventId: string) => (eventId === known ? { epoch: 'e', seq: 7 } : undefined),
});

describe('the token of a write', () => {
  test('is the position of its last event', async () => {
    const { tokenOf } = createAfterWrite(tailThatKnows(EVENT));
    expect(await tokenOf(['other', EVENT])).toBe('e.7');
  });

  test('names the event while the log does not have it', async () => {
    const { tokenOf } = createAfterWrite(tailThatKnows(undefined));
    expect(await tokenOf([EVENT])).toBe(`id:${EVENT}`);
  });

  test('is none when nothing happened', async () => {
    const { reply } = createAfterWrite(tailThatKnows(EVENT));
    expect(await reply({ answer: { version: 3 }, eventIds: [] })).toEqual({
      body: { version: 3 },
      headers: {},
      etagVersion: 3,
    });
  });
});

describe('a token that is presented', () => {
  test('asks for nothing older than its position', async () => {
    const token = { kind: 'position', position: { epoch: 'e', seq: 3 } } as const;
    expect(await readToken(token, tailThatKnows(undefined))).toEqual({ epoch: 'e', seq: 3 });
  });

  test('of an event asks past all caches until this node knows the event', async () => {
    const token = { kind: 'event', eventId: EVENT } as const;
    expect(await readToken(token, tailThatKnows(undefined))).toBe('bypass');
    expect(await readToken(token, tailThatKnows(EVENT))).toEqual({ epoch: 'e', seq: 7 });
  });
});
