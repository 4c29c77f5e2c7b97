import type { EventEnvelope } from '@cloudphone/contracts';
import { type Kysely, sql, type Transaction } from '@cloudphone/postgres';
import { letterSettled } from '../dead-letters/letter-events.ts';
import type { DeadLetterState, EventLogTables } from '../tables.ts';
import { checkHolder } from './follower-table.ts';
import {
  commitFor,
  type Failure,
  letterOf,
  type RowWork,
  runReactions,
  tryAgain,
} from './row-work.ts';

interface Letter {
  readonly seq: number;
  readonly key: string;
  readonly state: DeadLetterState;
  readonly envelope: EventEnvelope;
}

type Tables = Kysely<EventLogTables>;

/** Processes that may die of one replay before it counts as failed. */
const MAX_DELIVERIES = 5;

/** Keys with something to be done: judged by an operator, or left behind by a process that ended. */
export async function findUnsettledKeys(
  db: Tables,
  group: string,
  options: { readonly withLeftBehind: boolean },
): Promise<readonly string[]> {
  const { rows } = options.withLeftBehind
    ? await sql<{ key: string }>`
        select key from parked where follower_group = ${group} group by key
        having not bool_or(state = 'parked') or bool_or(state in ('replaying', 'discarding'))`.execute(
        db,
      )
    : await sql<{ key: string }>`
        select distinct key from parked
        where follower_group = ${group} and state in ('replaying', 'discarding')`.execute(db);
  return rows.map(({ key }) => key);
}

/**
 * Does what was decided about a key's dead letters, in their order: gives up those that were
 * discarded, handles the one that is replayed and then those that it held up, until none is left or
 * one has to be parked again. To be run in the key's lane, so that no new event of it comes between.
 * Each is handled in the transaction that deletes it: once, whatever happens. Rejects as handleRow.
 */
export async function settleKey<Schema extends EventLogTables>(
  work: RowWork<Schema>,
  key: string,
): Promise<void> {
  const db = work.postgres.db as unknown as Tables;
  for (;;) {
    if (work.signal.aborted) return;
    const letter = await findNext(db, work.holder.group, key);
    if (letter === undefined || letter.state === 'parked') return;
    const isOver =
      letter.state === 'discarding' ? await giveUp(work, letter) : await replay(work, letter);
    if (!isOver) return;
  }
}

/** Those to be discarded come first: they are in nobody's way. */
async function findNext(db: Tables, group: string, key: string): Promise<Letter | undefined> {
  const { rows } = await sql<Omit<Letter, 'envelope'> & { row: { envelope: EventEnvelope } }>`
    select seq, key, state, row from parked where follower_group = ${group} and key = ${key}
    order by state <> 'discarding', seq limit 1`.execute(db);
  const [found] = rows;
  return found && { ...found, envelope: found.row.envelope };
}

async function giveUp<Schema extends EventLogTables>(
  work: RowWork<Schema>,
  letter: Letter,
): Promise<boolean> {
  await commitFor(work, letter.envelope, async (tx) => {
    const isMine = await takeOut(work, tx as unknown as Transaction<EventLogTables>, letter);
    return { result: undefined, events: isMine ? settled(work, letter, 'discarded') : [] };
  });
  return true;
}

/** False when it had to be parked again, or when the group stops. */
async function replay<Schema extends EventLogTables>(
  work: RowWork<Schema>,
  letter: Letter,
): Promise<boolean> {
  const begun = await countReplay(work, letter);
  if (begun > MAX_DELIVERIES) {
    const attempts = begun - 1;
    const reason = `it was begun with ${attempts} times and never finished`;
    await parkAgain(work, letter, { code: 'internal', reason, attempts });
    return false;
  }
  const tried = await tryAgain(work, () =>
    commitFor(work, letter.envelope, async (tx) => {
      const isMine = await takeOut(work, tx as unknown as Transaction<EventLogTables>, letter);
      if (!isMine) return { result: undefined, events: [] };
      const events = await runReactions(work, letter.envelope, tx);
      return { result: undefined, events: [...events, ...settled(work, letter, 'handled')] };
    }),
  );
  if (tried === undefined) return false;
  if ('result' in tried) return true;
  await parkAgain(work, letter, tried.failure);
  return false;
}

async function takeOut<Schema extends EventLogTables>(
  { holder }: RowWork<Schema>,
  tables: Transaction<EventLogTables>,
  { seq }: Letter,
): Promise<boolean> {
  await checkHolder(tables, holder);
  const deleted = await tables.deleteFrom('parked').where('seq', '=', seq).executeTakeFirst();
  return deleted.numDeletedRows === 1n;
}

/** Committed before the replay begins, so that one which ends its process is counted. */
function countReplay<Schema extends EventLogTables>(
  work: RowWork<Schema>,
  { seq, envelope }: Letter,
): Promise<number> {
  return commitFor(work, envelope, async (tx) => {
    const tables = tx as unknown as Transaction<EventLogTables>;
    await checkHolder(tables, work.holder);
    const counted = await tables
      .updateTable('parked')
      .set({ deliveries: sql`deliveries + 1` })
      .where('seq', '=', seq)
      .returning('deliveries')
      .executeTakeFirst();
    return { result: counted?.deliveries ?? 0, events: [] };
  });
}

async function parkAgain<Schema extends EventLogTables>(
  work: RowWork<Schema>,
  letter: Letter,
  failure: Failure,
): Promise<void> {
  await commitFor(work, letter.envelope, async (tx) => {
    const tables = tx as unknown as Transaction<EventLogTables>;
    await checkHolder(tables, work.holder);
    const { error, attempts, events } = letterOf(work, letter, failure);
    const parked = await tables
      .updateTable('parked')
      .set({ state: 'parked', error, attempts: sql`attempts + ${attempts}`, deliveries: 0 })
      .where('seq', '=', letter.seq)
      .executeTakeFirst();
    return { result: undefined, events: parked.numUpdatedRows === 0n ? [] : events };
  });
}

function settled<Schema extends EventLogTables>(
  { service, clock }: RowWork<Schema>,
  { envelope, key }: Letter,
  outcome: 'handled' | 'discarded',
) {
  return letterSettled({ service, envelope, key, nowMs: clock.now() }, outcome);
}

/** Dead letters that nobody judged are given up a month after they were parked. */
export async function giveUpOldLetters(db: Tables, group: string): Promise<number> {
  const { numAffectedRows } = await sql`
    update parked set state = 'discarding'
    where follower_group = ${group} and state = 'parked'
      and parked_at < now() - interval '30 days'`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
