import { demoDevice, demoPerson, startTestService } from '@cloudphone/domain-service';
import { systemClock } from '@cloudphone/runtime';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import request from 'supertest';
import { expect, test } from 'vitest';
import { deviceService } from '../device-service.ts';
import { createSimulatedProvider } from '../provider/simulated-provider.ts';

test('owners are found once by any of their devices, in the order of their ids', async () => {
  const provider = createSimulatedProvider({ clock: systemClock, latencyMs: 0, script: {} });
  const redisUrl = (await testRedis()).url;
  const databaseUrl = await testPostgres().freshDatabase();
  const service = await startTestService(
    deviceService(provider),
    { databaseUrl, redisUrl },
    { seedPeople: 9 },
  );
  whenDone(service.close);
  const ask = async (query: string) =>
    (await request(service.url).get(`/segment/people?${query}`).set(service.as()).expect(200)).body
      .userIds as string[];
  const { db } = service.tools;
  const rows = await db.selectFrom('devices').selectAll().execute();
  const ownersOf = (fits: (row: (typeof rows)[number]) => boolean) =>
    [...new Set(rows.filter(fits).flatMap((row) => row.owner_id ?? []))].sort();
  expect(demoDevice(1, 1).owner.id).toBe(demoPerson(1).id);
  expect(await ask('')).toEqual(ownersOf(() => true));
  expect(await ask('isRunning=true')).toEqual(ownersOf(({ status }) => status === 'running'));
  const [after, before] = [new Date(), new Date(Date.now() + 20 * 86_400_000)];
  expect(
    await ask(`expiringAfter=${after.toISOString()}&expiringBefore=${before.toISOString()}`),
  ).toEqual(ownersOf(({ expires_at: at }) => at !== null && at >= after && at < before));
});
