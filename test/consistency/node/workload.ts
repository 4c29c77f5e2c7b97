import { setTimeout as sleep } from 'node:timers/promises';
import type { Position } from '@cloudphone/view-cache';
import type { CrossingToken, Versioned } from '../findings.ts';
import type { Random } from '../random.ts';
import type { WriteReply } from '../truth/truth-server.ts';
import { idOf, pickPopular } from '../world-map.ts';
import { type Manner, PLAIN, type Reader } from './reader.ts';
import { ASIDE, getJson } from './sources.ts';
import { placeOf, TARGETS } from './views.ts';

export interface Workload {
  setRate(readsPerSecond: number): void;
  /** Tokens that other nodes were told. */
  present(tokens: readonly CrossingToken[]): void;
  /** Stops, and resolves when nothing is under way. */
  stop(): Promise<void>;
}

const TICK_MS = 10;
const MOST_UNDER_WAY = 80;
/** A cache that loads for nearly every read would keep its sources from answering anything in time. */
const MOST_OF_PEERS = 16;
/** What could not be read in time is made up for when memory holds most of it. */
const LONGEST_ARREARS_S = 60;
const MOST_AT_ONCE = 400;
const OWN_WRITE_EVERY_MS = 400;

/** Random reads of popular views, many at a time, and now and then a write of this node's own. */
export function startWorkload(options: {
  readonly reader: Reader;
  readonly random: Random;
  readonly truthUrl: string;
  readonly applied: () => Position | undefined;
  readonly knowsPositions: boolean;
  readonly sendToken: (token: CrossingToken) => void;
  readonly count: (what: string) => void;
}): Workload {
  const { reader, random, truthUrl, applied, knowsPositions, sendToken, count } = options;
  let readsPerSecond = 0;
  let due = 0;
  let isStopped = false;
  let lastPosition: Position | undefined;

  const chooseManner = (): Manner => {
    const choice = knowsPositions ? random.next() : 1;
    const position = applied();
    if (choice < 0.005) return { name: 'bypass', token: 'bypass' };
    if (choice < 0.01) return { name: 'forged', token: { epoch: 'forged', seq: 7 } };
    if (choice < 0.015 && position) {
      return { name: 'forged', token: { epoch: position.epoch, seq: position.seq + 1_000_000 } };
    }
    if (choice < 0.1 && lastPosition) {
      return { name: 'client', token: lastPosition, isTold: true };
    }
    return PLAIN;
  };

  /** Whether it was read: what memory does not hold waits while too many are waiting already. */
  const readOne = (target: number, manner: Manner): boolean => {
    if (reader.glance(target, manner)) return true;
    if (reader.underWay >= (knowsPositions ? MOST_UNDER_WAY : MOST_OF_PEERS)) return false;
    void reader.read(target, manner).then((answer) => {
      if (typeof answer === 'object' && answer.position) lastPosition = answer.position;
    });
    return true;
  };

  const tick = (): void => {
    due += (readsPerSecond * TICK_MS) / 1_000;
    due = Math.min(due, readsPerSecond * LONGEST_ARREARS_S);
    for (let tries = 0; tries < MOST_AT_ONCE && due >= 1; tries++) {
      const target = random.chance(0.7)
        ? pickPopular(random, TARGETS.length)
        : random.below(TARGETS.length);
      // Some come in a crowd.
      const readers = random.chance(0.02) ? 10 : 1;
      for (let i = 0; i < readers; i++) if (readOne(target, chooseManner())) due--;
    }
  };

  const writeOwn = async (): Promise<void> => {
    const written = await getJson<WriteReply>(`${truthUrl}/write`, ASIDE);
    const target = targetOf(random.pick(written.changed));
    count('own writes');
    if (written.position === undefined) {
      // Its event is not in the log yet: until it is, such a writer asks past the cache.
      await reader.read(target, {
        name: 'own write, bypass',
        token: 'bypass',
        ownWrite: written.changed,
      });
      return;
    }
    const { position, changed: versions } = written;
    sendToken({ target, position, versions, isOwnWrite: true });
    await reader.read(target, mannerOf({ target, position, versions, isOwnWrite: true }));
  };
  const writeOn = async (): Promise<void> => {
    while (!isStopped) {
      await sleep(random.between(0, 2 * OWN_WRITE_EVERY_MS));
      if (readsPerSecond === 0 || !knowsPositions) continue;
      await writeOwn().catch(() => count('own writes that failed'));
    }
  };

  const ticking = setInterval(tick, TICK_MS);
  const writing = writeOn();
  return {
    setRate: (rate) => {
      readsPerSecond = rate;
    },
    present: (tokens) => {
      for (const token of tokens) {
        count('crossed tokens');
        void reader.read(token.target, mannerOf(token));
      }
    },
    stop: async () => {
      isStopped = true;
      clearInterval(ticking);
      await writing;
      while (reader.underWay > 0) await sleep(5);
    },
  };
}

function mannerOf({ position, versions, isOwnWrite }: CrossingToken): Manner {
  const name = isOwnWrite ? 'own write' : 'crossed';
  return {
    name,
    token: position,
    isTold: true,
    ...(isOwnWrite ? { ownWrite: versions } : {}),
  };
}

/** A view that shows what was changed. */
function targetOf([key]: Versioned): number {
  const [kind] = key.split(':');
  return placeOf(kind === 'items-of' ? 'owner' : (kind as string), idOf(key));
}
