import { randomUUID } from 'node:crypto';
import { isAppError } from '@cloudphone/errors';
import { encodeLogRow } from '@cloudphone/event-log';
import { type LogStore, MAX_APPEND_ROWS } from '@cloudphone/redis';
import { pause, systemClock } from '@cloudphone/runtime';
import { sharedNowMs } from '../shared-clock.ts';
import type { Commit, ServiceName } from './true-world.ts';

/** Where the log of an epoch has a row, and since when that is certain. */
export interface Place {
  readonly seq: number;
  readonly ackedAtMs: number;
}

export interface OutboxRow {
  readonly id: string;
  readonly commit: Commit;
  readonly committedAtMs: number;
  /** By epoch. */
  readonly places: Map<string, Place>;
}

/**
 * One service's outbox, in memory, with the relay's manners (shared/event-log): in order, again until
 * acknowledged, and to a log of another epoch everything anew, as replays, before anything new.
 */
export interface Outbox {
  readonly rows: readonly OutboxRow[];
  add(commit: Commit): OutboxRow;
  /** Whether the log of `epoch` has every row. */
  isSettledIn(epoch: string): boolean;
  close(): Promise<void>;
}

const POLL_MS = 250;
const RETRY_MS = 40;

export function createOutbox(service: ServiceName, store: LogStore): Outbox {
  const rows: OutboxRow[] = [];
  const stopping = new AbortController();
  let wakeUp = new AbortController();
  let firstWaiting = 0;
  let settledEpoch: string | undefined;

  const append = async (batch: readonly OutboxRow[], epoch: string, isReplay: boolean) => {
    const appended = await store.append(
      batch.map((row) => toLogRow(service, row, isReplay)),
      { epoch },
    );
    const ackedAtMs = sharedNowMs();
    for (const [index, row] of batch.entries()) {
      const place = appended[index];
      if (place) row.places.set(epoch, { seq: place.position.seq, ackedAtMs });
    }
  };

  const settle = async (): Promise<string> => {
    const { epoch } = await store.read();
    const missing = rows.slice(0, firstWaiting).filter(({ places }) => !places.has(epoch));
    for (let from = 0; from < missing.length; from += MAX_APPEND_ROWS) {
      await append(missing.slice(from, from + MAX_APPEND_ROWS), epoch, true);
    }
    return epoch;
  };

  const carry = async (): Promise<void> => {
    settledEpoch ??= await settle();
    const batch = rows.slice(firstWaiting, firstWaiting + MAX_APPEND_ROWS);
    if (batch.length > 0) {
      await append(batch, settledEpoch, false);
      firstWaiting += batch.length;
      return;
    }
    const { epoch } = await store.read();
    if (epoch !== settledEpoch) settledEpoch = undefined;
    else await pause(systemClock, POLL_MS, wakeUp.signal);
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      wakeUp = new AbortController();
      try {
        await carry();
      } catch (err) {
        if (!isAppError(err)) throw err;
        settledEpoch = isAppError(err, 'log_epoch_changed') ? undefined : settledEpoch;
        await pause(systemClock, RETRY_MS, stopping.signal);
      }
    }
  };
  const running = run();

  return {
    rows,
    add: (commit) => {
      const row = { id: randomUUID(), commit, committedAtMs: sharedNowMs(), places: new Map() };
      rows.push(row);
      wakeUp.abort();
      return row;
    },
    isSettledIn: (epoch) =>
      settledEpoch === epoch &&
      firstWaiting === rows.length &&
      rows.every(({ places }) => places.has(epoch)),
    close: async () => {
      stopping.abort();
      wakeUp.abort();
      await running;
    },
  };
}

/** Only the class of an event's type matters here: one of each class will do. */
const FACT = 'device.updated';
const ACCESS = 'user.status_changed';

function toLogRow(service: ServiceName, row: OutboxRow, isReplay: boolean) {
  const { id, commit, committedAtMs } = row;
  const tags = commit.changed.map(([key]) => key);
  const entityversion = commit.changed[0]?.[1] ?? 0;
  const type = commit.isAccess ? ACCESS : FACT;
  const json = encodeLogRow({
    specversion: '1.0',
    id,
    source: `/services/${service}`,
    type,
    subject: tags[0] ?? '',
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    dataschema: `urn:cloudphone:event:${type}`,
    data: { changed: commit.changed, committedAtMs },
    tags: tags.join(','),
    // As for real services: of a row's tags the first is the entity whose version it states.
    ...(service === 'lists' ? {} : { entityversion }),
  });
  return { id, tags, json, isReplay };
}
