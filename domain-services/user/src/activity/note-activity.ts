import { userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { type Kysely, sql } from '@cloudphone/postgres';
import type { UserTables } from '../schema.ts';
import { onlyPlatform } from '../sessions/on-behalf.ts';

/** Less than so long after the last note nothing is written. */
const COARSE_SECONDS = 30;

/** Writes down that people were here. No event tells of it: who asks is answered for that moment. */
export async function noteActivity(
  db: Kysely<UserTables>,
  userIds: readonly string[],
  at: Date,
): Promise<void> {
  const coarse = sql`interval '1 second' * ${COARSE_SECONDS}`;
  // In order of id, so that two who write down the same people never wait for each other in a ring.
  await sql`
    insert into activity (person_id, seen_at)
    select people.id, ${at} from people
    left join activity on activity.person_id = people.id
    where people.id = any(${[...new Set(userIds)]}::uuid[])
      and (activity.seen_at is null or activity.seen_at < ${at}::timestamptz - ${coarse})
    order by people.id
    on conflict (person_id) do update set seen_at = greatest(activity.seen_at, excluded.seen_at)
  `.execute(db);
}

export function noteActivityRoute({ postgres, clock }: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.noteActivity, async ({ body, identity }) => {
    onlyPlatform(identity);
    await noteActivity(postgres.db, body.userIds, new Date(clock.now()));
    return { body: { noted: body.userIds.length } };
  });
}
