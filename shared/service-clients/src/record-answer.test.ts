import { HEADERS } from '@cloudphone/contracts';
import { type ReadContext, runInReadContext, type SourceAnswer } from '@cloudphone/runtime';
import { whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import {
  type Answer,
  codeOf,
  json,
  OF_USER,
  QUOTA,
  testServices,
  USER_ID,
} from './testing/test-service.ts';

const { service } = testServices(whenDone);

describe('inside a view’s load', () => {
  const record = async (answer: Answer, known: 'quota' | 'campaigns' = 'quota') => {
    const told: unknown[] = [];
    const context: ReadContext = {
      view: 'home',
      beginCall: (knownTags) => {
        told.push({ begun: knownTags });
        return {
          answered: (source: SourceAnswer) => void told.push(source),
          failed: () => void told.push('failed'),
        };
      },
      minVersionOf: (tag) => (tag === `quota:${USER_ID}` ? 9 : undefined),
    };
    const { clients, asked, metrics } = await service(answer);
    const call = () =>
      known === 'quota' ? clients.user.getQuota(OF_USER) : clients.notification.listCampaigns();
    await codeOf(runInReadContext(context, call));
    return { told, asked, metrics };
  };
  const begun = { begun: [`quota:${USER_ID}`] };

  test('a call is recorded before it is sent, and with what its answer was built from', async () => {
    const headers = {
      [HEADERS.cacheTags]: `quota:${USER_ID};v=3, users`,
      [HEADERS.cacheUntil]: '2026-01-02T00:00:00.000Z',
    };
    const { told, asked, metrics } = await record(json(QUOTA, 200, headers));
    expect(told).toEqual([
      begun,
      {
        tags: [{ tag: `quota:${USER_ID}`, version: 3 }, { tag: 'users' }],
        changesAtMs: Date.UTC(2026, 0, 2),
      },
    ]);
    expect(asked[0]?.headers[HEADERS.minVersion]).toBe('9');
    expect(await metrics.text()).toContain('call="getQuota",view="home"} 1');
  });

  test('an absence that names its tags is an answer', async () => {
    const tags = { [HEADERS.cacheTags]: `quota:${USER_ID}` };
    const { told } = await record(json({ code: 'not_found' }, 404, tags));
    expect(told).toEqual([begun, { tags: [{ tag: `quota:${USER_ID}` }] }]);
  });

  test.each([
    ['a failure', json({}, 500)],
    ['an answer against the contract', json({}, 200, { [HEADERS.cacheTags]: 'users' })],
  ])('%s is none', async (_what, answer) => {
    expect((await record(answer)).told).toEqual([begun, 'failed']);
  });

  test.each([
    ['an answer', json({ items: [], nextCursor: null })],
    ['an absence', json({ code: 'not_found' }, 404)],
  ])(
    '%s that names nothing is recorded as one: a view made of it is not kept',
    async (_, answer) => {
      const { told } = await record(answer, 'campaigns');
      expect(told).toEqual([{ begun: undefined }, { tags: [] }]);
    },
  );
});
