import type { CampaignProgress, Upload } from '@cloudphone/contracts';
import { demoPerson } from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import request from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { startPeopleServices, type TestPeople } from '../fixtures/people-services.ts';
import { startNotifications, type TestNotifications } from '../fixtures/start-notifications.ts';

const people = Array.from({ length: 2_500 }, (_, index) => demoPerson(index + 1));
const [ada, bob, eve] = people as [(typeof people)[0], (typeof people)[0], (typeof people)[0]];
let service: TestNotifications;
let known: TestPeople;

beforeAll(async () => {
  known = await startPeopleServices(people);
  whenDone(() => known.close());
  service = await startNotifications(
    { databaseUrl: await testPostgres().freshDatabase(), redisUrl: (await testRedis()).url },
    { seedPeople: 2_500, serviceUrls: known.serviceUrls },
  );
  whenDone(() => service.close());
});

const send = (file: string | Buffer) =>
  request(service.url)
    .post('/notifications/uploads')
    .set({ ...service.as(), 'content-type': 'text/csv' })
    .send(file);
/** Sent again where the service that knows people did not answer in time: a refused one leaves nothing. */
const upload = async (file: string | Buffer): Promise<Upload> => {
  const { status, body } = await until(async () => {
    const answer = await send(file);
    return answer.status < 500 && answer;
  });
  expect(status).toBe(201);
  return body;
};
const refused = async (file: string | Buffer) => (await send(file).expect(422)).body.issues;
const storedRows = () =>
  service.tools.postgres.db.selectFrom('upload_people').selectAll().execute();

describe('an uploaded file of recipients', () => {
  it('names people by id, e-mail or user name, each once, with quotes, CRLF and a byte order mark', async () => {
    const file = [
      '\uFEFFuserId,email,username,deviceName',
      `${ada.id},,,"a ""quoted"", thing"`,
      `,${bob.email.toUpperCase()},,"two\r\nlines"`,
      `,,${eve.username},`,
      `,${ada.email},,again`,
    ].join('\r\n');
    const body = await upload(file);
    expect(body).toMatchObject({
      ...{ fields: ['deviceName'], rows: 4, accepted: 3, duplicates: 1, rejected: 0, issues: [] },
    });
    const rows = await service.tools.db
      .selectFrom('upload_people')
      .select(['user_id', 'fields'])
      .where('upload_id', '=', body.id)
      .execute();
    expect(Object.fromEntries(rows.map((row) => [row.user_id, row.fields]))).toEqual({
      [ada.id]: { deviceName: 'a "quoted", thing' },
      [bob.id]: { deviceName: 'two\r\nlines' },
      [eve.id]: null,
    });
    const again = await service.get(`/notifications/uploads/${body.id}`).expect(200);
    expect(again.body).toEqual(body);
    expect(again.headers['cache-tags']).toBe(`upload:${body.id}`);
  });

  it('reports every bad row with its line and goes on', async () => {
    const body = await upload(
      [
        'userId,email,amount',
        `${ada.id},,1`,
        'seven,,1',
        ',not an address,1',
        `${randomId()},,1`,
        ',,1',
        `${bob.id},1`,
        `${eve.id},,${'x'.repeat(2_001)}`,
        ',nobody@example.com,1',
        `${bob.id},,2`,
      ].join('\n'),
    );
    expect(body).toMatchObject({ rows: 9, accepted: 2, rejected: 7 });
    expect(body.issues.map(({ line }) => line)).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect(body.issues.map(({ message }) => message)).toEqual([
      '“seven” is no id',
      '“not an address” is no e-mail address',
      expect.stringMatching(/^nobody is “/),
      'names nobody',
      'has 2 cells, the header 3',
      'has a value over 2000 letters',
      'nobody is “nobody@example.com”',
    ]);
  });

  it('of thousands is stored whole, and says how many of its bad rows it lists', async () => {
    const rows = people.flatMap(({ id }) => [`${id},x`, 'nobody at all,x']);
    const body = await upload(['userId,deviceName', ...rows, `${ada.id},x`].join('\n'));
    expect(body).toMatchObject({ rows: 5_001, accepted: 2_500, duplicates: 1, rejected: 2_500 });
    expect(body.issues).toHaveLength(200);
    expect(body.issues[0]?.line).toBe(3);
  });

  it.each([
    ['empty', '', 'the file is empty'],
    ['a header alone', 'userId\n', 'the file has nobody in it'],
    ['no column that says who', 'name\nAda\n', 'needs a column userId, email or username'],
    ['a column twice', 'userId,a,a\n', 'names “a” twice'],
    ['a column that is ours', 'userId,userName\n', '“userName” is filled in from the recipient'],
    ['no variable', 'userId,a b\n', '“a b” is no name of a variable'],
    ['UTF-16', Buffer.from('userId\n', 'utf16le'), 'the file is not text in UTF-8'],
    ['Latin-1', Buffer.from('userId,a\n7,\xe9\n', 'latin1'), 'the file is not text in UTF-8'],
    ['an open quote', `userId,a\n${ada.id},"open`, expect.stringMatching(/quote is never closed/)],
    ['a huge line', `userId,a\n${'x'.repeat(30_000)}\n`, expect.stringMatching(/over 20000/)],
  ])('that is %s is refused, with nothing left behind', async (_what, file, message) => {
    const before = (await storedRows()).length;
    expect((await refused(file))[0].message).toEqual(message);
    expect(await storedRows()).toHaveLength(before);
  });

  it('is refused whole while the people cannot be looked up', async () => {
    const before = (await storedRows()).length;
    known.isDown = true;
    expect((await send(`userId\n${ada.id}\n`)).status).toBeGreaterThanOrEqual(500);
    known.isDown = false;
    expect(await storedRows()).toHaveLength(before);
  });

  it('fills in each recipient’s own message; a row that does not fit costs itself', async () => {
    const stop = await service.startWorker();
    whenDone(stop);
    const { id } = await upload(
      ['email,amount', `${ada.email},12`, `${bob.email},much`, `${eve.email},`].join('\n'),
    );
    const { body } = await service
      .post('/notifications/bulk', {
        audience: { csv: id },
        templateCode: 'billing.low_balance',
        data: { currency: 'CNY' },
      })
      .expect(202);
    expect(body).toMatchObject({ totalUsers: null, status: 'preparing' });
    const done = await until(async () => {
      const progress = (await service.get(`/notifications/bulk/${body.batchId}`).expect(200))
        .body as CampaignProgress;
      return progress.status === 'completed' ? progress : undefined;
    });
    expect(done).toMatchObject({ totalUsers: 3, successCount: 1, failureCount: 2 });
    const [message] = await service.tools.db
      .selectFrom('notifications')
      .select(['user_id', 'body'])
      .where('batch_id', '=', body.batchId)
      .execute();
    expect(message?.user_id).toBe(ada.id);
    expect(message?.body).toMatch(/0\.12|12/);
    // From then on its recipients are told by its row's mirror alone.
    await until(() =>
      service.tools.db
        .selectFrom('campaigns')
        .select('result')
        .where('batch_id', '=', body.batchId)
        .where('result', 'is not', null)
        .executeTakeFirst(),
    );
    const { body: listed } = await service
      .get(`/notifications/bulk/${body.batchId}/recipients?status=failed`)
      .expect(200);
    expect(
      listed.items
        .map((one: { userId: string; detail: string }) => [one.userId, one.detail])
        .sort(),
    ).toEqual(
      [
        [bob.id, 'amount must be a number'],
        [eve.id, 'amount is missing'],
      ].sort(),
    );
  });
});
