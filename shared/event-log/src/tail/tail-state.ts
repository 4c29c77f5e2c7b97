import type { Position } from '@cloudphone/contracts';
import type { LogClock } from '@cloudphone/redis';
import type { Clock, Logger } from '@cloudphone/runtime';
import { createRecentEvents, type RecentEvents } from './recent-events.ts';
import type { TailMetrics } from './tail-metrics.ts';
import type { TailReset } from './tail-reset.ts';
import { createTrust, type Trust } from './trust.ts';
import { createWaiters, type Waiters } from './waiters.ts';

/** Where a tail is. The reading loop alone moves it; heartbeats only tell it what they learned. */
export interface TailState {
  /** The epoch that the tail lives in; undefined before the start. */
  readonly log: LogClock | undefined;
  /** A reading of another epoch, to be adopted before another row is applied. */
  readonly nextLog: LogClock | undefined;
  readonly appliedSeq: number;
  readonly highestSeen: number;
  readonly trust: Trust;
  readonly recent: RecentEvents;
  readonly waiters: Waiters;
  positionAt(seq: number): Position;
  isPastEpoch(epoch: string): boolean;
  sawSeq(seq: number): void;
  /** All rows up to `seq` are applied. */
  moveTo(seq: number): void;
  reset(reason: TailReset['reason'], seq: number): void;
  begin(reading: LogClock): void;
  /** From now on nothing here is trusted; the reading loop adopts the epoch. */
  sawOtherEpoch(reading: LogClock): void;
  adopt(reading: LogClock): void;
}

const PAST_EPOCHS = 100;

export function createTailState(options: {
  readonly clock: Clock;
  readonly heartbeatMs: number;
  readonly logger: Logger;
  readonly observed: TailMetrics;
  readonly onReset: (reset: TailReset) => void;
}): TailState {
  const { clock, heartbeatMs, logger, observed, onReset } = options;
  const trust = createTrust(heartbeatMs);
  const recent = createRecentEvents();
  const waiters = createWaiters(clock);
  const pastEpochs: string[] = [];
  let log: LogClock | undefined;
  let nextLog: LogClock | undefined;
  let appliedSeq = 0;
  let highestSeen = 0;

  const positionAt = (seq: number): Position => ({ epoch: log?.epoch ?? '', seq });
  const sawSeq = (seq: number) => {
    highestSeen = Math.max(highestSeen, seq);
    observed.lag(highestSeen - appliedSeq);
  };
  const moveTo = (seq: number) => {
    appliedSeq = seq;
    sawSeq(seq);
    trust.applied(seq);
    waiters.askAgain();
  };
  const reset = (reason: TailReset['reason'], seq: number) => {
    observed.countReset(reason);
    onReset({ reason, position: positionAt(seq) });
    moveTo(seq);
  };
  const endEpoch = () => {
    if (log !== undefined) pastEpochs.push(log.epoch);
    if (pastEpochs.length > PAST_EPOCHS) pastEpochs.shift();
    highestSeen = 0;
    trust.withdraw();
  };

  return {
    get log() {
      return log;
    },
    get nextLog() {
      return nextLog;
    },
    get appliedSeq() {
      return appliedSeq;
    },
    get highestSeen() {
      return highestSeen;
    },
    trust,
    recent,
    waiters,
    positionAt,
    isPastEpoch: (epoch) => pastEpochs.includes(epoch),
    sawSeq,
    moveTo,
    reset,
    begin: (reading) => {
      log = reading;
      reset('start', reading.seq);
    },
    sawOtherEpoch: (reading) => {
      nextLog = reading;
      trust.withdraw();
    },
    adopt: (reading) => {
      endEpoch();
      log = reading;
      nextLog = undefined;
      // Rows up to base survived, and those of them that are new here go on being applied. Rows
      // after it that were applied here are lost, and will come again under other numbers.
      const seq = Math.min(appliedSeq, reading.base);
      recent.forgetAfter(seq);
      logger.info({ epoch: reading.epoch, base: reading.base, seq }, 'the log has a new epoch');
      reset('epoch', seq);
      sawSeq(reading.seq);
    },
  };
}
