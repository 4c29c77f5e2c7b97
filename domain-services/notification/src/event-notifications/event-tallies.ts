import { sql, type Transaction } from '@cloudphone/postgres';
import type { NotificationTables } from '../schema.ts';

/** Which such event this is within an hour of the first; after that counting begins anew. */
export async function countInAnHour(
  tx: Transaction<NotificationTables>,
  subject: string,
  time: string,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    insert into event_tallies as tally (subject, began_at, count)
    values (${subject}, ${time}::timestamptz, 1)
    on conflict (subject) do update set
      count = case when tally.began_at > excluded.began_at - interval '1 hour'
        then tally.count + 1 else 1 end,
      began_at = case when tally.began_at > excluded.began_at - interval '1 hour'
        then tally.began_at else excluded.began_at end
    returning count`.execute(tx);
  return rows[0]?.count ?? 1;
}
