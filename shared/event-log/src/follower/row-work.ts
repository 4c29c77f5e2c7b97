import type { EventEnvelope, NewEvent } from '@cloudphone/contracts';
import { type ErrorCodeName, isAppError } from '@cloudphone/errors';
import { isTransientFailure, type Postgres, type Transaction } from '@cloudphone/postgres';
import { type Clock, continueTrace, pause, runInRequestContext } from '@cloudphone/runtime';
import { letterParked } from '../dead-letters/letter-events.ts';
import type { EventLogTables } from '../tables.ts';
import { publishEvents } from '../writer/publish-events.ts';
import { type Holder, ReplacedError, shareFence } from './follower-table.ts';
import type { Lanes } from './lanes.ts';
import { dataFor, type ReactionsTo } from './reaction.ts';

/** What the work on events takes, for as long as one process holds the group. */
export interface RowWork<Schema extends EventLogTables> {
  readonly postgres: Postgres<Schema>;
  readonly service: string;
  readonly clock: Clock;
  readonly holder: Holder;
  readonly reactionsTo: ReactionsTo<Schema>;
  readonly step: Lanes['step'];
  /** Called after a commit that published. */
  readonly tellRelay: () => void;
  readonly signal: AbortSignal;
}

/** Why an event was parked. */
export interface Failure {
  readonly code: ErrorCodeName;
  /** For operators. */
  readonly reason: string;
  readonly attempts: number;
}

/**
 * One transaction on behalf of an event: what it publishes and what it calls carries the event's
 * trace. Commits nothing for a holder that has been replaced, as long as `run` checks.
 */
export async function commitFor<Schema extends EventLogTables, Result>(
  work: RowWork<Schema>,
  { traceparent, actorid }: EventEnvelope,
  run: (tx: Transaction<Schema>) => Promise<{ result: Result; events: readonly NewEvent[] }>,
): Promise<Result> {
  const context = { traceparent: continueTrace(traceparent), actorId: actorid };
  const done = await runInRequestContext(context, () =>
    work.postgres.db.transaction().execute(async (tx) => {
      const tables = tx as unknown as Transaction<EventLogTables>;
      await shareFence(tables, work.holder.group);
      const { result, events } = await run(tx);
      return { result, published: await publishEvents(tables, events, work) };
    }),
  );
  if (done.published.length > 0) work.tellRelay();
  return done.result;
}

/** Runs an event's reactions; resolves with what follows from them. */
export async function runReactions<Schema extends EventLogTables>(
  { reactionsTo }: RowWork<Schema>,
  envelope: EventEnvelope,
  tx: Transaction<Schema>,
): Promise<NewEvent[]> {
  const events: NewEvent[] = [];
  for (const reaction of reactionsTo(envelope)) {
    const data = dataFor(reaction, envelope.data);
    events.push(...(await reaction.run({ data, envelope }, tx)));
  }
  return events;
}

/** How often an event's own failure is tried before it is parked. */
const MAX_ATTEMPTS = 3;
const FIRST_RETRY_MS = 100;

/**
 * Tries up to three times, with pauses in which other lanes move. Resolves with what it came to or
 * why the event has to be parked; undefined when the group stops. Rejects for what is not the
 * event's fault: an engine or a service that is away, a lost lease.
 */
export async function tryAgain<Schema extends EventLogTables, Result>(
  { step, clock, signal }: RowWork<Schema>,
  attempt: () => Promise<Result>,
): Promise<{ readonly result: Result } | { readonly failure: Failure } | undefined> {
  for (let attempts = 1; ; attempts++) {
    if (signal.aborted) return undefined;
    try {
      return { result: await step(attempt) };
    } catch (err) {
      if (!isOwnFailure(err)) throw err;
      if (attempts === MAX_ATTEMPTS) {
        const code = isAppError(err) ? err.code : 'internal';
        return { failure: { code, reason: describe(err), attempts } };
      }
    }
    await pause(clock, FIRST_RETRY_MS * 2 ** (attempts - 1) * (0.5 + Math.random() / 2), signal);
  }
}

/** What is told of a letter, and what its row says went wrong. */
export function letterOf<Schema extends EventLogTables>(
  { service, clock, reactionsTo }: RowWork<Schema>,
  letter: { readonly envelope: EventEnvelope; readonly key: string },
  failure: Failure,
) {
  const names = reactionsTo(letter.envelope).map(({ name }) => name);
  return {
    error: `${names.join(', ')}: ${failure.reason}`.replaceAll('\0', '').slice(0, MAX_ERROR_LENGTH),
    attempts: failure.attempts,
    events: letterParked({ ...letter, service, nowMs: clock.now() }, failure),
  };
}

const MAX_ERROR_LENGTH = 4_000;

/** Everything else may work later, for this event as for all others. */
function isOwnFailure(err: unknown): boolean {
  if (err instanceof ReplacedError || isTransientFailure(err)) return false;
  return !isAppError(err) || !err.isRetryable;
}

function describe(err: unknown): string {
  return err instanceof Error ? (err.stack ?? err.message) : String(err);
}
