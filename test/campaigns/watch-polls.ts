import type { CampaignProgress } from '@cloudphone/contracts';
import type { Clock } from '@cloudphone/runtime';

/** What 50 polls a second of one round showed. */
export interface Watched {
  readonly end: CampaignProgress;
  /** What must never be seen, each once. */
  readonly broken: readonly string[];
  readonly polls: readonly Poll[];
}

export interface Poll {
  readonly atMs: number;
  readonly processed: number;
  readonly etaSeconds: CampaignProgress['etaSeconds'];
}

const LIMIT_MS = 900_000;
/** 50 times a second, however long an answer takes. */
const POLL_MS = 20;

/** Polls a campaign until it says that it is completed, and holds each answer against the one before. */
export async function watchPolls(
  progress: () => Promise<CampaignProgress>,
  recipients: number,
  clock: Pick<Clock, 'monotonicMs' | 'after'>,
): Promise<Watched> {
  const broken = new Set<string>();
  const polls: Poll[] = [];
  const beganMs = clock.monotonicMs();
  let before = 0;
  for (;;) {
    const atMs = clock.monotonicMs();
    const now = await progress();
    const { processedUsers: processed, etaSeconds, status } = now;
    polls.push({ atMs, processed, etaSeconds });
    for (const finding of findingsOf(now, recipients)) broken.add(finding);
    if (processed < before) broken.add(`processed went back from ${before} to ${processed}`);
    before = processed;
    if (status === 'completed') return { end: now, broken: [...broken], polls };
    if (atMs - beganMs > LIMIT_MS) {
      throw new Error(`the campaign does not end: ${JSON.stringify(now)}`);
    }
    const nextMs = Math.max(0, atMs + POLL_MS - clock.monotonicMs());
    await new Promise<void>((resolve) => void clock.after(nextMs, resolve));
  }
}

/** Counters that do not add up, and an end that is told too early or too late. */
function findingsOf(now: CampaignProgress, recipients: number): string[] {
  const { processedUsers: processed, status } = now;
  const findings: string[] = [];
  const sum =
    now.successCount + now.failureCount + now.skippedCount + now.unknownCount + now.cancelledCount;
  if (sum !== processed) findings.push(`${sum} people in five counters, ${processed} processed`);
  if (now.totalUsers !== recipients) findings.push(`${now.totalUsers} of ${recipients} people`);
  if (processed > recipients) findings.push(`${processed} processed of ${recipients}`);
  for (const [channel, counts] of Object.entries(now.channels)) {
    const told = Object.values(counts ?? {}).reduce((all, count) => all + count, 0);
    // Whoever is processed is told of in every channel.
    if (told < processed || told > recipients) {
      findings.push(`${told} by ${channel}, ${processed} processed of ${recipients}`);
    }
  }
  if ((status === 'completed') !== (processed === recipients)) {
    findings.push(`${status} with ${processed} of ${recipients}`);
  }
  if ((now.progress === 100) !== (processed === recipients)) {
    findings.push(`${now.progress} % with ${processed} of ${recipients}`);
  }
  return findings;
}
