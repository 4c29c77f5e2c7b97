import { setTimeout as sleep } from 'node:timers/promises';
import type { CampaignProgress } from '@cloudphone/contracts';
import { bundle } from '@cloudphone/deploy';
import { systemClock } from '@cloudphone/runtime';
import {
  changeCampaign,
  createCampaign,
  type Lab,
  openLab,
  personIds,
  readProgress,
} from '../bench/campaigns/lab.ts';
import { type Child, startChild } from '../consistency/processes/child.ts';
import type { Accepted, OracleManner } from './oracle-process.ts';
import { type Poll, type Watched, watchPolls } from './watch-polls.ts';

export interface RunOptions {
  readonly projectDir: string;
  readonly recipients: number;
  readonly hasKeys: boolean;
  readonly workers: number;
  readonly manner?: Partial<OracleManner>;
  readonly perSecond?: number;
  /** When it has ended its dead letters are sent again, to a provider of this manner. */
  readonly replay?: Partial<OracleManner>;
  readonly interrupted?: Promise<never>;
}

export interface Problem {
  readonly userId: string;
  readonly state: 'failed' | 'skipped' | 'unknown';
  readonly code: string;
}

/** A campaign that is being sent to the oracle, and what may happen to it meanwhile. */
export interface Running {
  readonly lab: Lab;
  readonly batchId: string;
  readonly oracle: Child;
  /** kill −9 of one worker; another takes its place. */
  replaceWorker(index: number): Promise<void>;
  pauseAndResume(): Promise<void>;
  progress(): Promise<CampaignProgress>;
}

/** What was said of a campaign, and what the oracle saw of it. */
export interface Outcome {
  readonly end: CampaignProgress;
  readonly accepted: readonly Accepted[];
  readonly bouncing: readonly string[];
  readonly problems: readonly Problem[];
  readonly rounds: number;
  readonly completions: number;
  readonly arrivalTimes: readonly number[];
  /** What polls showed that must never be seen. */
  readonly broken: readonly string[];
  readonly polls: readonly Poll[];
}

const NORMAL: OracleManner = { bounceShare: 0, busyShare: 0, latencyMs: 2 };

/** Sends a campaign to the oracle while `meanwhile` happens to it; resolves when it has ended. */
export async function runCampaign(
  options: RunOptions,
  meanwhile: (running: Running, hasEnded: () => boolean) => Promise<void>,
): Promise<Outcome> {
  const { projectDir, recipients, hasKeys, perSecond, interrupted } = options;
  const oracleEntry = 'test/campaigns/oracle-process.ts';
  const { file } = await bundle({ name: 'campaign-oracle', entry: oracleEntry, projectDir });
  const lab = await openLab(projectDir, hasKeys ? {} : { smtpUrl: 'smtp://127.0.0.1:1' });
  const oracle = await startChild(file);
  try {
    const url = await oracle.ask<string>('open');
    await oracle.ask('behave', { ...NORMAL, ...options.manner });
    await lab.service.ask('insertPeople', recipients);
    const batchId = await createCampaign(lab, recipients);
    const provider = { kind: 'oracle', url, hasKeys, ...(perSecond && { perSecond }) };
    const startWorker = async () => {
      const worker = await lab.startProcess();
      await worker.ask('beWorker', { engines: lab.engines, provider });
      return worker;
    };
    const workers = await Promise.all(Array.from({ length: options.workers }, startWorker));
    await changeCampaign(lab, batchId, 'resume');
    let hasEnded = false;
    const running: Running = {
      ...{ lab, batchId, oracle },
      replaceWorker: async (index) => {
        await workers[index]?.end();
        if (!hasEnded) workers[index] = await startWorker();
      },
      pauseAndResume: async () => {
        // Refused when it has just ended, or while Redis is away.
        await changeCampaign(lab, batchId, 'pause').catch(() => undefined);
        await sleep(200);
        // Whom a person paused nobody resumes by itself.
        for (let tries = 0; tries < 50; tries += 1) {
          const path = `/notifications/bulk/${batchId}/resume`;
          const call = { method: 'post', path };
          const answer = await lab.service.ask<{ status: number }>('call', call);
          if (answer.status < 500) return;
          await sleep(200);
        }
      },
      progress: () => readProgress(lab, batchId) as Promise<CampaignProgress>,
    };
    const ended = Promise.all([
      watchRounds(running, options).finally(() => {
        hasEnded = true;
      }),
      meanwhile(running, () => hasEnded),
    ]);
    const [watched] = await Promise.race([ended, ...(interrupted ? [interrupted] : [])]);
    const { rounds } = watched;
    const events = await eventsAfterEnd(lab, batchId, rounds);
    const { end, broken } = watched;
    const settled = await running.progress();
    const isSame = JSON.stringify(settled.channels) === JSON.stringify(end.channels);
    return {
      ...watched,
      broken: [...broken, ...(isSame ? [] : ['its counters moved after it was completed'])],
      accepted: await oracle.ask('accepted'),
      bouncing: await oracle.ask('bouncing', personIds(recipients)),
      arrivalTimes: await oracle.ask('arrivalTimes'),
      problems: await lab.service.ask('problems', batchId),
      completions: events.filter((type) => type === 'campaign.completed').length,
    };
  } finally {
    await oracle.end();
    await lab.close();
  }
}

/** The row, and the event with it, follow the last commit of the ledger by a moment. */
async function eventsAfterEnd(
  { service }: Lab,
  batchId: string,
  rounds: number,
): Promise<string[]> {
  const isCompletion = (type: string) => type === 'campaign.completed';
  const untilMs = performance.now() + 60_000;
  for (;;) {
    const events = await service.ask<string[]>('eventsOf', batchId);
    if (events.filter(isCompletion).length >= rounds || performance.now() > untilMs) {
      // Whoever told it may tell it again.
      await sleep(500);
      return service.ask<string[]>('eventsOf', batchId);
    }
    await sleep(100);
  }
}

/** One round, or two: the second of those who failed in the first. */
async function watchRounds(
  { lab, batchId, oracle, progress }: Running,
  { recipients, replay }: RunOptions,
): Promise<Watched & { readonly rounds: number }> {
  const first = await watchPolls(progress, recipients, systemClock);
  if (replay === undefined || first.end.failureCount === 0) return { ...first, rounds: 1 };
  await oracle.ask('behave', { ...NORMAL, ...replay });
  await beginReplay(lab, batchId);
  const second = await watchPolls(progress, recipients, systemClock);
  return {
    end: second.end,
    broken: [...first.broken, ...second.broken],
    polls: [...first.polls, ...second.polls],
    rounds: 2,
  };
}

/** Refused until its row says that it has ended, and while Redis is away. */
async function beginReplay({ service }: Lab, batchId: string): Promise<void> {
  const path = `/notifications/bulk/${batchId}/dead-letters/replay`;
  const untilMs = performance.now() + 60_000;
  for (;;) {
    const about = { method: 'post', path, body: { filter: {} } };
    const { status } = await service.ask<{ status: number }>('call', about);
    if (status < 300) return;
    if (performance.now() > untilMs) throw new Error(`a replay answered ${status}`);
    await sleep(100);
  }
}
