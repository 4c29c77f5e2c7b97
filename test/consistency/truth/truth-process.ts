import { setTimeout as sleep } from 'node:timers/promises';
import { connectRedis, createLogStore, whenReady } from '@cloudphone/redis';
import { silentLogger } from '@cloudphone/runtime';
import type { Position } from '@cloudphone/view-cache';
import type { Promised, Sighting } from '../findings.ts';
import { answerParent } from '../processes/child.ts';
import { createRandom, seedFor } from '../random.ts';
import { createLaggingCopy } from './lagging-copy.ts';
import { readLogHistory } from './log-history.ts';
import { createOutbox, type OutboxRow } from './outbox.ts';
import { createTrueWorld, SERVICES, type ServiceName } from './true-world.ts';
import { type ServiceState, startTruthServer } from './truth-server.ts';

export interface TruthSettings {
  readonly redisUrl: string;
  readonly seed: number;
}

export interface TruthState {
  readonly writes: number;
  /** Where the log is, when it has every write; undefined before. */
  readonly settledAt?: Position;
}

interface Oldest {
  readonly ageMs: number;
  readonly detail: string;
}

export interface Verdicts {
  /** As many as `promises`, in their order; undefined: kept. */
  readonly broken: readonly (string | null)[];
  /** The oldest unmarked answers: those from memory, and those that others' loads brought too. */
  readonly ages: { readonly fromMemory: Oldest; readonly fromAnywhere: Oldest };
  readonly lags: { readonly medianMs: number; readonly p99Ms: number; readonly longestMs: number };
}

async function start({ redisUrl, seed }: TruthSettings) {
  const random = createRandom(seedFor(seed, 'truth'));
  const world = createTrueWorld(random);
  const copy = createLaggingCopy(world);
  const connection = connectRedis({
    url: redisUrl,
    name: 'truth',
    manner: 'fail-fast',
    logger: silentLogger,
  });
  await whenReady(connection, 10_000);
  const store = createLogStore({ connection, logger: silentLogger });
  const outboxes = new Map(SERVICES.map((service) => [service, createOutbox(service, store)]));
  const states = new Map<ServiceName, ServiceState>();
  let perSecond = 0;
  let writes = 0;

  const write = (): OutboxRow => {
    const commit = world.write();
    copy.onWritten(commit);
    writes++;
    const row = outboxes.get(commit.service)?.add(commit);
    if (row === undefined) throw new Error(`no outbox of ${commit.service}`);
    return row;
  };
  const writeOn = async (): Promise<void> => {
    for (;;) {
      // Storms and calms of about a second each, at the asked rate on average.
      const share = Math.floor(performance.now() / 1_000) % 2 === 0 ? 1.7 : 0.3;
      await sleep(perSecond === 0 ? 20 : random.between(0, 2_000 / (perSecond * share)));
      if (perSecond > 0) write();
    }
  };
  void writeOn();

  const { url } = await startTruthServer({
    world,
    states,
    seed: seedFor(seed, 'delays'),
    outboxes: [...outboxes.values()],
    write,
    copy,
  });
  return {
    url,
    setRate: (rate: number) => {
      perSecond = rate;
    },
    setState: ({ service, state }: { service: ServiceName; state: ServiceState }) => {
      states.set(service, state);
    },
    state: async (): Promise<TruthState> => {
      const { epoch, seq } = await store.read();
      const isSettled = [...outboxes.values()].every((outbox) => outbox.isSettledIn(epoch));
      return isSettled ? { writes, settledAt: { epoch, seq } } : { writes };
    },
    judge: (found: { promises: readonly Promised[]; sightings: readonly Sighting[] }): Verdicts => {
      const history = readLogHistory([...outboxes.values()]);
      const broken = found.promises.map((promised) => history.judgePromise(promised) ?? null);
      const lags: number[] = [];
      const none: Oldest = { ageMs: 0, detail: '' };
      const ages = { fromMemory: none, fromAnywhere: none };
      for (const sighting of found.sightings) {
        const staleness = history.judgeSighting(sighting);
        if (staleness?.lagMs !== undefined) lags.push(staleness.lagMs);
        if (staleness === undefined) continue;
        const seen = { ageMs: staleness.ageMs, detail: JSON.stringify(sighting) };
        const isFromMemory = sighting.how.includes('hit from memory');
        if (isFromMemory && seen.ageMs > ages.fromMemory.ageMs) ages.fromMemory = seen;
        if (seen.ageMs > ages.fromAnywhere.ageMs) ages.fromAnywhere = seen;
      }
      lags.sort((a, b) => a - b);
      const at = (share: number) => lags[Math.floor((lags.length - 1) * share)] ?? 0;
      return {
        broken,
        ages,
        lags: { medianMs: at(0.5), p99Ms: at(0.99), longestMs: at(1) },
      };
    },
  };
}

let truth: Awaited<ReturnType<typeof start>> | undefined;
const running = () => {
  if (truth === undefined) throw new Error('not started');
  return truth;
};
answerParent({
  start: async (settings: TruthSettings) => {
    truth = await start(settings);
    return truth.url;
  },
  setRate: (rate: number) => running().setRate(rate),
  setState: (state: { service: ServiceName; state: ServiceState }) => running().setState(state),
  state: () => running().state(),
  judge: (found: { promises: Promised[]; sightings: Sighting[] }) => running().judge(found),
});
