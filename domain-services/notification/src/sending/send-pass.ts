import type { Commit, CommitEnd, LedgerRange, Taken } from '@cloudphone/redis';
import { pause } from '@cloudphone/runtime';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import type { Channel } from '../channels/channel.ts';
import type { WithheldQuestion } from './ask-withheld.ts';
import { findFinished } from './finished-chunk.ts';
import type { GroupSize } from './group-size.ts';
import type { Intent } from './intent-log.ts';
import type { LedgerSteps } from './ledger-steps.ts';
import { beginGroup, type GrantedClaim } from './note-states.ts';
import type { Pace } from './pace.ts';
import type { ProviderBreaker } from './provider-breaker.ts';
import { recordDoubted, recordProblems } from './record-problems.ts';
import { committed, type LoadedChunk, sendGroup } from './send-group.ts';
import type { Sending } from './sending.ts';
import type { SendingMetrics } from './sending-metrics.ts';
import { settleProblems } from './settle-problems.ts';

/** Claims that may run out on one recipient before it is taken for what kills workers. */
const MAX_CLAIMS = 5;
/** A slot waits so long for leave to send; for longer it is given to whoever else waits. */
const IN_PLACE_MS = 50;
/** For how long a wait is worth telling those who watch. */
const TOLD_MS = 3_000;

/** One pass through one channel of a chunk. */
export interface Pass {
  readonly row: CampaignRow;
  readonly chunk: LoadedChunk;
  readonly range: LedgerRange;
  readonly channel: Channel;
  readonly pace: Pace | undefined;
  readonly groupSize: GroupSize;
  readonly breaker: ProviderBreaker;
  readonly metrics: SendingMetrics;
  readonly steps: LedgerSteps;
  readonly askWithheld: WithheldQuestion;
  readonly intend: (intent: Intent) => Promise<undefined>;
  /** Portions of work in which nothing else is heard wait for it. */
  readonly takeTurn: () => Promise<void>;
  readonly isTimeUp: () => boolean;
}

/** How a pass ended. */
export type PassEnd =
  | { readonly kind: 'fenced' }
  | { readonly kind: 'provider-away'; readonly reason: string }
  | {
      readonly kind: 'over';
      /** Until more may be claimed; undefined: nobody is left in this channel. */
      readonly moreInMs: number | undefined;
      /** The last claim of this pass. */
      readonly last: GrantedClaim | undefined;
      /** The chunk's bytes, once nobody is left in any channel. */
      readonly states: Buffer | undefined;
    };

/** Claims, sends and commits group by group until nobody is left to claim, or time is up. */
export async function sendThrough(sending: Sending, pass: Pass): Promise<PassEnd> {
  const { row, range, channel, pace, groupSize, metrics } = pass;
  const { clock, leaseMs } = sending;
  const { steps } = pass;
  const index = row.channels.indexOf(channel.kind);
  let earlier: Commit | undefined;
  let left = range.count;
  let last: GrantedClaim | undefined;
  const stop = async (moreInMs: number): Promise<PassEnd> => {
    if (earlier !== undefined) {
      await disown(sending, pass, earlier, await steps.commit(row, earlier));
    }
    return { kind: 'over', moreInMs, last, states: undefined };
  };
  for (;;) {
    if (pass.isTimeUp()) return stop(0);
    const wanted = Math.max(1, Math.min(groupSize.next(), left));
    const taken = await (pace && takeLeave(sending, { ...pass, pace, wanted }));
    if (taken?.granted === 0) return stop(taken.waitMs * (1 + Math.random() / 5));
    // Taken before the claim is sent: never later than the lease that Redis counts.
    const beganMs = clock.monotonicMs();
    const terms = {
      ...{ channel: index, range, groupSize: taken?.granted ?? wanted },
      ...{ isRepeatable: channel.isRepeatable, maxClaims: MAX_CLAIMS },
    };
    const { granted, end } = await steps.claim(row, terms, earlier);
    metrics.claimed(channel.kind, clock.monotonicMs() - beganMs);
    if (earlier !== undefined) await disown(sending, pass, earlier, end);
    earlier = undefined;
    if (granted === undefined) return { kind: 'fenced' };
    const { claim, run } = granted;
    await recordDoubted(sending, pass, claim.doubted);
    if (claim.recipients.length === 0) {
      return { kind: 'over', moreInMs: claim.moreInMs, last, states: claim.states };
    }

    last = { claim: claim.number, run };
    if (!(await beginGroup(sending, pass, last))) return { kind: 'fenced' };

    const claimed = claim.recipients;
    const mayBegin = () => clock.monotonicMs() + channel.sendTimeoutMs < beganMs + leaseMs;
    const delivered = await sendGroup(sending, { ...pass, claimed, mayBegin });
    await recordProblems(sending, pass, delivered);
    const recipients = delivered.map(committed);
    const commit: Commit = { number: claim.number, channel: index, range, recipients };
    metrics.committed(channel.kind, recipients);
    left -= claimed.length;

    const away = await heedProvider(
      pass,
      delivered.map(({ outcome }) => outcome),
    );
    const isLast = claim.moreInMs === undefined && !recipients.some(isWaiting);
    if (away === undefined && !isLast) {
      earlier = commit;
      continue;
    }
    const ended = await steps.commit(row, commit);
    await disown(sending, pass, commit, ended);
    if (away !== undefined) return { kind: 'provider-away', reason: away };
    return { kind: 'over', moreInMs: undefined, last, states: ended?.states };
  }
}

/**
 * Whoever stood still for longer than its claim lasted has sent to people whom others sent to as well,
 * and has listed problems that are nobody's: what the ledger says of them is what counts.
 */
async function disown(
  sending: Sending,
  { row, chunk, range }: Pick<Pass, 'row' | 'chunk' | 'range'>,
  { recipients }: Commit,
  end: CommitEnd | undefined,
): Promise<void> {
  if (end === undefined || end.landed === recipients.length) return;
  const closable = { row, chunk: chunk.number, ...range, states: undefined };
  const finished = await findFinished(sending, row, closable);
  // Where somebody is left in it, its closing does this.
  if (finished !== undefined) await settleProblems(sending, row, [finished]);
}

/**
 * Waits for leave while that is short. One slot of a process asks at a time of those that are held by
 * the same limits: what they were refused would cost more than what they send.
 */
function takeLeave(
  { ledger, clock }: Pick<Sending, 'ledger' | 'clock'>,
  {
    row,
    pace,
    wanted,
    isTimeUp,
  }: Pick<Pass, 'row' | 'isTimeUp'> & {
    readonly pace: Pace;
    readonly wanted: number;
  },
): Promise<Taken> {
  let isTold = false;
  return pace.inLine(async () => {
    for (;;) {
      const taken = await pace.take(wanted);
      if (taken.granted > 0) return taken;
      if (!isTold) await ledger.noteLimit(row.batch_id, taken.limitedBy ?? '', TOLD_MS);
      isTold = true;
      if (taken.waitMs > IN_PLACE_MS || isTimeUp()) return taken;
      await pause(clock, taken.waitMs);
    }
  });
}

const isWaiting = ({ state }: Commit['recipients'][number]) => state === 'retry-wait';

/** Why the provider is taken to be away. When it asks for less, everybody waits. */
async function heedProvider(
  { channel, pace, breaker }: Pass,
  outcomes: Parameters<ProviderBreaker['note']>[0],
): Promise<string | undefined> {
  const waits = outcomes.map((outcome) =>
    outcome.kind === 'unavailable' && outcome.because === 'too-many' ? outcome.retryInMs : 0,
  );
  const waitMs = Math.max(0, ...waits);
  if (waitMs > 0) await pace?.holdBack(waitMs);
  const code = breaker.note(outcomes);
  return code === undefined ? undefined : `${channel.kind} provider away: ${code}`;
}
