import { tags, userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import type { UserTables } from '../schema.ts';

const DAY_MS = 24 * 3_600_000;

/** How many people there are; “today” is the UTC day, so the answer changes at midnight by itself. */
export function getUserCountsRoute({ db, clock }: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.getUserCounts, async () => {
    const midnightMs = Math.floor(clock.now() / DAY_MS) * DAY_MS;
    const counts = await db
      .selectFrom('people')
      .select(({ fn }) => [
        fn.countAll<string>().as('total'),
        fn.countAll<string>().filterWhere('status', '=', 'active').as('active'),
        fn.countAll<string>().filterWhere('status', '=', 'suspended').as('suspended'),
        fn.countAll<string>().filterWhere('created_at', '>=', new Date(midnightMs)).as('newToday'),
      ])
      .executeTakeFirstOrThrow();
    return {
      body: {
        total: Number(counts.total),
        active: Number(counts.active),
        suspended: Number(counts.suspended),
        newToday: Number(counts.newToday),
      },
      tags: [{ tag: tags.users() }],
      changesAtMs: midnightMs + DAY_MS,
    };
  });
}
