import type { CampaignProgress } from '@cloudphone/contracts';
import { demoPerson } from '@cloudphone/domain-service';
import { freePort, testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { expect, it } from 'vitest';
import { startNotifications } from '../fixtures/start-notifications.ts';

const PEOPLE = 300;

async function startWithSmtp(options: SMTPServerOptions) {
  const accepted: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, session, callback) => {
      stream.resume();
      stream.on('end', () => {
        accepted.push(...session.envelope.rcptTo.map(({ address }) => address));
        callback();
      });
    },
    ...options,
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  whenDone(() => new Promise((resolve) => server.close(() => resolve())));
  const redis = await testRedis();
  const service = await startNotifications(
    { databaseUrl: await testPostgres().freshDatabase(), redisUrl: redis.url },
    { seedPeople: PEOPLE, smtpUrl: `smtp://127.0.0.1:${port}` },
  );
  whenDone(() => service.close());
  const { body } = await service
    .post('/notifications/bulk', {
      userIds: Array.from({ length: PEOPLE }, (_, index) => demoPerson(index + 1).id),
      templateCode: 'user.registered',
      channels: ['email'],
    })
    .expect(202);
  const batchId: string = body.batchId;
  const progress = async (): Promise<CampaignProgress> =>
    (await service.get(`/notifications/bulk/${batchId}`).expect(200)).body;
  const ended = () =>
    until(
      async () => {
        const now = await progress();
        return now.status === 'completed' && now.processedUsers === PEOPLE && now;
      },
      { what: 'the end of the campaign', timeoutMs: 40_000, everyMs: 50 },
    );
  return { service, redis, batchId, accepted, progress, ended };
}

it('a channel that cannot tell a repeat sends nobody a second message when redis forgets', async () => {
  const { service, redis, accepted, progress, ended } = await startWithSmtp({});
  whenDone(await service.startWorker());
  await until(async () => (await progress()).processedUsers >= 20);
  await redis.restart();
  const end = await ended();
  expect(new Set(accepted).size).toBe(accepted.length);
  expect(end).toMatchObject({ status: 'completed', failureCount: 0 });
  expect(end.successCount + end.unknownCount).toBe(PEOPLE);
  // Whoever is called sent was; whoever is unknown may have been.
  expect(end.successCount).toBeLessThanOrEqual(accepted.length);
  // Groups that one worker had begun, of ten each.
  expect(end.unknownCount).toBeLessThanOrEqual(30);
}, 60_000);

it('one bad recipient costs one recipient, and those refused for now are tried again', async () => {
  const bad = `${demoPerson(7).username}@example.com`;
  const busy = `${demoPerson(8).username}@example.com`;
  let refusals = 0;
  const refusal = (responseCode: number) => Object.assign(new Error('no'), { responseCode });
  const { service, accepted, batchId, ended } = await startWithSmtp({
    onRcptTo: ({ address }, _session, callback) => {
      if (address === bad) return callback(refusal(550));
      if (address === busy && refusals++ === 0) return callback(refusal(451));
      return callback();
    },
  });
  whenDone(await service.startWorker());
  expect(await ended()).toMatchObject({ successCount: PEOPLE - 1, failureCount: 1 });
  expect(new Set(accepted).size).toBe(PEOPLE - 1);
  expect(accepted).toHaveLength(PEOPLE - 1);
  expect(accepted).toContain(busy);
  const problems = await service.tools.db
    .selectFrom('delivery_problems')
    .select(['user_id', 'state', 'code', 'attempts'])
    .where('batch_id', '=', batchId)
    .execute();
  expect(problems).toEqual([
    { user_id: demoPerson(7).id, state: 'failed', code: 'smtp_550', attempts: 1 },
  ]);
}, 60_000);
