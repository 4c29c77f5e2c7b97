import type { CancelTimer, Clock } from '@cloudphone/runtime';

/** A log-in's end on a live socket. */
export interface LoginExpiry {
  extend(expiresAtMs: number): void;
  cancel(): void;
}

export const WARN_BEFORE_MS = 60_000;

/** setTimeout fires at once beyond this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Warns once `WARN_BEFORE_MS` ahead (at once when less is left), then expires, unless extended. */
export function watchExpiry(options: {
  readonly clock: Clock;
  readonly expiresAtMs: number;
  readonly onExpiring: (expiresAtMs: number) => void;
  readonly onExpired: () => void;
}): LoginExpiry {
  const { clock } = options;
  let cancelTimer: CancelTimer = () => {};
  const at = (timeMs: number, run: () => void): void => {
    const delayMs = Math.max(0, timeMs - clock.now());
    cancelTimer =
      delayMs > LONGEST_TIMER_MS
        ? clock.after(LONGEST_TIMER_MS, () => at(timeMs, run))
        : clock.after(delayMs, run);
  };
  const watch = (expiresAtMs: number): void => {
    cancelTimer();
    at(expiresAtMs - WARN_BEFORE_MS, () => {
      options.onExpiring(expiresAtMs);
      at(expiresAtMs, options.onExpired);
    });
  };
  watch(options.expiresAtMs);
  return { extend: watch, cancel: () => cancelTimer() };
}
