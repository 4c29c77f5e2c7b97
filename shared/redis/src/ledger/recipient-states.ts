/** What can be said of one recipient in one channel, in the order of its number in the ledger. */
export const RECIPIENT_STATES = [
  'pending',
  'claimed',
  'sent',
  'failed',
  'retry-wait',
  'skipped',
  'unknown',
  'cancelled',
] as const;

export type RecipientState = (typeof RECIPIENT_STATES)[number];

/** What a commit can say became of a claimed recipient. */
export type CommittedState = 'sent' | 'failed' | 'retry-wait' | 'skipped' | 'unknown';

export function numberOfState(state: RecipientState): number {
  return RECIPIENT_STATES.indexOf(state);
}

/** Reads one byte of the ledger: the low half is the state, the high half the attempts. */
export function readRecipientByte(byte: number): { state: RecipientState; attempts: number } {
  const state = RECIPIENT_STATES[byte & 0x0f];
  if (state === undefined) throw new RangeError(`no recipient state has the number ${byte & 0x0f}`);
  return { state, attempts: byte >> 4 };
}

export function isTerminalState(state: RecipientState): boolean {
  return state !== 'pending' && state !== 'claimed' && state !== 'retry-wait';
}
