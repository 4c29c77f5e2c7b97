import { HEADERS, parseCacheTags } from '@cloudphone/contracts';
import { startTestService, type TestService } from '@cloudphone/domain-service';
import { sql } from '@cloudphone/postgres';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import request from 'supertest';
import { beforeAll, describe, expect, test } from 'vitest';
import { createBillingService } from '../billing-service.ts';
import { createSimulatedPayments } from '../payments/simulated-payments.ts';
import type { BillingTables } from '../schema.ts';
import { reportSpan } from './report-periods.ts';

const DAY_MS = 86_400_000;
let service: TestService<BillingTables>;
beforeAll(async () => {
  const redis = await testRedis();
  service = await startTestService(
    createBillingService({ payments: createSimulatedPayments() }),
    { databaseUrl: await testPostgres().freshDatabase(), redisUrl: redis.url },
    { seedPeople: 12 },
  );
  whenDone(service.close);
});

const get = (path: string) => request(service.url).get(path).set(service.as());
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const from = () => dayOf(Date.now() - 60 * DAY_MS);
const to = () => dayOf(Date.now() + DAY_MS);

describe('the periods of a report', () => {
  const NOW = Date.UTC(2026, 1, 11, 5);

  test('are the thirty days that end today, unless told, and move at midnight', () => {
    const span = reportSpan({ groupBy: 'day' }, NOW);
    expect(span).toMatchObject({ from: '2026-01-13', to: '2026-02-12' });
    expect(span.periods).toHaveLength(30);
    expect(span.movesAtMs).toBe(Date.UTC(2026, 1, 12));
  });

  test('are weeks from Monday and calendar months, cut at both ends, without holes', () => {
    const days = { from: '2026-01-28', to: '2026-02-11' };
    const starts = (groupBy: 'week' | 'month') =>
      reportSpan({ ...days, groupBy }, NOW).periods.map((period) => period.from);
    expect(starts('week')).toEqual(['2026-01-28', '2026-02-02', '2026-02-09']);
    expect(starts('month')).toEqual(['2026-01-28', '2026-02-01']);
  });
});

describe('reports', () => {
  test.each(['day', 'week', 'month'])(
    'of revenue by %s add up to what the ledger says',
    async (by) => {
      const { body, headers } = await get(
        `/reports/revenue?from=${from()}&to=${to()}&groupBy=${by}`,
      ).expect(200);
      const { rows } = await sql<{ sum: number }>`
      select sum(amount)::bigint as sum from ledger_entries where account_id = 'revenue'`.execute(
        service.tools.postgres.db,
      );
      expect(body.total.net.amount).toBe(rows[0]?.sum);
      expect(body.total.refunds.amount).toBeGreaterThan(0);
      const nets = body.series.map((one: { net: { amount: number } }) => one.net.amount);
      expect(nets.reduce((sum: number, net: number) => sum + net, 0)).toBe(rows[0]?.sum);
      expect(parseCacheTags(headers[HEADERS.cacheTags] ?? '')).toEqual([
        { tag: 'orders' },
        { tag: 'usage' },
      ]);
    },
  );

  test('of usage count a device that was used in two periods once in the whole', async () => {
    const { body } = await get(`/reports/usage?from=${from()}&to=${to()}`).expect(200);
    const { rows } = await sql<{ minutes: number; devices: number }>`
      select coalesce(sum(minutes), 0)::bigint as minutes, count(distinct device_id)::integer as devices
      from usage_records`.execute(service.tools.postgres.db);
    expect(body.total).toMatchObject({ ...rows[0] });
    const minutes = body.series.map((one: { minutes: number }) => one.minutes);
    expect(minutes.reduce((sum: number, of: number) => sum + of, 0)).toBe(rows[0]?.minutes);
  });

  test('without days change by themselves at midnight; odd days are refused', async () => {
    const { headers } = await get('/reports/usage').expect(200);
    expect(Date.parse(headers[HEADERS.cacheUntil] ?? '') % DAY_MS).toBe(0);
    await get('/reports/usage?from=2026-02-01&to=2026-02-01').expect(422);
    await get('/reports/usage?from=1990-01-01&to=2026-02-01').expect(422);
    await get('/reports/usage?from=yesterday').expect(422);
  });
});
