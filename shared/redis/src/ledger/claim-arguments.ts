import type { Claim, ClaimTerms, Commit, CommitEnd, CommittedRecipient } from './claims.ts';
import { numberOfState } from './recipient-states.ts';

export function claimArguments(terms: ClaimTerms): (string | number)[] {
  const { channel, range, groupSize, isRepeatable, maxClaims } = terms;
  return [channel, range.from, range.count, groupSize, isRepeatable ? 1 : 0, maxClaims];
}

export function commitArguments(commit: Commit): (string | number)[] {
  const { number, channel, range, recipients } = commit;
  const outcomes = outcomeArguments(recipients);
  const count = outcomes.length / OUTCOME_ARGUMENTS;
  return [number, channel, range.from, range.count, count, ...outcomes];
}

const OUTCOME_ARGUMENTS = 4;

/** Recipients of one fate share one entry: a group that was simply sent is four arguments. */
function outcomeArguments(recipients: readonly CommittedRecipient[]): (string | number)[] {
  const ordinals = new Map<string, number[]>();
  let last: { readonly recipient: CommittedRecipient; readonly of: number[] } | undefined;
  for (const recipient of recipients) {
    if (last === undefined || !hasSameFate(last.recipient, recipient)) {
      const fate = fateOf(recipient);
      const of = ordinals.get(fate) ?? [];
      ordinals.set(fate, of);
      last = { recipient, of };
    }
    last.of.push(recipient.ordinal);
  }
  return [...ordinals].flatMap(([fate, of]) => [...fate.split(' '), joinRuns(of)]);
}

const hasSameFate = (one: CommittedRecipient, other: CommittedRecipient): boolean =>
  one.state === other.state &&
  one.retryInMs === other.retryInMs &&
  one.countsAsAttempt === other.countsAsAttempt;

function fateOf({ state, retryInMs = 0, countsAsAttempt }: CommittedRecipient): string {
  const dueInMs = Math.max(0, Math.round(retryInMs));
  return `${numberOfState(state)} ${dueInMs} ${countsAsAttempt === false ? 0 : 1}`;
}

/** `0-6,9` */
function joinRuns(ordinals: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const ordinal of ordinals) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === ordinal - 1) run[1] = ordinal;
    else runs.push([ordinal, ordinal]);
  }
  return runs.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(',');
}

export type LandingAnswer = readonly [landed: number, isFinished: number, runs: string];

/** Undefined: there is no ledger. */
export function presentLanding(answer: LandingAnswer | undefined): CommitEnd | undefined {
  const [landed = -1, isFinished, runs = ''] = answer ?? [];
  if (landed === -1) return undefined;
  return { landed, isFinished: isFinished === 1, states: expandRuns(runs) };
}

export type ClaimAnswer = readonly [
  number: string,
  moreInMs: number,
  isFinished: number,
  taken: readonly number[],
  doubted: readonly number[],
  runs: string,
];

export function presentClaim(answer: ClaimAnswer): Claim {
  const [claimNumber, moreInMs, isFinished, taken, given, runs] = answer;
  const recipients: { ordinal: number; attempt: number }[] = [];
  for (let index = 0; index < taken.length; index += 3) {
    const [first = 0, last = -1, attempt = 0] = taken.slice(index, index + 3);
    for (let ordinal = first; ordinal <= last; ordinal += 1) recipients.push({ ordinal, attempt });
  }
  const doubted: number[] = [];
  for (let index = 0; index < given.length; index += 2) {
    const [first = 0, last = -1] = given.slice(index, index + 2);
    for (let ordinal = first; ordinal <= last; ordinal += 1) doubted.push(ordinal);
  }
  return {
    number: Number(claimNumber),
    recipients,
    doubted,
    moreInMs: moreInMs === -1 ? undefined : moreInMs,
    isFinished: isFinished === 1,
    states: expandRuns(runs),
  };
}

/** `18,100;3,1` as 101 bytes; undefined for the empty text of a range that is not finished. */
function expandRuns(runs: string): Buffer | undefined {
  if (runs === '') return undefined;
  const parts = runs.split(';').map((run) => run.split(',').map(Number));
  return Buffer.concat(parts.map(([byte = 0, count = 0]) => Buffer.alloc(count, byte)));
}
