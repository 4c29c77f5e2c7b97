import type { NewEvent } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { unchanged } from '@cloudphone/event-log';
import { type Kysely, sql, type Transaction } from '@cloudphone/postgres';
import { continueTrace, randomId, runInRequestContext } from '@cloudphone/runtime';
import { accountFacts } from '../people/account-facts.ts';
import type { UserTables } from '../schema.ts';

const RESET_TTL_MS = 30 * 60_000;
const HOUR_MS = 3_600_000;
/** Messages an hour that strangers can have sent to one person. */
const MAX_PER_HOUR = 3;

/**
 * Resets that were asked for. Asking writes the e-mail address down, whoever has it or nobody, and
 * is all that a stranger waits for; who has it, and whether they are told, is found out afterwards.
 */
export interface ResetRequests {
  /** Writes it down with the transaction, or at once. */
  add(db: Kysely<UserTables>, email: string): Promise<void>;
  /** Has what is written down looked at soon, behind the caller's back. */
  wake(): void;
  /** Looks at all of it now. */
  drain(): Promise<void>;
}

export function createResetRequests(tools: ServiceTools<UserTables>): ResetRequests {
  const { postgres, writer, clock, logger } = tools;
  let underWay: Promise<void> | undefined;
  let isAskedAgain = false;

  const drainAll = async (): Promise<void> => {
    while ((await takeOne()) === 'taken');
  };
  // Whoever asked for the first is not the actor of what others asked for.
  const drain = () =>
    runInRequestContext({ traceparent: continueTrace(undefined) }, () => drainAll());

  /** A crash before the commit leaves the request where it was. */
  const takeOne = async (): Promise<'taken' | 'none'> => {
    const isDue = await postgres.db
      .selectFrom('reset_requests')
      .select('email')
      .limit(1)
      .executeTakeFirst();
    if (isDue === undefined) return 'none';
    const { result } = await writer.write(async (tx) => {
      const { rows } = await sql<{ email: string }>`
        with oldest as materialized (
          select email from reset_requests order by requested_at limit 1 for update skip locked
        )
        delete from reset_requests using oldest where reset_requests.email = oldest.email
        returning reset_requests.email`.execute(tx);
      const email = rows[0]?.email;
      if (email === undefined) return unchanged('none' as const);
      const event = await openReset(tx, email, clock.now());
      return event === undefined
        ? unchanged('taken' as const)
        : { result: 'taken' as const, events: [event] };
    });
    return result;
  };

  const wake = (): void => {
    if (underWay !== undefined) {
      isAskedAgain = true;
      return;
    }
    underWay = drain()
      .catch((err: unknown) => logger.warn({ err }, 'resets that were asked for wait'))
      .finally(() => {
        underWay = undefined;
        if (!isAskedAgain) return;
        isAskedAgain = false;
        wake();
      });
  };

  return {
    add: async (db, email) => {
      await db
        .insertInto('reset_requests')
        .values({ email: email.toLowerCase(), requested_at: new Date(clock.now()) })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
    wake,
    drain,
  };
}

/** Undefined when nobody has the address, they are suspended, or were told often enough. */
async function openReset(
  tx: Transaction<UserTables>,
  email: string,
  nowMs: number,
): Promise<NewEvent | undefined> {
  const person = await tx
    .selectFrom('people')
    .selectAll()
    .where(sql<string>`lower(email)`, '=', email)
    .where('status', '=', 'active')
    .forShare()
    .executeTakeFirst();
  if (person === undefined) return undefined;
  const recent = await tx
    .selectFrom('password_resets')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('person_id', '=', person.id)
    .where('requested_at', '>', new Date(nowMs - HOUR_MS))
    .executeTakeFirstOrThrow();
  if (Number(recent.count) >= MAX_PER_HOUR) return undefined;
  const resetId = randomId();
  const at = new Date(nowMs);
  const expiresAt = new Date(nowMs + RESET_TTL_MS);
  await tx
    .insertInto('password_resets')
    .values({
      id: resetId,
      person_id: person.id,
      requested_at: at,
      expires_at: expiresAt,
      used_at: null,
    })
    .execute();
  return {
    type: 'user.password_reset_requested',
    data: { ...accountFacts(person, at), resetId, expiresAt: expiresAt.toISOString() },
  };
}

/** Deletes resets of yesterday, used or not. */
export async function forgetResets({ postgres, clock }: ServiceTools<UserTables>): Promise<void> {
  await postgres.db
    .deleteFrom('password_resets')
    .where('expires_at', '<', new Date(clock.now() - 24 * HOUR_MS))
    .execute();
}
