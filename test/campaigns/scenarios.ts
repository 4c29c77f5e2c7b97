import { setTimeout as sleep } from 'node:timers/promises';
import { personIds } from '../bench/campaigns/lab.ts';
import { createRandom } from '../consistency/random.ts';
import { type Outcome, type RunOptions, runCampaign } from './campaign-run.ts';
import { worstEstimate } from './estimate-error.ts';
import { type Grant, mostGranted, openGrantLog } from './grant-log.ts';
import { judge } from './judge.ts';

export interface ScenarioOptions {
  readonly projectDir: string;
  readonly recipients: number;
  readonly seed: number;
  readonly redisAwayMs: number;
  /** Its rejection is passed on when what was started has ended. */
  readonly interrupted?: Promise<never>;
}

/** What a scenario came to: nothing found is what must be. */
export interface Verdict {
  readonly findings: readonly string[];
  readonly summary: string;
}

type Scenario = (options: ScenarioOptions) => Promise<Verdict>;

const KILL_EVERY_MS = 2_000;
const WORKERS = 3;

function verdictOf(
  outcome: Outcome,
  promise: { readonly recipients: number; readonly hasKeys: boolean },
  more: readonly string[] = [],
): Verdict {
  const { end, accepted, polls } = outcome;
  const messages = accepted.reduce((sum, one) => sum + one.messages, 0);
  return {
    findings: [...judge(outcome, promise), ...more],
    summary:
      `${end.successCount} sent, ${end.failureCount} failed, ${end.unknownCount} unknown; ` +
      `${messages} messages accepted for ${accepted.length} people; ` +
      `${polls.length} polls, ${pollsASecond(polls).toFixed(0)} a second`,
  };
}

const pollsASecond = (polls: Outcome['polls']): number =>
  (1_000 * polls.length) / ((polls.at(-1)?.atMs ?? 0) - (polls[0]?.atMs ?? 0));

/**
 * Workers are killed every two seconds; now and then it is paused, or Redis restarts. With a replay
 * one in ten bounces at first, and is sent to once more in a round of its own.
 */
const killWorkers =
  (hasKeys: boolean, more: Pick<RunOptions, 'manner' | 'replay'> = {}): Scenario =>
  async ({ seed, ...options }) => {
    const promise = { recipients: options.recipients, hasKeys };
    const random = createRandom(seed);
    const outcome = await runCampaign(
      { ...options, ...more, hasKeys, workers: WORKERS },
      async ({ lab, replaceWorker, pauseAndResume }, hasEnded) => {
        while (!hasEnded()) {
          await sleep(KILL_EVERY_MS);
          if (hasEnded()) return;
          await replaceWorker(random.below(WORKERS));
          if (random.chance(0.2)) await pauseAndResume();
          if (random.chance(0.15)) await lab.redis.crash();
        }
      },
    );
    return verdictOf(outcome, promise);
  };

/** Redis comes back empty, once or twice; the second time it may be paused meanwhile. */
const loseRedis =
  (hasKeys: boolean): Scenario =>
  async ({ seed, ...options }) => {
    const promise = { recipients: options.recipients, hasKeys };
    const random = createRandom(seed);
    const shares = [random.between(0.1, 0.5), ...(random.chance(0.5) ? [0.7] : [])];
    const outcome = await runCampaign(
      { ...options, hasKeys, workers: WORKERS },
      async ({ lab, progress, pauseAndResume }, hasEnded) => {
        for (const share of shares) {
          const isThere = async () =>
            (await progress()).processedUsers >= options.recipients * share;
          while (!hasEnded() && !(await isThere())) await sleep(20);
          if (hasEnded()) return;
          await Promise.all([
            lab.redis.crashFor(0, { forgets: true }),
            share === 0.7 ? pauseAndResume() : undefined,
          ]);
        }
      },
    );
    return verdictOf(outcome, promise);
  };

/** One in a hundred bounces for good, one in twenty is refused once. */
const bounce: Scenario = async (options) => {
  const promise = { recipients: options.recipients, hasKeys: false };
  const manner = { bounceShare: 0.01, busyShare: 0.05 };
  const outcome = await runCampaign(
    { ...options, manner, hasKeys: false, workers: WORKERS },
    async () => undefined,
  );
  const { end, bouncing } = outcome;
  const isRight = end.failureCount === bouncing.length && end.unknownCount === 0;
  return verdictOf(outcome, promise, isRight ? [] : [`${bouncing.length} should have failed`]);
};

const REFUSED_WITHIN_MS = 1_000;
const RESUMES_WITHIN_MS = 10_000;

/** Redis is away for a while: nothing is accepted, and sending goes on soon after it is back. */
const redisAway: Scenario = async (options) => {
  const promise = { recipients: options.recipients, hasKeys: true };
  const findings: string[] = [];
  let resumedAfterMs = 0;
  const outcome = await runCampaign(
    { ...options, hasKeys: true, workers: WORKERS },
    async ({ lab, progress, oracle }) => {
      const isUnderWay = async () => (await progress()).processedUsers > options.recipients / 10;
      while (!(await isUnderWay())) await sleep(20);
      const away = lab.redis.crashFor(options.redisAwayMs, { forgets: false });
      await sleep(200);
      const askedMs = performance.now();
      const { status } = await lab.service.ask<{ status: number }>('call', {
        method: 'post',
        path: '/notifications/bulk',
        body: { userIds: personIds(1), templateCode: 'user.registered' },
      });
      const tookMs = performance.now() - askedMs;
      if (status !== 503 || tookMs > REFUSED_WITHIN_MS) {
        findings.push(`creating answered ${status} after ${Math.round(tookMs)} ms`);
      }
      await away;
      const backMs = performance.now();
      const countOf = async () => (await oracle.ask<number[]>('arrivalTimes')).length;
      const before = await countOf();
      while ((await countOf()) === before && performance.now() < backMs + 60_000) await sleep(50);
      resumedAfterMs = performance.now() - backMs;
      if (resumedAfterMs > RESUMES_WITHIN_MS) {
        findings.push(`sending resumed after ${Math.round(resumedAfterMs)} ms`);
      }
    },
  );
  const verdict = verdictOf(outcome, promise, findings);
  return {
    ...verdict,
    summary: `${verdict.summary}; resumed ${Math.round(resumedAfterMs)} ms after`,
  };
};

const LIMIT = 200;
const MOST_ARRIVALS = 1.05;
const LEAST_USED = 0.95;
const WORST_ESTIMATE = 0.15;
/** As workers name it. */
const BUCKET = 'email provider oracle';

/** Four workers share a provider's limit, and the end is foretold. */
const limit: Scenario = async (options) => {
  const recipients = Math.min(options.recipients, LIMIT * 25);
  const promise = { recipients, hasKeys: true };
  let grants: readonly Grant[] = [];
  const outcome = await runCampaign(
    { ...options, recipients, hasKeys: true, workers: 4, perSecond: LIMIT },
    async ({ lab }, hasEnded) => {
      const log = await openGrantLog(lab.engines.redisUrl, BUCKET);
      while (!hasEnded()) await sleep(100);
      grants = await log.close();
    },
  );
  const times = [...outcome.arrivalTimes].sort((one, other) => one - other);
  const most = Math.max(...times.map((fromMs) => countWithin(times, fromMs)));
  const spanMs = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const used = times.length / ((LIMIT * spanMs) / 1_000);
  const findings: string[] = [];
  if (most > LIMIT * MOST_ARRIVALS) findings.push(`${most} arrived within a second`);
  const granted = mostGranted(grants);
  if (granted > LIMIT) findings.push(`${granted} were granted within a second`);
  const all = grants.reduce((sum, { units }) => sum + units, 0);
  // The first were granted before the log was open.
  if (all < recipients * LEAST_USED) findings.push(`the log of grants knows ${all} only`);
  const estimate = worstEstimate(outcome.polls, recipients);
  const off =
    estimate === undefined
      ? 'none told'
      : `${(100 * estimate.off).toFixed(0)} % off (${estimate.toldSeconds} s told, ` +
        `${estimate.leftSeconds.toFixed(1)} s left)`;
  if (estimate === undefined || estimate.off > WORST_ESTIMATE) findings.push(`estimates: ${off}`);
  if (used < LEAST_USED) findings.push(`only ${(100 * used).toFixed(0)} % of the limit were used`);
  const verdict = verdictOf(outcome, promise, findings);
  const use =
    `at most ${granted} granted and ${most} arrived of ${LIMIT} in a second, ` +
    `${(100 * used).toFixed(0)} % used; estimates at worst ${off}`;
  return { ...verdict, summary: `${verdict.summary}; ${use}` };
};

function countWithin(times: readonly number[], fromMs: number): number {
  return times.filter((atMs) => atMs >= fromMs && atMs < fromMs + 1_000).length;
}

/** By the name under which `--only` chooses them. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'kill-keyed': killWorkers(true),
  'kill-unkeyed': killWorkers(false),
  rounds: killWorkers(true, { manner: { bounceShare: 0.1 }, replay: {} }),
  'redis-lost-keyed': loseRedis(true),
  'redis-lost-unkeyed': loseRedis(false),
  'redis-away': redisAway,
  bounces: bounce,
  limit,
};
