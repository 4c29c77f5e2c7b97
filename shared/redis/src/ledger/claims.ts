import type { CommittedState } from './recipient-states.ts';

/** Which ledger a worker means, and which epoch and life of Redis it knows. */
export interface LedgerFence {
  readonly batchId: string;
  readonly epoch: number;
  /** From `readRunId`; a ledger of another life grants nothing until it is activated again. */
  readonly run: string;
}

/** A stretch of recipients: a chunk, or a slice. */
export interface LedgerRange {
  readonly from: number;
  readonly count: number;
}

/** One channel of one chunk, and the terms on which recipients are claimed from it. */
export interface ClaimTerms {
  /** The channel's place in the campaign's list. */
  readonly channel: number;
  readonly range: LedgerRange;
  readonly groupSize: number;
  readonly isRepeatable: boolean;
  readonly maxClaims: number;
}

export interface Claim {
  /** Names this claim in its commit; 0 when nobody was left to claim. */
  readonly number: number;
  readonly recipients: readonly { readonly ordinal: number; readonly attempt: number }[];
  /** Recipients given up as unknown because an earlier claim of theirs ran out. */
  readonly doubted: readonly number[];
  /** Until more of this range may be claimed (a retry falls due, a lease ends); 0: now. */
  readonly moreInMs: number | undefined;
  readonly isFinished: boolean;
  /** The bytes of all channels, one after another, once nobody in the range is left to send to. */
  readonly states: Buffer | undefined;
}

/** What became of a claimed group. */
export interface Commit {
  readonly number: number;
  readonly channel: number;
  readonly range: LedgerRange;
  readonly recipients: readonly CommittedRecipient[];
}

/** What a commit came to. */
export interface CommitEnd {
  /** The recipients that its claim still held. */
  readonly landed: number;
  readonly isFinished: boolean;
  /** As a claim's. */
  readonly states: Buffer | undefined;
}

/** What several slots want of one campaign's ledger. */
export interface LedgerStep {
  readonly commits: readonly Commit[];
  readonly claims: readonly ClaimTerms[];
  /** How long each of the claims lasts. */
  readonly leaseMs: number;
}

export interface LedgerStepEnd {
  /** In their order; undefined: there is no ledger. */
  readonly commits: readonly (CommitEnd | undefined)[];
  /** In their order; undefined: fenced, no claim is granted. */
  readonly claims: readonly Claim[] | undefined;
}

export interface CommittedRecipient {
  readonly ordinal: number;
  readonly state: CommittedState;
  /** For retry-wait: until the next attempt. */
  readonly retryInMs?: number;
  /** False gives the attempt back: the provider was away, not the recipient at fault. */
  readonly countsAsAttempt?: boolean;
}
