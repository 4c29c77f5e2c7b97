import type { EventEnvelope } from '@cloudphone/contracts';
import type { Transaction } from '@cloudphone/postgres';
import { keyOfEnvelope, type LogRow } from '../log-row.ts';
import type { DeadLetterState, EventLogTables } from '../tables.ts';
import { enterInbox } from './follower-table.ts';
import {
  commitFor,
  type Failure,
  letterOf,
  type RowWork,
  runReactions,
  tryAgain,
} from './row-work.ts';

/** `held`: earlier ones of its key are parked, so it waits behind them. */
export type Outcome = 'handled' | 'parked' | 'held';

/**
 * Runs an event's reactions in one transaction with the inbox entry and the events that follow from
 * them. What the event itself cannot do is tried three times, then parked, together with its inbox
 * entry. Undefined when the group stops first. Rejects for what is not the event's fault.
 */
export async function handleRow<Schema extends EventLogTables>(
  work: RowWork<Schema>,
  row: LogRow,
): Promise<Outcome | undefined> {
  const tried = await tryAgain(work, () => react(work, row));
  if (tried === undefined) return undefined;
  return 'result' in tried ? tried.result : await parkRow(work, row, tried.failure);
}

function react<Schema extends EventLogTables>(
  work: RowWork<Schema>,
  row: LogRow,
): Promise<Outcome> {
  const { envelope } = row;
  const key = keyOfEnvelope(envelope);
  return commitFor<Schema, Outcome>(work, envelope, async (tx) => {
    const tables = tx as unknown as Transaction<EventLogTables>;
    const found = await enterInbox(tables, work.holder, { id: envelope.id, key });
    if (found === 'known') return { result: 'handled', events: [] };
    if (found === 'blocked') return await putAside(work, tables, { row, state: 'held', ...BEHIND });
    return { result: 'handled', events: await runReactions(work, envelope, tx) };
  });
}

/** Puts an event aside, with what is needed to judge it. */
export function parkRow<Schema extends EventLogTables>(
  work: RowWork<Schema>,
  row: LogRow,
  failure: Failure,
): Promise<Outcome> {
  const { envelope } = row;
  const entering = { id: envelope.id, key: keyOfEnvelope(envelope) };
  return commitFor<Schema, Outcome>(work, envelope, async (tx) => {
    const tables = tx as unknown as Transaction<EventLogTables>;
    const found = await enterInbox(tables, work.holder, entering);
    if (found === 'known') return { result: 'handled', events: [] };
    const state = found === 'blocked' ? 'held' : 'parked';
    return await putAside(work, tables, { row, state, failure });
  });
}

const BEHIND: { readonly failure: Failure } = {
  failure: {
    code: 'state_conflict',
    reason: 'it waits behind an earlier event of its key',
    attempts: 0,
  },
};

async function putAside<Schema extends EventLogTables>(
  work: RowWork<Schema>,
  tables: Transaction<EventLogTables>,
  letter: {
    readonly row: LogRow;
    readonly state: Extract<DeadLetterState, 'parked' | 'held'>;
    readonly failure: Failure;
  },
) {
  const { row, state, failure } = letter;
  const { envelope, position, tags, deliveries } = row;
  const key = keyOfEnvelope(envelope);
  const { error, attempts, events } = letterOf(work, { envelope, key }, failure);
  await tables
    .insertInto('parked')
    .values({
      follower_group: work.holder.group,
      event_id: envelope.id,
      type: envelope.type,
      key,
      state,
      row: JSON.stringify({ position, envelope, tags, deliveries }),
      traceparent: traceOf(envelope),
      error,
      attempts,
    })
    .execute();
  return { result: state, events };
}

function traceOf({ traceparent }: EventEnvelope): string | null {
  return typeof traceparent === 'string' ? traceparent.replaceAll('\0', '') : null;
}
