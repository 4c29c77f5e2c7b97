import type { AttemptOutcome } from '../schema.ts';

/** One earlier try at the account that is tried now. */
export interface EarlierTry {
  readonly isFromHere: boolean;
  readonly outcome: AttemptOutcome;
  readonly atMs: number;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** How long what happened to an account is looked back at. */
export const LOOK_BACK_MS = 60 * MINUTE_MS;
const FREE_FAILURES = 5;
const MAX_WAIT_MS = 15 * MINUTE_MS;
/** Under way or failed, from one place: more than a person’s devices, few for whoever guesses. */
const MAX_AT_ONCE = 20;
/** Whoever died while they looked at a password has failed. */
const PENDING_MS = 10 * SECOND_MS;
const STRANGERS_FAILURES = 50;
const STRANGERS_WAIT_MS = 30 * SECOND_MS;
const STRANGERS_WRONG_CODES = 10;
const STRANGERS_CODE_WAIT_MS = 6 * MINUTE_MS;

/**
 * When the account may be tried next from here; 0 when at once. Failures count against the place
 * that they came from: five are free, then each doubles the wait, up to a quarter of an hour. What
 * comes from many places at once is slowed down for places that the account was never opened from;
 * its owner's own keep their pace, so nobody is locked out by what strangers do.
 */
export function nextTryAtMs(
  earlier: readonly EarlierTry[],
  given: { readonly isKnownHere: boolean; readonly nowMs: number },
): number {
  const { nowMs } = given;
  const failures = earlier.filter((one) => isFailure(one, nowMs));
  const lastSuccessMs = latest(earlier.filter((one) => one.isFromHere && isSuccess(one)));
  const here = failures.filter((one) => one.isFromHere && one.atMs > lastSuccessMs);
  const pending = earlier.filter((one) => one.isFromHere && isPending(one, nowMs));
  const isCrowd = pending.length > 0 && pending.length + here.length >= MAX_AT_ONCE;
  const waits = [isCrowd ? nowMs + SECOND_MS : 0];
  if (here.length >= FREE_FAILURES) {
    const waitMs = Math.min(MAX_WAIT_MS, SECOND_MS * 2 ** (here.length - FREE_FAILURES));
    waits.push(latest(here) + waitMs);
  }
  if (!given.isKnownHere) {
    const codes = failures.filter(({ outcome }) => outcome === 'wrong_code');
    if (failures.length >= STRANGERS_FAILURES) waits.push(latest(failures) + STRANGERS_WAIT_MS);
    if (codes.length >= STRANGERS_WRONG_CODES) waits.push(latest(codes) + STRANGERS_CODE_WAIT_MS);
  }
  const atMs = Math.max(...waits);
  return atMs > nowMs ? atMs : 0;
}

const isSuccess = ({ outcome }: EarlierTry) => outcome === 'succeeded';

const isPending = ({ outcome, atMs }: EarlierTry, nowMs: number) =>
  outcome === 'pending' && nowMs - atMs < PENDING_MS;

const isFailure = (one: EarlierTry, nowMs: number) => !isSuccess(one) && !isPending(one, nowMs);

const latest = (tries: readonly EarlierTry[]) =>
  tries.reduce((lastMs, { atMs }) => Math.max(lastMs, atMs), Number.NEGATIVE_INFINITY);
