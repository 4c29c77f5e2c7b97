const offsetMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Monotonic milliseconds that all processes of this machine agree on. */
export function sharedNowMs(): number {
  return performance.now() + offsetMs;
}
