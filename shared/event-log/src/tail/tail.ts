import type { Position } from '@cloudphone/contracts';
import { appError } from '@cloudphone/errors';
import type { LogStore } from '@cloudphone/redis';
import { type Clock, type Logger, type Metrics, systemClock } from '@cloudphone/runtime';
import { createBackoff } from '../backoff.ts';
import type { LogRow } from '../log-row.ts';
import { createHeartbeat } from './heartbeat.ts';
import { createRowReader } from './row-reader.ts';
import { tailMetrics } from './tail-metrics.ts';
import type { TailReset } from './tail-reset.ts';
import { createTailState } from './tail-state.ts';

export interface TailOptions {
  readonly store: LogStore;
  /** Waits for rows; may be the same as `store`. */
  readonly reader: LogStore;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock?: Clock;
  /** 1000 unless told. */
  readonly heartbeatMs?: number;
  /**
   * Called with every row, one after the other, in the log's order; a row counts as applied when
   * this is done. When it throws, what it was to do is not done: onReset follows (`trimmed`).
   */
  onRow(row: LogRow): void | Promise<void>;
  onReset(reset: TailReset): void;
}

/**
 * A process's own view of the log, from the moment it starts. Loses nothing over reconnects, and
 * says so (onReset) when it cannot know what it missed.
 */
export interface Tail {
  /** Resolves with the first position; waits for Redis as long as it takes. */
  start(): Promise<Position>;
  /** The last row that onRow is done with; undefined before the start. */
  readonly applied: Position | undefined;
  /** The greatest seq of this epoch in any reply or observation. */
  readonly highestSeen: number;
  /** Whether everything that was in the log two heartbeats ago has been applied. */
  readonly isTrusted: boolean;
  /** Monotonic ms. */
  readonly trustedUntilMs: number;
  /** Whether the position was reached in time. False at once for an epoch that is over. */
  waitFor(position: Position, timeoutMs: number): Promise<boolean>;
  /** Where the event is, once applied; remembers the last 20,000. */
  waitForEvent(eventId: string, timeoutMs: number): Promise<Position | undefined>;
  /** Tells of a position seen elsewhere; an unknown epoch is looked into at once. */
  observe(position: Position): void;
  close(): Promise<void>;
}

export function createTail(options: TailOptions): Tail {
  const { store, reader, logger, metrics, clock = systemClock, heartbeatMs = 1_000 } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const observed = tailMetrics(metrics);
  const { onRow, onReset } = options;
  const state = createTailState({ clock, heartbeatMs, logger, observed, onReset });
  const rowReader = createRowReader({
    state,
    store,
    reader,
    clock,
    logger,
    observed,
    waitMs: heartbeatMs,
    onRow,
    onAdopted: () => heartbeat.beatNow(),
  });
  const heartbeat = createHeartbeat({
    state,
    store,
    clock,
    logger,
    heartbeatMs,
    onTrouble: rowReader.interrupt,
    observeTrust: observed.trusted,
  });
  let starting: Promise<Position> | undefined;
  let loops: readonly Promise<void>[] = [];

  const begin = async (): Promise<Position> => {
    const backoff = createBackoff({ clock, logger, what: 'start of the tail' });
    while (!signal.aborted) {
      const sentMs = clock.monotonicMs();
      try {
        const reading = await store.beat();
        state.begin(reading);
        state.trust.beat(sentMs, reading.seq);
        loops = [heartbeat.run(signal), rowReader.run(signal)];
        return { epoch: reading.epoch, seq: reading.seq };
      } catch (err) {
        await backoff.failed(err, signal);
      }
    }
    throw appError('shutting_down', { privateDetail: 'the tail was closed before it started' });
  };

  return {
    start: () => {
      starting ??= begin();
      return starting;
    },
    get applied() {
      return state.log === undefined ? undefined : state.positionAt(state.appliedSeq);
    },
    get highestSeen() {
      return state.highestSeen;
    },
    get isTrusted() {
      return clock.monotonicMs() < state.trust.untilMs;
    },
    get trustedUntilMs() {
      return state.trust.untilMs;
    },
    waitFor: async (position, timeoutMs) => {
      const ask = () => {
        if (state.isPastEpoch(position.epoch)) return false;
        const isHere = position.epoch === state.log?.epoch && position.seq <= state.appliedSeq;
        return isHere ? true : undefined;
      };
      return (await state.waiters.wait(ask, timeoutMs)) ?? false;
    },
    waitForEvent: (eventId, timeoutMs) =>
      state.waiters.wait(() => {
        const seq = state.recent.seqOf(eventId);
        return seq === undefined ? undefined : state.positionAt(seq);
      }, timeoutMs),
    observe: ({ epoch, seq }) => {
      if (epoch === state.log?.epoch) state.sawSeq(seq);
      else if (!state.isPastEpoch(epoch)) heartbeat.beatNow();
    },
    close: async () => {
      stopping.abort();
      state.waiters.close();
      await Promise.all(loops);
    },
  };
}
