import { definitionOf, type EventType } from '@cloudphone/contracts';
import { isAppError } from '@cloudphone/errors';
import { isTransientFailure, type Postgres, type Transaction } from '@cloudphone/postgres';
import { type Clock, continueTrace, pause, runInRequestContext } from '@cloudphone/runtime';
import type { LogRow } from '../log-row.ts';
import type { EventLogTables } from '../tables.ts';
import { publishEvents } from '../writer/publish-events.ts';
import { enterInbox, type Holder, movePosition, ReplacedError } from './follower-table.ts';
import type { Reaction } from './reaction.ts';

interface RowWork<Schema extends EventLogTables> {
  readonly postgres: Postgres<Schema>;
  readonly service: string;
  readonly clock: Clock;
  readonly holder: Holder;
  readonly row: LogRow;
  readonly reactions: readonly Reaction<Schema>[];
  /** Called after a commit that published. */
  readonly tellRelay: () => void;
}

/** How often an event's own failure is tried before it is parked. */
const MAX_ATTEMPTS = 3;
const FIRST_RETRY_MS = 100;

/**
 * Runs an event's reactions in one transaction with the group's position, the inbox entry and the
 * events that follow from them. What the event itself cannot do is tried three times, then parked.
 * Rejects for what is not the event's fault: an engine or a service that is away, a lost lease.
 */
export async function handleRow<Schema extends EventLogTables>(
  work: RowWork<Schema>,
  signal: AbortSignal,
): Promise<'handled' | 'parked' | 'interrupted'> {
  for (let attempt = 1; ; attempt++) {
    try {
      await react(work);
      return 'handled';
    } catch (err) {
      if (!isOwnFailure(err)) throw err;
      if (attempt === MAX_ATTEMPTS) {
        await parkRow(work, { reason: describe(err), attempts: attempt });
        return 'parked';
      }
      await pause(work.clock, FIRST_RETRY_MS * 2 ** (attempt - 1), signal);
      if (signal.aborted) return 'interrupted';
    }
  }
}

async function react<Schema extends EventLogTables>(work: RowWork<Schema>): Promise<void> {
  const { postgres, holder, row, reactions } = work;
  const { envelope, position } = row;
  const context = { traceparent: continueTrace(envelope.traceparent) };
  const published = await runInRequestContext(context, () =>
    postgres.db.transaction().execute(async (tx) => {
      const tables = tx as unknown as Transaction<EventLogTables>;
      await movePosition(tables, holder, position);
      if (!(await enterInbox(tables, holder.group, envelope.id))) return [];
      const data = definitionOf(envelope.type as EventType).data.parse(envelope.data);
      const events = [];
      for (const reaction of reactions)
        events.push(...(await reaction.run({ data, envelope }, tx)));
      return await publishEvents(tables, events, work);
    }),
  );
  if (published.length > 0) work.tellRelay();
}

/** Puts an event aside, with what is needed to judge it, and moves on. */
export async function parkRow<Schema extends EventLogTables>(
  { postgres, holder, row, reactions }: RowWork<Schema>,
  failure: { readonly reason: string; readonly attempts: number },
): Promise<void> {
  const { envelope, position, tags, deliveries } = row;
  await postgres.db.transaction().execute(async (tx) => {
    const tables = tx as unknown as Transaction<EventLogTables>;
    await movePosition(tables, holder, position);
    if (!(await enterInbox(tables, holder.group, envelope.id))) return;
    await tables
      .insertInto('parked')
      .values({
        follower_group: holder.group,
        event_id: envelope.id,
        type: envelope.type,
        key: keyOf(row),
        row: JSON.stringify({ position, envelope, tags, deliveries }),
        error: `${reactions.map((reaction) => reaction.name).join(', ')}: ${failure.reason}`,
        attempts: failure.attempts,
      })
      .execute();
  });
}

/** A body that does not fit its schema may be why it is parked: then its subject must do. */
function keyOf({ envelope }: LogRow): string {
  const definition = definitionOf(envelope.type as EventType);
  const read = definition.data.safeParse(envelope.data);
  return read.success ? definition.key(read.data) : envelope.subject;
}

/** Everything else may work later, for this event as for all others. */
function isOwnFailure(err: unknown): boolean {
  if (err instanceof ReplacedError || isTransientFailure(err)) return false;
  return !isAppError(err) || !err.isRetryable;
}

function describe(err: unknown): string {
  const text = err instanceof Error ? (err.stack ?? err.message) : String(err);
  return text.slice(0, 4_000);
}
