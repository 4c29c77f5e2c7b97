import { setTimeout as sleep } from 'node:timers/promises';
import { keys, type LogStore, type Redis } from '@cloudphone/redis';
import type { RedisProcess } from '../processes/redis-process.ts';
import type { Random } from '../random.ts';
import type { ServiceName } from '../truth/true-world.ts';
import { SERVICES } from '../truth/true-world.ts';
import type { ServiceState } from '../truth/truth-server.ts';

/** What a fault may lay hands on. */
export interface Victims {
  readonly redis: RedisProcess;
  /** A connection of the checker's own to the same server. */
  readonly client: Redis;
  readonly store: LogStore;
  readonly random: Random;
  readonly nodes: readonly Victim[];
  setService(service: ServiceName, state: ServiceState): Promise<void>;
  readonly heartbeatMs: number;
}

export interface Victim {
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** kill −9, then a new process in its place. */
  replace(): Promise<void>;
}

/** Does its harm and, before it resolves, undoes what can be undone. */
export type Fault = (victims: Victims) => Promise<void>;

const VERSIONED: readonly ServiceName[] = ['items', 'owners'];

const failSource =
  (state: ServiceState): Fault =>
  async ({ random, setService }) => {
    // Lists have no versions by which to know a laggard.
    const service = state === 'lagging' ? random.pick(VERSIONED) : random.pick(SERVICES);
    await setService(service, state);
    await sleep(random.between(300, 1_500));
    await setService(service, 'up');
  };

/** While a node stands still, some rows that it has not read disappear. */
const loseRows =
  (lose: (victims: Victims, from: number, to: number) => Promise<unknown>): Fault =>
  async (victims) => {
    const { random, nodes, store } = victims;
    const stopped = random.chance(0.3) ? nodes : [random.pick(nodes)];
    const { seq: from } = await store.read();
    for (const node of stopped) node.signal('SIGSTOP');
    try {
      await sleep(random.between(150, 500));
      const { seq: to } = await store.read();
      await lose(victims, from, to);
    } finally {
      for (const node of stopped) node.signal('SIGCONT');
    }
  };

/** Every waiting reader of the log loses its connection, again and again. */
const cutTails: Fault = async ({ client, random, heartbeatMs }) => {
  const untilMs = performance.now() + random.between(1, 4) * heartbeatMs;
  while (performance.now() < untilMs) {
    const list = String(await client.client('LIST'));
    for (const line of list.split('\n').filter((each) => each.includes('(waiting)'))) {
      await killOne(client, line);
    }
    await sleep(30);
  }
};

async function killOne(client: Redis, line: string): Promise<void> {
  const id = /\bid=(\d+)/.exec(line)?.[1];
  // It may have gone by itself since it was listed.
  if (id) await client.client('KILL', 'ID', id).catch(() => undefined);
}

export const FAULTS: Readonly<Record<string, Fault>> = {
  'kill connections': async ({ client }) => {
    await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub', 'SKIPME', 'yes');
  },
  'kill one connection': async ({ client, random }) => {
    const list = String(await client.client('LIST'))
      .split('\n')
      .filter(Boolean);
    const others = list.filter((line) => !line.includes('name=checker'));
    if (others.length > 0) await killOne(client, random.pick(others));
  },
  'cut tails': cutTails,
  'hang redis': async ({ redis, random }) => {
    await redis.signal('SIGSTOP');
    await sleep(random.between(100, 1_800));
    await redis.signal('SIGCONT');
  },
  'crash redis': async ({ redis }) => await redis.crash(),
  'restore an older redis': async ({ redis, random }) => {
    await redis.keepCopy();
    await sleep(random.between(300, 1_200));
    await redis.crashToCopy();
  },
  'fail over': async ({ redis, random }) => await redis.failOver(random.between(50, 600)),
  'hand over': async ({ redis, random }) => await redis.handOver(random.between(200, 1_200)),
  'fail back': async ({ redis, random }) => await redis.failBack(random.between(50, 600)),
  'drop rows': loseRows(async ({ client, random }, from, to) => {
    const lost: string[] = [];
    for (let seq = from + 1; seq <= to; seq++) if (random.chance(0.4)) lost.push(`${seq}-0`);
    if (lost.length > 0) await client.xdel(keys.log.stream(), ...lost);
  }),
  'trim the log': loseRows(async ({ store, random }, from, to) => {
    await store.trim(random.chance(0.5) ? to + 1 : Math.ceil((from + to) / 2));
  }),
  'stop a node': async ({ nodes, random, heartbeatMs }) => {
    const node = random.pick(nodes);
    node.signal('SIGSTOP');
    await sleep(random.between(0.2, 3.5) * heartbeatMs);
    node.signal('SIGCONT');
  },
  'kill a node': async ({ nodes, random }) => await random.pick(nodes).replace(),
  'rotate the epoch': async ({ store }) => void (await store.rotateEpoch()),
  'failing source': failSource('failing'),
  'hanging source': failSource('hanging'),
  'lagging source': failSource('lagging'),
};

/** What a subject that knows neither marks nor versions does then is not its error. */
export const SOURCE_FAULTS: readonly string[] = [
  'failing source',
  'hanging source',
  'lagging source',
];
