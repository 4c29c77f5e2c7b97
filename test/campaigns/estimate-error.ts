import type { Poll } from './watch-polls.ts';

/** Estimates are told in whole seconds. */
const ROUNDING_SECONDS = 1;

/** One estimate, held against when it really ended. */
interface EstimateError {
  /** 0.15 is fifteen percent of what was left. */
  readonly off: number;
  readonly leftSeconds: number;
  readonly toldSeconds: number;
}

/**
 * The worst estimate from a tenth done on: the middle of what was told against what was left.
 * Undefined: none was told.
 */
export function worstEstimate(
  polls: readonly Poll[],
  recipients: number,
): EstimateError | undefined {
  const endMs = polls.at(-1)?.atMs ?? 0;
  let worst: EstimateError | undefined;
  for (const { atMs, processed, etaSeconds } of polls) {
    if (etaSeconds === null || processed < recipients / 10) continue;
    const leftSeconds = (endMs - atMs) / 1_000;
    const toldSeconds = (etaSeconds.low + etaSeconds.high) / 2;
    const error = Math.abs(toldSeconds - leftSeconds);
    const off = error <= ROUNDING_SECONDS ? 0 : error / leftSeconds;
    if (worst === undefined || off > worst.off) worst = { off, leftSeconds, toldSeconds };
  }
  return worst;
}
