import type { NewEvent } from '@cloudphone/contracts';

const UNCHANGED: unique symbol = Symbol('unchanged');

/** What a transaction did: its result, and at least one event that says so. */
export type Written<Result> =
  | { readonly result: Result; readonly events: readonly [NewEvent, ...NewEvent[]] }
  | { readonly result: Result; readonly events: readonly []; readonly [UNCHANGED]: true };

/**
 * Says that nothing was changed, so nothing is told: a repeat of what was done before, or a refusal
 * that is an answer. It rolls nothing back.
 */
export function unchanged<Result>(result: Result): Written<Result> {
  return { result, events: [], [UNCHANGED]: true };
}
