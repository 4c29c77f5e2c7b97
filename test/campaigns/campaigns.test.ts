import { expect, test } from 'vitest';
import { SCENARIOS } from './scenarios.ts';

/**
 * The short form of `npm run test:campaigns`, which has more scenarios: real processes, a provider
 * that logs every accept.
 */
const SHORT = { projectDir: process.cwd(), recipients: 1_500, seed: 1, redisAwayMs: 5_000 };

test.each([
  ['everybody gets it once while workers are killed, where the provider takes keys', 'kill-keyed'],
  ['nobody gets it twice, and every doubt is listed, where it takes none', 'kill-unkeyed'],
  ['a redis that lost everything costs nobody a second message', 'redis-lost-unkeyed'],
])(
  '%s',
  async (_, name) => {
    const verdict = await SCENARIOS[name]?.(SHORT);
    expect(verdict?.findings).toEqual([]);
  },
  300_000,
);
