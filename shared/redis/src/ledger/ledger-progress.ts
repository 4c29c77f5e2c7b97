import { RECIPIENT_STATES, type RecipientState } from './recipient-states.ts';

export type StateCounts = Readonly<Record<RecipientState, number>>;

/** A ledger's counters at one instant: each channel's add up to `total`. */
export interface LedgerProgress {
  readonly total: number;
  readonly epoch: number;
  readonly mode: LedgerMode;
  /** Whether claims are granted in some life of Redis; the run id of that life. */
  readonly run: string | undefined;
  /** People of whom every channel is finished. */
  readonly processed: number;
  /** Those people by the best of their channels; only terminal states count. */
  readonly people: StateCounts;
  /** By channel, in the campaign's order of channels. */
  readonly channels: readonly StateCounts[];
  /** People finished per second of late; undefined until it is known. */
  readonly pacePerSecond: number | undefined;
  /** Set once, in the command that finished the last person. */
  readonly finishedAtMs: number | undefined;
  readonly chunks: number;
  readonly doneChunks: number;
  /** 1, and one more with every replay. */
  readonly round: number;
  /** What senders waited for last, and until when (Redis's clock) that is worth telling. */
  readonly limit: { readonly name: string; readonly untilMs: number } | undefined;
}

export type LedgerMode = 'running' | 'paused' | 'cancelled';

/** The answer of HGETALL; undefined when there is no ledger. */
export function parseLedgerProgress(
  fields: Readonly<Record<string, string>>,
): LedgerProgress | undefined {
  if (fields.total === undefined) return undefined;
  const numberOf = (name: string) => Number(fields[name] ?? 0);
  const optional = (name: string) => (fields[name] === undefined ? undefined : numberOf(name));
  return {
    total: numberOf('total'),
    epoch: numberOf('epoch'),
    mode: fields.mode as LedgerMode,
    run: fields.run,
    processed: numberOf('processed'),
    people: countsOf(fields, 'p'),
    channels: Array.from({ length: numberOf('channels') }, (_, channel) =>
      countsOf(fields, `n${channel}`),
    ),
    pacePerSecond: optional('pacePerSecond'),
    finishedAtMs: optional('finishedAtMs'),
    chunks: numberOf('chunks'),
    doneChunks: numberOf('doneChunks'),
    round: numberOf('round'),
    limit:
      fields.limitedBy === undefined
        ? undefined
        : { name: fields.limitedBy, untilMs: numberOf('limitedUntilMs') },
  };
}

function countsOf(fields: Readonly<Record<string, string>>, prefix: string): StateCounts {
  const entries = RECIPIENT_STATES.map((state, index) => [
    state,
    Number(fields[`${prefix}:${index}`] ?? 0),
  ]);
  return Object.fromEntries(entries) as StateCounts;
}
