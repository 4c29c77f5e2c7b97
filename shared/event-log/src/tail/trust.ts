/** A heartbeat that the tail has not caught up with yet. */
interface Beat {
  readonly sentMs: number;
  readonly seq: number;
}

/**
 * How long the tail's knowledge may be relied on. A heartbeat says how far the log was when it was
 * sent, or later; once the tail has come that far, everything appended before the sending is known
 * here. That is good for two heartbeats from the sending.
 */
export interface Trust {
  /** Monotonic ms. */
  readonly untilMs: number;
  beat(sentMs: number, seq: number): void;
  applied(seq: number): void;
  /** The seq that should have been applied by now: two heartbeats have passed since it was told. */
  overdueSeq(nowMs: number): number | undefined;
  /** No heartbeat counts any more: they were of another epoch. */
  withdraw(): void;
}

const MAX_PENDING = 16;

export function createTrust(heartbeatMs: number): Trust {
  const lifetimeMs = 2 * heartbeatMs;
  let untilMs = Number.NEGATIVE_INFINITY;
  let appliedSeq = -1;
  let pending: Beat[] = [];
  const settle = () => {
    for (const beat of pending) {
      if (beat.seq <= appliedSeq) untilMs = Math.max(untilMs, beat.sentMs + lifetimeMs);
    }
    if (pending.length > 0) pending = pending.filter((beat) => beat.seq > appliedSeq);
  };
  return {
    get untilMs() {
      return untilMs;
    },
    beat: (sentMs, seq) => {
      // The oldest tells what is overdue, the newest how long to trust: those between are spare.
      if (pending.length === MAX_PENDING) pending.splice(1, 1);
      pending.push({ sentMs, seq });
      settle();
    },
    applied: (seq) => {
      appliedSeq = seq;
      if (pending.length > 0) settle();
    },
    overdueSeq: (nowMs) => {
      const oldest = pending[0];
      return oldest && nowMs - oldest.sentMs >= lifetimeMs ? oldest.seq : undefined;
    },
    withdraw: () => {
      untilMs = Number.NEGATIVE_INFINITY;
      appliedSeq = -1;
      pending = [];
    },
  };
}
