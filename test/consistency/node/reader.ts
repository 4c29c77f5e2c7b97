import { isAppError } from '@cloudphone/errors';
import { keyOf, type Token, type ViewKey } from '@cloudphone/view-cache';
import type { CrossingToken, Versioned, Violation } from '../findings.ts';
import type { Random } from '../random.ts';
import { sharedNowMs } from '../shared-clock.ts';
import type { Judge, Reading } from './judge-answer.ts';
import type { Knowledge } from './knowledge.ts';
import { readAbsence, readShown } from './shown.ts';
import type { JudgedAnswer, Subject } from './subject.ts';
import { SCOPE, TARGETS } from './views.ts';

/** How a read is made: with which token, and what that entitles to. */
export interface Manner {
  readonly name: string;
  readonly token?: Token;
  /** It was told by a node or a write, not made up. */
  readonly isTold?: boolean;
  readonly ownWrite?: readonly Versioned[];
}

export const PLAIN: Manner = { name: 'plain' };

export interface Reader {
  readonly underWay: number;
  /** Reads and judges. */
  read(target: number, manner: Manner): Promise<JudgedAnswer | 'absent' | 'failed'>;
  /** The same, at once, when memory holds the answer: returns whether it did. */
  glance(target: number, manner: Manner): boolean;
}

const keys: readonly ViewKey[] = TARGETS.map(({ view, params }) => keyOf(view, params, SCOPE));

/** Failures that the world gave reasons for: sources that fail or hang, and too many waiting loads. */
const EXPECTED = [
  'upstream_failed',
  'upstream_timeout',
  'upstream_unavailable',
  'overloaded',
  'deadline_exceeded',
] as const;

export function createReader(options: {
  readonly node: string;
  readonly subject: Subject;
  readonly knowledge: Knowledge;
  readonly judge: Judge;
  readonly random: Random;
  readonly count: (what: string) => void;
  readonly violate: (violation: Violation) => void;
  readonly sendToken: (token: CrossingToken) => void;
}): Reader {
  const { node, subject, knowledge, judge, random, count, violate, sendToken } = options;
  let underWay = 0;

  const begin = (target: number, manner: Manner): Reading => {
    const { token, isTold, ownWrite, name } = manner;
    const told = isTold && token !== undefined && token !== 'bypass' ? token : undefined;
    return {
      target: TARGETS[target] as Reading['target'],
      manner: name,
      beganAtIndex: knowledge.index,
      beganAtMs: sharedNowMs(),
      beganAtTime: Date.now(),
      appliedThen: knowledge.position,
      token: told,
      ...(ownWrite ? { ownWrite } : {}),
    };
  };

  const take = (target: number, reading: Reading, answer: JudgedAnswer): void => {
    const { status, tier, stale, degraded } = answer;
    count('reads');
    count(status === 'hit' ? tier : status);
    if (stale.length > 0 || degraded.length > 0) count('marked');
    if (readShown(answer.body).keys.some(({ isBehind }) => isBehind)) count('of laggards');
    judge.judge(reading, answer);
    const isWorthSending = status === 'hit' ? random.chance(0.002) : random.chance(0.1);
    if (answer.position && isWorthSending) {
      const versions = readShown(answer.body).keys.map(
        ({ key, version }): Versioned => [key, version],
      );
      sendToken({ target, position: answer.position, versions, isOwnWrite: false });
    }
  };

  const takeFailure = (reading: Reading, err: unknown): 'absent' | 'failed' => {
    count('reads');
    const absence = isAppError(err, 'not_found') ? readAbsence(err.message) : undefined;
    if (absence) {
      count('absent');
      judge.judgeAbsence(reading, absence);
      return 'absent';
    }
    count('failed');
    count(`failures: ${isAppError(err) ? err.code : err instanceof Error ? err.name : 'unknown'}`);
    if (isAppError(err, ...EXPECTED) || !subject.knowsPositions) return 'failed';
    const { view, params } = reading.target;
    const why = err instanceof Error ? (err.stack ?? err.message) : String(err);
    violate({ kind: 'failure', node, detail: `${view.name} ${params.id}: ${why}` });
    return 'failed';
  };

  return {
    get underWay() {
      return underWay;
    },
    glance: (target, manner) => {
      const reading = begin(target, manner);
      const answer = subject.peek(reading.target, keys[target] as ViewKey, manner.token);
      if (answer === undefined) return false;
      take(target, reading, answer);
      return true;
    },
    read: async (target, manner) => {
      const reading = begin(target, manner);
      underWay++;
      try {
        const answer = await subject.read(reading.target, manner.token);
        take(target, reading, answer);
        return answer;
      } catch (err) {
        return takeFailure(reading, err);
      } finally {
        underWay--;
      }
    },
  };
}
