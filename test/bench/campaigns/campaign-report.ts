import { percentile } from '../statistics.ts';
import { textTable, whole } from '../text-table.ts';
import { type CampaignBench, LIMITED_PER_SECOND } from './campaign-bench.ts';
import type { Polls } from './poll-progress.ts';

const GOAL_SECONDS = 20;
const GOAL_RATIO = 5;
const GOAL_RSS = 250 * 1024 * 1024;
const GOAL_BYTES = 25;
const GOAL_QUEUE_BYTES = 5 * 1024 * 1024;
const GOAL_URGENT_MS = 50;
const GOAL_POLL_MS = 5;
const MILLION = 1_000_000;

export function presentCampaigns(bench: CampaignBench): string {
  const { rows, plain, polls, limitedPolls, idlePolls, urgent } = bench;
  const table = textTable([
    [
      'recipients',
      'seconds',
      'recipients/s',
      'Redis bytes each',
      'queue KB',
      'worker MB',
      'workers’ µs each',
      'Redis’ µs each',
      'PostgreSQL’s µs each',
    ],
    ...rows.map((row) => [
      whole(row.recipients),
      row.seconds.toFixed(1),
      whole(row.recipients / row.seconds),
      row.redisBytesPerRecipient.toFixed(1),
      whole(row.queueBytes / 1024),
      whole(row.workerRssBytes / 1024 / 1024),
      ((1_000 * row.workerCpuMs) / row.recipients).toFixed(1),
      ((1_000 * row.redisCpuMs) / row.recipients).toFixed(1),
      ((1_000 * row.postgresCpuMs) / row.recipients).toFixed(1),
    ]),
  ]);
  return [
    'Campaigns, through a provider that does nothing: two workers, appendfsync everysec, mirror on',
    table,
    `Plain BullMQ, one job a recipient: ${whole(plain.recipients)} in ${plain.seconds.toFixed(1)} s ` +
      `(${plain.addSeconds.toFixed(1)} s of them to add): ${whole(plain.recipients / plain.seconds)}/s`,
    `Polls of the largest: ${presentPolls(polls)}`,
    `Polls of one that sends ${LIMITED_PER_SECOND} a second: ${presentPolls(limitedPolls)}`,
    `Polls while nothing is sent: ${presentPolls(idlePolls)}`,
    `Urgent under the largest, ${urgent.length} messages, until sending began: ` +
      `since the job was added ${presentMs(addedMs(urgent))}; ` +
      `since it was asked for ${presentMs(urgent.map(({ sinceAskedMs }) => sinceAskedMs))}`,
  ].join('\n');
}

const addedMs = (urgent: CampaignBench['urgent']) => urgent.map(({ sinceAddedMs }) => sinceAddedMs);

function presentPolls({ progressMs, bareMs }: Polls): string {
  return `${progressMs.length} of them ${presentMs(progressMs)}; bare node:http then ${presentMs(bareMs)}`;
}

function presentMs(values: readonly number[]): string {
  const inOrder = [...values].sort((one, other) => one - other);
  const p = (share: number) => percentile(inOrder, share).toFixed(1);
  return `p50 ${p(0.5)} ms, p99 ${p(0.99)} ms`;
}

/** What was not as it should be. */
export function problemsOfCampaigns(bench: CampaignBench): string[] {
  const { rows, plain, polls, limitedPolls, urgent } = bench;
  const problems: string[] = [];
  for (const row of rows) {
    const { recipients, seconds, unsent, redisBytesPerRecipient, workerRssBytes } = row;
    const name = `a campaign of ${whole(recipients)}`;
    if (unsent !== 0) problems.push(`${name}: ${unsent} were not sent to`);
    if (workerRssBytes > GOAL_RSS) problems.push(`${name}: a worker held more than 250 MB`);
    if (row.queueBytes > GOAL_QUEUE_BYTES) problems.push(`${name}: queues held more than 5 MB`);
    // Small ones are mostly the window's jobs, which do not grow.
    if (recipients >= MILLION && redisBytesPerRecipient > GOAL_BYTES) {
      problems.push(`${name}: more than ${GOAL_BYTES} bytes of Redis a recipient`);
    }
    if (recipients === MILLION && seconds > GOAL_SECONDS) {
      problems.push(`${name}: took more than ${GOAL_SECONDS} s`);
    }
  }
  const best = Math.max(...rows.map(({ recipients, seconds }) => recipients / seconds));
  if (best < GOAL_RATIO * (plain.recipients / plain.seconds)) {
    problems.push(`campaigns: not ${GOAL_RATIO} times as fast as one job a recipient`);
  }
  const p99 = (values: readonly number[]) =>
    percentile(
      [...values].sort((one, other) => one - other),
      0.99,
    );
  for (const [name, { progressMs }] of Object.entries({ polls, 'limited polls': limitedPolls })) {
    if (p99(progressMs) > GOAL_POLL_MS) problems.push(`${name}: p99 above ${GOAL_POLL_MS} ms`);
  }
  if (p99(addedMs(urgent)) > GOAL_URGENT_MS) {
    problems.push(`urgent messages: p99 above ${GOAL_URGENT_MS} ms`);
  }
  return problems;
}
