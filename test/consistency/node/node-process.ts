import { createTail, type LogRow, type Tail } from '@cloudphone/event-log';
import { connectRedis, createLogStore } from '@cloudphone/redis';
import { createLogger, createMetrics, silentLogger } from '@cloudphone/runtime';
import type { ChangeFeed, Position } from '@cloudphone/view-cache';
import type { CrossingToken, NodeReport, Versioned } from '../findings.ts';
import { answerParent, tellParent } from '../processes/child.ts';
import { createRandom, seedFor } from '../random.ts';
import type { Known } from '../truth/log-history.ts';
import { auditViews } from './audit.ts';
import { createJudge } from './judge-answer.ts';
import { createKnowledge } from './knowledge.ts';
import { createNotebook } from './notebook.ts';
import { createOurCache } from './our-cache.ts';
import { createPopularCache } from './popular-cache.ts';
import { createReader } from './reader.ts';
import { ASIDE, createSources, getJson } from './sources.ts';
import type { SubjectName } from './subject.ts';
import { startWorkload } from './workload.ts';

export interface NodeSettings {
  readonly name: string;
  readonly subject: SubjectName;
  readonly seed: number;
  readonly logRedisUrl: string;
  readonly cacheRedisUrl: string;
  readonly truthUrl: string;
  readonly heartbeatMs: number;
  readonly isVerbose: boolean;
}

const TELL_EVERY_MS = 250;

/** One BFF process as far as views go: a tail, a cache that follows it, readers, and a judge. */
async function start(settings: NodeSettings) {
  const { name, subject: subjectName, truthUrl, logRedisUrl, cacheRedisUrl } = settings;
  const logger = settings.isVerbose ? createLogger({ name, level: 'debug' }) : silentLogger;
  const random = createRandom(seedFor(settings.seed, `${name} ${process.pid}`));
  const connect = (role: string, manner: 'fail-fast' | 'patient') =>
    connectRedis({ url: logRedisUrl, name: `${name}-${role}`, manner, logger });
  const log = connect('log', 'fail-fast');
  const isPeer = subjectName === 'bentocache';
  const sources = createSources(truthUrl, {
    tellsInstants: subjectName !== 'no-instants',
    // No source hangs on it: what is late is late for want of a processor.
    ...(isPeer ? { timeoutMs: 10_000 } : {}),
  });
  const knowledge = createKnowledge();
  const notebook = createNotebook(name);

  const feed: ChangeFeed = {
    get applied() {
      return tail.applied;
    },
    get isTrusted() {
      return tail.isTrusted;
    },
    waitFor: (position, timeoutMs) => tail.waitFor(position, timeoutMs),
    observe: (position) => tail.observe(position),
  };
  const subject = isPeer
    ? createPopularCache({ sources, cacheRedisUrl })
    : createOurCache({ name: subjectName, feed, sources, cacheRedisUrl, log, logger });
  const { knowsPositions } = subject;
  const judge = createJudge({ node: name, knowledge, findings: notebook, knowsPositions });

  const onRow = (row: LogRow): void | Promise<void> => {
    const { position, tags, envelope } = row;
    const { changed } = envelope.data as { changed: readonly Versioned[] };
    const known = { id: envelope.id, position, changed, isAccess: row.class === 'access' };
    const learn = (): void => {
      knowledge.applyRow(known);
      judge.onRow(known);
    };
    const version = envelope.entityversion;
    const following = subject.onRow({ position, tags, class: row.class, version });
    return following ? following.then(learn) : learn();
  };
  const onReset = (reset: { reason: 'epoch' | 'trimmed' | 'start'; position: Position }): void => {
    notebook.count(`resets: ${reset.reason}`);
    subject.onReset(reset);
    const index = knowledge.moveTo(reset.position);
    void learnUpTo(reset.position, index);
  };
  /** What the rows say that this node was spared, or missed: asked for, until all are on record. */
  const learnUpTo = async ({ epoch, seq }: Position, index: number): Promise<void> => {
    for (const delayMs of [0, 1_000]) {
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      const url = `${truthUrl}/floor?epoch=${encodeURIComponent(epoch)}&seq=${seq}`;
      const floor = await getJson<readonly Known[]>(url, ASIDE).catch(() => []);
      knowledge.learnLate(index, epoch, floor);
    }
  };

  const store = createLogStore({ connection: log, logger });
  const reader = createLogStore({ connection: connect('tail', 'patient'), logger });
  const { heartbeatMs } = settings;
  const metrics = createMetrics();
  const tail: Tail = createTail({ store, reader, logger, metrics, heartbeatMs, onRow, onReset });
  await tail.start();

  const views = createReader({
    node: name,
    subject,
    knowledge,
    judge,
    random,
    count: notebook.count,
    violate: notebook.violate,
    sendToken: notebook.send,
  });
  const workload = startWorkload({
    reader: views,
    random,
    truthUrl,
    applied: () => tail.applied,
    knowsPositions,
    sendToken: notebook.send,
    count: notebook.count,
  });
  const tell = () => tellParent(notebook.take(subject.loads()) satisfies NodeReport);
  setInterval(tell, TELL_EVERY_MS);

  return {
    setRate: (readsPerSecond: number) => workload.setRate(readsPerSecond),
    present: (tokens: readonly CrossingToken[]) => workload.present(tokens),
    stopReading: () => workload.stop(),
    waitFor: (position: Position) => tail.waitFor(position, 20_000),
    audit: async (position: Position) => {
      await auditViews({ node: name, views, position, truthUrl, subject, notebook });
    },
    tellAll: () => tell(),
  };
}

let node: Awaited<ReturnType<typeof start>> | undefined;
const running = () => {
  if (node === undefined) throw new Error('not started');
  return node;
};
answerParent({
  start: async (settings: NodeSettings) => {
    node = await start(settings);
  },
  setRate: (readsPerSecond: number) => running().setRate(readsPerSecond),
  present: (tokens: readonly CrossingToken[]) => running().present(tokens),
  stopReading: () => running().stopReading(),
  waitFor: (position: Position) => running().waitFor(position),
  audit: (position: Position) => running().audit(position),
  tellAll: () => running().tellAll(),
});
