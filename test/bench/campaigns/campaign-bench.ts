import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../../consistency/processes/child.ts';
import {
  changeCampaign,
  createCampaign,
  type Lab,
  openLab,
  personIds,
  readProgress,
} from './lab.ts';
import { type Polls, pollProgress } from './poll-progress.ts';

/** One size of campaign, sent through a provider that does nothing. */
export interface CampaignRow {
  readonly recipients: number;
  /** From its being resumed, with workers at hand, to its last recipient. */
  readonly seconds: number;
  /** Recipients that were not sent to: must be none. */
  readonly unsent: number;
  /** Most that Redis held during it, beyond what it held before, for each recipient. */
  readonly redisBytesPerRecipient: number;
  /** The largest of the workers. */
  readonly workerRssBytes: number;
  /** What the queues held in Redis at one look in the middle, ledgers apart. */
  readonly queueBytes: number;
  /** Processor time of all workers, of Redis, and of PostgreSQL. */
  readonly workerCpuMs: number;
  readonly redisCpuMs: number;
  readonly postgresCpuMs: number;
}

export interface CampaignBench {
  readonly rows: readonly CampaignRow[];
  readonly plain: {
    readonly recipients: number;
    readonly addSeconds: number;
    readonly seconds: number;
  };
  /** Of its progress, during the first half of the largest campaign. */
  readonly polls: Polls;
  /** Of the progress of one that sends `LIMITED_PER_SECOND`, as providers have it. */
  readonly limitedPolls: Polls;
  /** Of the same one before it is resumed: nothing is sent, and nobody else is at work. */
  readonly idlePolls: Polls;
  /** Of urgent messages under the second half of the largest. */
  readonly urgent: readonly UrgentRow[];
}

/** How long one urgent message took until its sending began. */
export interface UrgentRow {
  readonly sinceAskedMs: number;
  readonly sinceAddedMs: number;
}

export const LIMITED_PER_SECOND = 200;
const LIMITED_SECONDS = 20;
const IDLE_SECONDS = 15;

const WORKERS = 2;
const LIMIT_MS = 600_000;

/** Plain jobs, beside campaigns a tenth as many: they are slow. */
const PLAIN_PART = 10;

/**
 * Campaigns of each size, with engines and workers of their own; polls and urgent messages beside one
 * of the largest size; then plain jobs. A rejection of `interrupted` is passed on when what was started has
 * ended.
 */
export async function measureCampaigns(
  projectDir: string,
  options: { readonly recipients: readonly number[]; readonly interrupted: Promise<never> },
): Promise<CampaignBench> {
  const { recipients, interrupted } = options;
  const withLab = async <Result>(use: (lab: Lab) => Promise<Result>): Promise<Result> => {
    const lab = await openLab(projectDir);
    try {
      return await Promise.race([use(lab), interrupted]);
    } finally {
      await lab.close();
    }
  };
  const rows: CampaignRow[] = [];
  for (const size of recipients) rows.push(await withLab((lab) => measureSize(lab, size)));
  const largest = Math.max(...recipients);
  const beside = await withLab((lab) => measureBeside(lab, { size: largest, projectDir }));
  const limited = await withLab((lab) => measureLimited(lab, projectDir));
  const plain = await withLab((lab) => measurePlain(lab, Math.ceil(largest / PLAIN_PART)));
  return { rows, plain, ...limited, ...beside };
}

async function measureSize(lab: Lab, size: number): Promise<CampaignRow> {
  await lab.service.ask('insertPeople', size);
  const batchId = await createCampaign(lab, size);
  const workers = await startWorkers(lab);
  const before = await lab.readRedis();
  const workerCpuBefore = await cpuMsOf(workers);
  const postgresCpuBefore = await lab.readPostgresCpuMs();
  const beganMs = performance.now();
  await changeCampaign(lab, batchId, 'resume');
  let most = before.bytes;
  let rss = 0;
  let queueBytes = 0;
  for (;;) {
    const progress = await readProgress(lab, batchId);
    most = Math.max(most, (await lab.readRedis()).bytes);
    for (const worker of workers) rss = Math.max(rss, await worker.ask<number>('rss'));
    const isUnderWay = progress.processedUsers > size / 4;
    if (isUnderWay && queueBytes === 0) queueBytes = await lab.readQueueBytes();
    if (progress.status === 'completed') {
      const seconds = (performance.now() - beganMs) / 1_000;
      const workerCpuMs = (await cpuMsOf(workers)) - workerCpuBefore;
      const redisCpuMs = (await lab.readRedis()).cpuMs - before.cpuMs;
      const postgresCpuMs = (await lab.readPostgresCpuMs()) - postgresCpuBefore;
      await Promise.all(workers.map((worker) => worker.end()));
      return {
        recipients: size,
        seconds,
        unsent: size - progress.successCount,
        redisBytesPerRecipient: (most - before.bytes) / size,
        workerRssBytes: rss,
        queueBytes,
        workerCpuMs,
        redisCpuMs,
        postgresCpuMs,
      };
    }
    if (performance.now() - beganMs > LIMIT_MS) throw new Error('the campaign does not end');
    await sleep(100);
  }
}

async function startWorkers(lab: Lab): Promise<Child[]> {
  return Promise.all(Array.from({ length: WORKERS }, () => startWorker(lab, 'shared')));
}

/** As an installation has them: urgent campaigns have a process of their own. */
async function startWorker(lab: Lab, lane: 'shared' | 'urgent'): Promise<Child> {
  const worker = await lab.startProcess();
  const { engines } = lab;
  await worker.ask('beWorker', { engines, provider: { kind: 'null' }, lanes: [lane] });
  return worker;
}

async function cpuMsOf(workers: readonly Child[]): Promise<number> {
  const each = await Promise.all(workers.map((worker) => worker.ask<number>('cpuMs')));
  return each.reduce((sum, cpuMs) => sum + cpuMs, 0);
}

/** Of each kind, before anything is measured: processes that have run for a while are compiled. */
const WARM_UP_TIMES = 100;

/**
 * What goes on while a large campaign of low priority is sent: polls of its progress until it is half
 * done, then urgent campaigns of one person, one after another. The processes have done both before.
 */
async function measureBeside(
  lab: Lab,
  { size, projectDir }: { readonly size: number; readonly projectDir: string },
): Promise<Pick<CampaignBench, 'polls' | 'urgent'>> {
  await lab.service.ask('insertPeople', size);
  const batchId = await createCampaign(lab, size);
  const workers = await startWorkers(lab);
  const urgentWorker = await startWorker(lab, 'urgent');
  await warmUpPolls(lab, { batchId, projectDir });
  const sendUrgent = urgentSender(lab, urgentWorker);
  for (let times = 0; times < WARM_UP_TIMES; times += 1) await sendUrgent();
  await changeCampaign(lab, batchId, 'resume');
  let isHalfDone = false;
  const polling = pollProgress(lab, batchId, { projectDir, isOver: () => isHalfDone });
  while ((await readProgress(lab, batchId)).processedUsers < size / 2) await sleep(500);
  isHalfDone = true;
  const polls = await polling;
  const urgent: UrgentRow[] = [];
  while ((await readProgress(lab, batchId)).status !== 'completed') {
    urgent.push(await sendUrgent());
    await sleep(20);
  }
  await Promise.all([...workers, urgentWorker].map((worker) => worker.end()));
  return { polls, urgent };
}

async function measureLimited(
  lab: Lab,
  projectDir: string,
): Promise<Pick<CampaignBench, 'limitedPolls' | 'idlePolls'>> {
  const size = LIMITED_PER_SECOND * LIMITED_SECONDS;
  await lab.service.ask('insertPeople', size);
  const batchId = await createCampaign(lab, size, { rate: LIMITED_PER_SECOND });
  await startWorkers(lab);
  await warmUpPolls(lab, { batchId, projectDir });
  const pollFor = (seconds: number) => {
    const endsAtMs = performance.now() + 1_000 * seconds;
    const isOver = () => performance.now() > endsAtMs;
    return pollProgress(lab, batchId, { projectDir, isOver });
  };
  const idlePolls = await pollFor(IDLE_SECONDS);
  await changeCampaign(lab, batchId, 'resume');
  return { idlePolls, limitedPolls: await pollFor(LIMITED_SECONDS - 2) };
}

async function warmUpPolls(
  lab: Lab,
  { batchId, projectDir }: { readonly batchId: string; readonly projectDir: string },
): Promise<void> {
  let times = 0;
  await pollProgress(lab, batchId, { projectDir, isOver: () => times++ >= WARM_UP_TIMES / 10 });
}

/** One message at a time. Throws when it has not begun to be sent after ten seconds. */
function urgentSender(lab: Lab, urgentWorker: Child): () => Promise<UrgentRow> {
  const begun: number[] = [];
  urgentWorker.onTold((told) => begun.push((told as { urgentAtMs: number }).urgentAtMs));
  return async () => {
    const { length } = begun;
    const asked = await lab.service.ask<{ atMs: number; batchId: string }>(
      'addUrgent',
      personIds(1)[0],
    );
    const deadlineMs = performance.now() + 10_000;
    while (begun.length === length && performance.now() < deadlineMs) await sleep(2);
    const beganAtMs = begun[length];
    if (beganAtMs === undefined) throw new Error('an urgent message did not begin in 10 s');
    const addedAtMs = await lab.readAddedAtMs(asked.batchId);
    return {
      sinceAskedMs: Math.max(0, beganAtMs - asked.atMs),
      sinceAddedMs: Math.max(0, beganAtMs - addedAtMs),
    };
  };
}

async function measurePlain(lab: Lab, recipients: number): Promise<CampaignBench['plain']> {
  const { redisUrl } = lab.engines;
  const beganMs = performance.now();
  await lab.service.ask('addPlainJobs', { redisUrl, count: recipients });
  const addSeconds = (performance.now() - beganMs) / 1_000;
  const workers = await Promise.all(Array.from({ length: WORKERS }, () => lab.startProcess()));
  await Promise.all(workers.map((worker) => worker.ask('bePlainWorker', redisUrl)));
  for (;;) {
    const done = await Promise.all(workers.map((worker) => worker.ask<number>('plainDone')));
    if (done.reduce((sum, count) => sum + count, 0) >= recipients) break;
    await sleep(50);
  }
  return { recipients, addSeconds, seconds: (performance.now() - beganMs) / 1_000 };
}
