import { createHash } from 'node:crypto';
import type { ServiceTools } from '@cloudphone/domain-service';
import { appError } from '@cloudphone/errors';
import { type Kysely, sql } from '@cloudphone/postgres';
import { randomId } from '@cloudphone/runtime';
import type { AttemptKind, AttemptOutcome, UserTables } from '../schema.ts';
import { LOOK_BACK_MS, nextTryAtMs } from './log-in-pace.ts';

const DAY_MS = 24 * 3_600_000;
const QUARTER_MS = 15 * 60_000;
/** For how long a place that an account was opened from is known. */
const KNOWN_MS = 30 * DAY_MS;
const MAX_LOOKED_AT = 500;
/** Failed log-ins of one place, whatever the accounts, before strangers' wait there. */
const PLACE_FAILURES = 100;
const PLACE_WAIT_MS = 60_000;
const CONFIRM_FAILURES = 10;

const PER_ADDRESS: Readonly<Record<'register' | 'reset_request' | 'reset', number>> = {
  register: 100,
  reset_request: 30,
  reset: 30,
};

/**
 * Tries at what may be guessed, counted in the database before anything is compared: a thousand at
 * once are a thousand, however many replicas there are. Rows that no answer ever shows.
 */
export interface Attempts {
  /** Throws rate_limited, with how long to wait. Resolves to the try's id; `settle` it. */
  beginLogIn(username: string, address: string | undefined): Promise<string>;
  /** The same for somebody logged in who is asked for their password or code once more. */
  beginConfirmation(userId: string): Promise<string>;
  /** What a stranger may do so often in a quarter of an hour, whatever comes of it. */
  admit(kind: keyof typeof PER_ADDRESS, address: string | undefined): Promise<void>;
  settle(db: Kysely<UserTables>, id: string, outcome: AttemptOutcome): Promise<void>;
  /** As if it had not been: what was asked was neither right nor wrong. */
  drop(db: Kysely<UserTables>, id: string): Promise<void>;
}

export function createAttempts({ postgres, clock }: ServiceTools<UserTables>): Attempts {
  /** One account's, or one place's, tries are looked at one after the other. */
  const inTurn = <Result>(lock: string, run: (tx: Kysely<UserTables>) => Promise<Result>) =>
    postgres.db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(hashtextextended(${lock}, 7))`.execute(tx);
      return run(tx);
    });
  const begin = async (
    tx: Kysely<UserTables>,
    tried: { kind: AttemptKind; account: Buffer; address: Buffer; outcome?: AttemptOutcome },
  ): Promise<string> => {
    const id = randomId();
    const at = new Date(clock.now());
    await tx
      .insertInto('attempts')
      .values({ id, at, outcome: 'pending', ...tried })
      .execute();
    return id;
  };
  const failuresOf = async (
    tx: Kysely<UserTables>,
    by: { kind: AttemptKind; account: Buffer } | { kind: AttemptKind; address: Buffer },
  ) => {
    const found = await tx
      .selectFrom('attempts')
      .select(({ fn }) => [fn.countAll<string>().as('count'), fn.max('at').as('last')])
      .where('kind', '=', by.kind)
      .where((is) =>
        'account' in by ? is('account', '=', by.account) : is('address', '=', by.address),
      )
      .where(
        'outcome',
        '!=',
        by.kind === 'log_in' || by.kind === 'confirm' ? 'succeeded' : 'failed',
      )
      .where('at', '>', new Date(clock.now() - QUARTER_MS))
      .executeTakeFirstOrThrow();
    return { count: Number(found.count), lastMs: found.last?.getTime() ?? 0 };
  };

  return {
    beginLogIn: (username, from) => {
      const account = hashOf(username.trim().toLowerCase());
      const address = hashOf(from ?? '');
      return inTurn(`log-in:${account.toString('hex')}`, async (tx) => {
        const nowMs = clock.now();
        const rows = await tx
          .selectFrom('attempts')
          .select(['address', 'outcome', 'at'])
          .where('kind', '=', 'log_in')
          .where('account', '=', account)
          .where('at', '>', new Date(nowMs - KNOWN_MS))
          .where((is) =>
            is.or([is('at', '>', new Date(nowMs - LOOK_BACK_MS)), is('outcome', '=', 'succeeded')]),
          )
          .orderBy('at', 'desc')
          .limit(MAX_LOOKED_AT)
          .execute();
        const earlier = rows.map((row) => ({
          isFromHere: row.address.equals(address),
          outcome: row.outcome,
          atMs: row.at.getTime(),
        }));
        const isKnownHere = earlier.some(
          ({ isFromHere, outcome }) => isFromHere && outcome === 'succeeded',
        );
        refuseUntil(nextTryAtMs(earlier, { isKnownHere, nowMs }), nowMs);
        if (!isKnownHere) {
          const place = await failuresOf(tx, { kind: 'log_in', address });
          refuseUntil(place.count < PLACE_FAILURES ? 0 : place.lastMs + PLACE_WAIT_MS, nowMs);
        }
        return begin(tx, { kind: 'log_in', account, address });
      });
    },
    beginConfirmation: (userId) => {
      const account = hashOf(userId);
      return inTurn(`confirm:${userId}`, async (tx) => {
        const nowMs = clock.now();
        const { count, lastMs } = await failuresOf(tx, { kind: 'confirm', account });
        refuseUntil(count < CONFIRM_FAILURES ? 0 : lastMs + PLACE_WAIT_MS, nowMs);
        return begin(tx, { kind: 'confirm', account, address: hashOf('') });
      });
    },
    admit: (kind, from) => {
      const address = hashOf(from ?? '');
      return inTurn(`${kind}:${address.toString('hex')}`, async (tx) => {
        const nowMs = clock.now();
        const { count } = await failuresOf(tx, { kind, address });
        refuseUntil(count < PER_ADDRESS[kind] ? 0 : nowMs + PLACE_WAIT_MS, nowMs);
        await begin(tx, { kind, account: address, address, outcome: 'succeeded' });
      });
    },
    settle: async (db, id, outcome) => {
      await db.updateTable('attempts').set({ outcome }).where('id', '=', id).execute();
      if (outcome === 'succeeded') await forgetEarlierSuccesses(db, id);
    },
    drop: async (db, id) => {
      await db.deleteFrom('attempts').where('id', '=', id).execute();
    },
  };
}

/** One success of an account at a place is enough to know the place. */
async function forgetEarlierSuccesses(db: Kysely<UserTables>, id: string): Promise<void> {
  await sql`
    delete from attempts using attempts as this
    where this.id = ${id} and attempts.id <> this.id and attempts.outcome = 'succeeded'
      and (attempts.kind, attempts.account, attempts.address)
        = (this.kind, this.account, this.address)`.execute(db);
}

/** The hash that an account's tries are kept under. */
export function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Failures are of use for a day, successes for as long as their place is known. */
export async function forgetAttempts({ postgres, clock }: ServiceTools<UserTables>): Promise<void> {
  await postgres.db
    .deleteFrom('attempts')
    .where((is) =>
      is.or([
        is('at', '<', new Date(clock.now() - KNOWN_MS)),
        is.and([
          is('at', '<', new Date(clock.now() - DAY_MS)),
          is.or([is('outcome', '!=', 'succeeded'), is('kind', '!=', 'log_in')]),
        ]),
      ]),
    )
    .execute();
}

function refuseUntil(atMs: number, nowMs: number): void {
  if (atMs <= nowMs) return;
  throw appError('rate_limited', {
    detail: 'That was tried too often; wait before the next try.',
    retryAfterMs: atMs - nowMs,
  });
}
