import { createFollower, defineReaction } from '@cloudphone/event-log';
import type { LedgerTables } from './ledger-tables.ts';
import { openEnds } from './settings.ts';

/**
 * A follower in a process of its own: it fails at the number POISON until that is repaired, and the
 * number DEADLY ends it.
 */
const { DATABASE_URL = '', REDIS_URL = '', POISON, DEADLY } = process.env;
const { shared, postgres, store } = openEnds({ databaseUrl: DATABASE_URL, redisUrl: REDIS_URL });

const hear = defineReaction<'user.updated', LedgerTables>({
  on: 'user.updated',
  name: 'hear',
  run: async ({ data: { id: key, version: number } }, tx) => {
    const repaired = await tx.selectFrom('repaired').select('number').execute();
    if (!repaired.some((row) => row.number === number)) {
      if (number === Number(DEADLY)) process.kill(process.pid, 'SIGKILL');
      if (number === Number(POISON)) throw new Error('cannot be handled');
    }
    await tx.insertInto('heard').values({ key, number }).execute();
    return [];
  },
});
const follower = createFollower<LedgerTables>({
  ...shared,
  group: 'ledger',
  postgres,
  store,
  reader: store,
  reactions: [hear],
});
await follower.start();
setInterval(() => undefined, 60_000);
