import type { Person } from '@cloudphone/contracts';
import { demoPerson, startTestService } from '@cloudphone/domain-service';
import type { EventLogTables } from '@cloudphone/event-log';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { expect, it } from 'vitest';
import { startNotifications } from '../fixtures/start-notifications.ts';

const personAt = (version: number, name: string): Person => {
  const { id, username, email, tenantId, locale, timeZone } = demoPerson(900);
  const at = new Date(0).toISOString();
  return {
    ...{ id, username, email, tenantId, locale, timeZone, name, version },
    status: 'active',
    roles: ['customer'],
    createdAt: at,
    updatedAt: at,
  };
};

it('contacts follow the user service, and an older version changes nothing', async () => {
  const redisUrl = (await testRedis()).url;
  const service = await startNotifications({
    databaseUrl: await testPostgres().freshDatabase(),
    redisUrl,
  });
  whenDone(() => service.close());
  const users = await startTestService<EventLogTables>(
    { name: 'user', migrations: [], routes: () => [] },
    { databaseUrl: await testPostgres().freshDatabase(), redisUrl },
  );
  whenDone(() => users.close());
  const publish = (type: 'user.created' | 'user.updated', data: Person) =>
    users.tools.writer.write(async () => ({ result: undefined, events: [{ type, data }] }));
  const nameOf = async (userId: string) => {
    const { db } = service.tools;
    const query = db.selectFrom('contacts').select('name').where('user_id', '=', userId);
    return (await query.executeTakeFirst())?.name;
  };

  const told = [
    await publish('user.created', personAt(1, 'First')),
    await publish('user.updated', personAt(3, 'Third')),
    await publish('user.updated', personAt(2, 'Second')),
  ].flatMap(({ eventIds }) => eventIds);
  const unhandled = async () => {
    const rows = await service.tools.db.selectFrom('inbox').select('event_id').execute();
    return told.filter((id) => !rows.some((row) => row.event_id === id));
  };
  await until(async () => (await unhandled()).length === 0, { what: 'all three handled' });
  expect(await nameOf(demoPerson(900).id)).toBe('Third');
});
