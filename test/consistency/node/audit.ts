import { setTimeout as sleep } from 'node:timers/promises';
import type { Position } from '@cloudphone/view-cache';
import type { Versioned } from '../findings.ts';
import type { Notebook } from './notebook.ts';
import { type Manner, PLAIN, type Reader } from './reader.ts';
import { readShown } from './shown.ts';
import { ASIDE, getJson } from './sources.ts';
import type { JudgedAnswer, Subject } from './subject.ts';
import { TARGETS } from './views.ts';

interface Audit {
  readonly node: string;
  readonly views: Reader;
  /** Where the log is, with everything in it. */
  readonly position: Position;
  readonly truthUrl: string;
  readonly subject: Subject;
  readonly notebook: Notebook;
}

/** Failures are remembered for up to two seconds, incomplete answers for one. */
const RECOVERY_MS = 15_000;
const FORGED_READS = 10;

/** Nothing changes any more: every view has to be the truth, asked for in any manner. */
export async function auditViews(audit: Audit): Promise<void> {
  const { truthUrl, subject } = audit;
  const truth = new Map(await getJson<readonly Versioned[]>(`${truthUrl}/versions`, ASIDE));
  const manners: Manner[] = [PLAIN];
  if (subject.knowsPositions) {
    manners.push({ name: 'with the last position', token: audit.position, isTold: true }, PLAIN);
  }
  for (const manner of manners) {
    for (const target of TARGETS.keys()) await auditOne(audit, target, manner, truth);
  }
  if (subject.knowsPositions) await auditForged(audit);
}

async function auditOne(
  { node, views, notebook }: Audit,
  target: number,
  manner: Manner,
  truth: ReadonlyMap<string, number>,
): Promise<void> {
  const giveUpAtMs = performance.now() + RECOVERY_MS;
  let answer = await views.read(target, manner);
  while (isUnsettled(answer) && performance.now() < giveUpAtMs) {
    await sleep(50);
    answer = await views.read(target, manner);
  }
  notebook.count('audited');
  // An absence was judged by its version.
  if (answer === 'absent') return;
  const shown = answer === 'failed' ? [] : readShown(answer.body).keys;
  // What changes by time alone is judged as it is read.
  const old = shown.filter(({ key, version }) => truth.has(key) && version !== truth.get(key));
  if (old.length === 0 && !isUnsettled(answer)) return;
  const { view, params } = TARGETS[target] ?? {};
  const detail = [
    `${view?.name} ${params?.id} ${manner.name}`,
    ...old.map(({ key, version }) => `${key} v${version} of v${truth.get(key)}`),
    answer === 'failed' ? answer : JSON.stringify({ ...answer, body: undefined }),
  ].join('; ');
  notebook.violate({ kind: 'never-caught-up', node, detail });
}

function isUnsettled(answer: JudgedAnswer | 'absent' | 'failed'): boolean {
  if (answer === 'absent') return false;
  if (answer === 'failed' || answer.status === 'stale') return true;
  return answer.stale.length > 0 || answer.degraded.length > 0;
}

/** A position beyond the log means nothing, and must not cost a load. */
async function auditForged({ node, views, position, notebook }: Audit): Promise<void> {
  const token = { epoch: position.epoch, seq: position.seq + 1_000_000 };
  const target = TARGETS.findIndex(({ view }) => view.name === 'owner');
  const outcomes: string[] = [];
  for (let i = 0; i < FORGED_READS; i++) {
    const answer = await views.read(target, { name: 'forged', token });
    outcomes.push(typeof answer === 'object' ? `${answer.status} from ${answer.tier}` : answer);
  }
  // It may have fallen due by itself, or Redis was late; but not for each of them.
  if (outcomes.some((outcome) => !outcome.startsWith('miss'))) return;
  const detail = `reads with a position beyond the log: ${outcomes.join(', ')}`;
  notebook.violate({ kind: 'failure', node, detail });
}
