import type { LogStore } from '@cloudphone/redis';
import { type Clock, type Logger, pause } from '@cloudphone/runtime';
import { createBackoff } from '../backoff.ts';
import type { TailState } from './tail-state.ts';

export interface Heartbeat {
  /** Beats until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Beats once more as soon as that may be. */
  beatNow(): void;
}

/** However often a beat is asked for (unknown epochs may be forged), Redis is asked this seldom. */
const SHORTEST_MS = 20;

/**
 * Learns how far the log is, by a write, again and again. `onTrouble` is called when the rows that
 * it tells of do not arrive, or when the epoch is another.
 */
export function createHeartbeat(options: {
  readonly state: TailState;
  readonly store: LogStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly heartbeatMs: number;
  readonly onTrouble: () => void;
  /** Told after each beat, be it one that failed. */
  readonly observeTrust: (isTrusted: boolean) => void;
}): Heartbeat {
  const { state, store, clock, logger, heartbeatMs, onTrouble, observeTrust } = options;
  let interrupt = new AbortController();
  let last = { epoch: '', seq: 0 };

  const beat = async (): Promise<void> => {
    const sentMs = clock.monotonicMs();
    const reading = await store.beat();
    const previous = last;
    last = reading;
    if (state.nextLog !== undefined) return;
    if (reading.epoch !== state.log?.epoch) {
      state.sawOtherEpoch(reading);
      return onTrouble();
    }
    if (reading.epoch === previous.epoch && reading.seq < previous.seq) {
      logger.error({ reading, previous }, 'the log went back: ending its epoch');
      state.sawOtherEpoch(await store.rotateEpoch(reading.epoch));
      return onTrouble();
    }
    state.sawSeq(reading.seq);
    state.trust.beat(sentMs, reading.seq);
    if (state.trust.overdueSeq(clock.monotonicMs()) !== undefined) onTrouble();
  };

  const tellTrust = (): void => observeTrust(clock.monotonicMs() < state.trust.untilMs);

  return {
    run: async (signal) => {
      const backoff = createBackoff({ clock, logger, what: 'heartbeat of the log' });
      signal.addEventListener('abort', () => interrupt.abort(), { once: true });
      while (!signal.aborted) {
        interrupt = new AbortController();
        try {
          await beat();
          tellTrust();
          backoff.succeeded();
          await pause(clock, SHORTEST_MS, signal);
          await pause(clock, heartbeatMs - SHORTEST_MS, interrupt.signal);
        } catch (err) {
          tellTrust();
          await backoff.failed(err, signal);
        }
      }
    },
    beatNow: () => interrupt.abort(),
  };
}
