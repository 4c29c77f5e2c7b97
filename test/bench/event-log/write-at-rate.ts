import { pause, systemClock } from '@cloudphone/runtime';
import { nowMs } from '../socket-latency.ts';

export interface Load {
  readonly perSecond: number;
  readonly seconds: number;
}

export interface Commits {
  /** When the writer knew that it had committed, by the event's id. */
  readonly atMs: ReadonlyMap<string, number>;
  /** Writes that were refused, most likely because the machine cannot take so many. */
  readonly failed: number;
  readonly tookSeconds: number;
  /** Of this process, over all that happened in it meanwhile. */
  readonly cpuMs: number;
}

/** Little enough that what is due is begun one by one, not in volleys. */
const TICK_MS = 1;

/** Writes are begun when they are due, whether or not earlier ones are over. */
export async function writeAtRate(
  write: () => Promise<string>,
  { perSecond, seconds }: Load,
): Promise<Commits> {
  const atMs = new Map<string, number>();
  const underWay: Promise<void>[] = [];
  let failed = 0;
  const writeOnce = () =>
    write().then(
      (id) => void atMs.set(id, nowMs()),
      () => void failed++,
    );
  const startMs = performance.now();
  const cpuAtStart = process.cpuUsage();
  const total = perSecond * seconds;
  while (underWay.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - startMs) / 1_000) * perSecond));
    while (underWay.length < due) underWay.push(writeOnce());
    await pause(systemClock, TICK_MS);
  }
  await Promise.all(underWay);
  const { user, system } = process.cpuUsage(cpuAtStart);
  const tookSeconds = (performance.now() - startMs) / 1_000;
  return { atMs, failed, tookSeconds, cpuMs: (user + system) / 1_000 };
}
