import type { JobTools } from '@cloudphone/jobs';
import { rangeOfChunk } from '../campaigns/freeze-audience.ts';
import type { Channel } from '../channels/channel.ts';
import { createWithheldQuestion } from './ask-withheld.ts';
import { channelOf } from './channel-of.ts';
import { createChunkCloser } from './chunk-closer.ts';
import type { ChunkData } from './chunk-job.ts';
import { createChunkSources } from './chunk-sources.ts';
import { createGroupSize, type GroupSize } from './group-size.ts';
import { createIntentLog } from './intent-log.ts';
import { createLedgerSteps } from './ledger-steps.ts';
import { noteStates } from './note-states.ts';
import { createPaces } from './pace.ts';
import { pauseItself } from './pause-itself.ts';
import { createPermits, type Permits } from './permits.ts';
import { createProviderBreaker, type ProviderBreaker } from './provider-breaker.ts';
import { sendThrough } from './send-pass.ts';
import type { Sending } from './sending.ts';
import type { SendingMetrics } from './sending-metrics.ts';
import { createTurns } from './take-turns.ts';

/** After that a slot is given to whoever waits. */
const TIME_BOX_MS = 1_000;

/**
 * Where a repeat is a second message: groups that a process has begun at once, each in doubt when it
 * dies, or Redis; and slots that wait for one of them to end. Others are given to whoever needs none.
 */
const UNREPEATABLE_AT_ONCE = 3;
const WAITING_SLOTS = 3;
const NEXT_TRY_MS = 150;

/** What this process has learned of a channel's provider, and what it does there. */
interface Experience {
  readonly groupSize: GroupSize;
  readonly breaker: ProviderBreaker;
  readonly permits: Permits | undefined;
}

/** Runs chunk jobs. It throws for infrastructure only; whatever else happens is in the ledger. */
export function createChunkSender(
  sending: Sending,
  options: {
    readonly metrics: SendingMetrics;
    /** What others wait for takes no turns, and does not wait for company. */
    readonly isUrgent: boolean;
  },
) {
  const { metrics, isUrgent } = options;
  const takeTurn = isUrgent ? async () => undefined : createTurns();
  const batching = { gatherMs: isUrgent ? undefined : 0 };
  const askWithheld = createWithheldQuestion(sending.ports, batching);
  const sources = createChunkSources(sending, batching);
  const intend = createIntentLog(sending, batching);
  const steps = createLedgerSteps(sending, batching);
  const close = createChunkCloser(sending, batching);
  const paceOf = createPaces(sending);
  const experiences = new Map<string, Experience>();
  const experienceOf = (channel: Channel): Experience => {
    const name = `${channel.kind} ${channel.provider}`;
    const known = experiences.get(name);
    if (known !== undefined) return known;
    const fresh = {
      groupSize: createGroupSize(channel),
      breaker: createProviderBreaker(),
      permits: channel.isRepeatable
        ? undefined
        : createPermits({ count: UNREPEATABLE_AT_ONCE, maxWaiting: WAITING_SLOTS }),
    };
    experiences.set(name, fresh);
    return fresh;
  };

  return async (job: ChunkData, tools: JobTools): Promise<void> => {
    const chunk = await sources.findChunk(job);
    if (chunk === undefined) return;
    const { row } = chunk;

    let endsAtMs = sending.clock.monotonicMs() + TIME_BOX_MS;
    const isTimeUp = () => tools.signal.aborted || sending.clock.monotonicMs() > endsAtMs;
    const range = rangeOfChunk(job.chunk, row.total_users);
    const notes: (() => Promise<boolean>)[] = [];
    let moreInMs: number | undefined;
    let states: Buffer | undefined;
    for (const kind of row.channels) {
      const channel = channelOf(sending, row, kind);
      const pace = paceOf(row, channel);
      const { permits, ...experience } = experienceOf(channel);
      const askedMs = sending.clock.monotonicMs();
      const giveBack = permits === undefined ? () => undefined : await permits.take();
      if (giveBack === undefined) return tools.continueIn(NEXT_TRY_MS * (1 + Math.random()));
      // Whoever waited has not had that time.
      endsAtMs += sending.clock.monotonicMs() - askedMs;
      const pass = {
        ...{ row, chunk, range, channel, pace, ...experience },
        ...{ metrics, steps, askWithheld, intend, takeTurn, isTimeUp },
      };
      const end = await sendThrough(sending, pass).finally(giveBack);
      if (end.kind === 'fenced') return;
      if (end.kind === 'provider-away') {
        metrics.providerAway(kind);
        return pauseItself(sending, row, end.reason);
      }
      const { last } = end;
      if (last !== undefined) notes.push(() => noteStates(sending, pass, last));
      moreInMs = earlier(moreInMs, end.moreInMs);
      states = end.states;
    }
    if (moreInMs !== undefined) {
      await Promise.all(notes.map((note) => note()));
      return tools.continueIn(moreInMs);
    }
    await close({ row, chunk: job.chunk, ...range, states });
  };
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}
