import type { Position } from '@cloudphone/view-cache';
import type { Promised, Sighting, Versioned, Violation, ViolationKind } from '../findings.ts';
import { sharedNowMs } from '../shared-clock.ts';
import type { Knowledge } from './knowledge.ts';
import { readShown, type Shown, type ShownKey } from './shown.ts';
import type { JudgedAnswer } from './subject.ts';
import type { Target } from './views.ts';

/** One read, and what its reader was entitled to when it began. */
export interface Reading {
  readonly target: Target;
  readonly manner: string;
  readonly beganAtIndex: number;
  readonly beganAtMs: number;
  /** Epoch ms. */
  readonly beganAtTime: number;
  readonly appliedThen: Position | undefined;
  /** A position that was really told to somebody. */
  readonly token: Position | undefined;
  /** The reader's own write: presented by its position, or by asking past the cache. */
  readonly ownWrite?: readonly Versioned[];
}

export interface Findings {
  violate(violation: Violation): void;
  promise(promised: Promised): void;
  see(sighting: Sighting): void;
}

export interface Judge {
  judge(reading: Reading, answer: JudgedAnswer): void;
  /** An absence is an answer too. */
  judgeAbsence(reading: Reading, shown: Shown): void;
  /** A row has been applied: what was last shown without it counts as staleness. */
  onRow(row: {
    readonly id: string;
    readonly position: Position;
    readonly changed: readonly Versioned[];
  }): void;
}

/** Clocks that are read in turn are this far apart at most. */
const CLOCK_SLACK_MS = 2;
/** Between the first look at the clock and the answer lies a little time. */
const SLACK_MS = 25;

export function createJudge(options: {
  readonly node: string;
  readonly knowledge: Knowledge;
  readonly findings: Findings;
  /** Whether positions and marks mean anything with this subject. */
  readonly knowsPositions: boolean;
}): Judge {
  const { node, knowledge, findings, knowsPositions } = options;
  const shownByKey = new Map<string, Set<Shown>>();

  const violate = (kind: ViolationKind, reading: Reading, answer: JudgedAnswer, why: string) =>
    findings.violate({ kind, node, detail: `${why} | ${describe(reading, answer, knowledge)}` });

  /** Nothing older than what was known when the read began, unless marked. */
  const judgeUnmarked = (reading: Reading, answer: JudgedAnswer, keys: readonly ShownKey[]) => {
    for (const { key, version, isBehind } of keys) {
      const { beganAtIndex: at } = reading;
      const knownVersion = isBehind
        ? knowledge.toldVersionAt(key, at)
        : knowledge.versionAt(key, at);
      if (version < knownVersion) {
        violate('older-than-known', reading, answer, `${key} v${version}, v${knownVersion} known`);
      }
    }
  };

  /** What changes by time alone is not shown, unmarked, to whoever begins to read after that. */
  const judgeTime = (reading: Reading, answer: JudgedAnswer, { keys }: Shown) => {
    const isTolerated = answer.status === 'stale';
    const toleratedMs = isTolerated ? reading.target.view.toleratesChangeForMs + SLACK_MS : 0;
    for (const { key, part, untilMs } of keys) {
      const lateMs = reading.beganAtTime - untilMs;
      if (answer.stale.includes(part) || lateMs <= toleratedMs + CLOCK_SLACK_MS) continue;
      violate('outlived', reading, answer, `${key} for ${Math.round(lateMs)} ms`);
    }
  };

  /** A laggard of which no row has told the node is not to be told from the truth. */
  const isKnowable = (reading: Reading, { key, version, isBehind }: ShownKey): boolean =>
    !isBehind || knowledge.toldVersionAt(key, reading.beganAtIndex) > version;

  /** The view says how long it tolerates a change. */
  const judgeTolerated = (reading: Reading, answer: JudgedAnswer, keys: readonly ShownKey[]) => {
    const toleratedMs = reading.target.view.toleratesChangeForMs;
    for (const { key, version } of keys) {
      const missing = knowledge.firstAbove(key, version);
      const isKnown = missing !== undefined && missing.index <= reading.beganAtIndex;
      const forMs = isKnown ? reading.beganAtMs - missing.learnedAtMs : 0;
      if (forMs > (toleratedMs === 0 ? 0 : toleratedMs + SLACK_MS)) {
        violate('tolerance', reading, answer, `${key} v${version} for ${Math.round(forMs)} ms`);
      }
    }
  };

  const judgeAccess = (reading: Reading, answer: JudgedAnswer, keys: readonly ShownKey[]) => {
    for (const { key, version } of keys) {
      const lost = knowledge.accessVersionAt(key, reading.beganAtIndex);
      if (version < lost)
        violate('access', reading, answer, `${key} v${version}, lost at v${lost}`);
    }
  };

  const judgeOwnWrite = (reading: Reading, answer: JudgedAnswer, keys: readonly ShownKey[]) => {
    for (const [key, written] of reading.ownWrite ?? []) {
      const shown = keys.find((each) => each.key === key);
      if (shown && shown.version < written && isKnowable(reading, shown)) {
        violate('older-than-own-write', reading, answer, `${key} v${shown.version} of v${written}`);
      }
    }
  };

  /** What only the whole history of the log can tell is judged at the end. */
  const judgeLater = (reading: Reading, answer: JudgedAnswer, shown: Shown, isExempt: boolean) => {
    const knowable = shown.keys.filter((each) => isKnowable(reading, each));
    const versions = knowable.map(({ key, version }): Versioned => [key, version]);
    const { position, status } = answer;
    const isPlain = status === 'hit' && answer.stale.length === 0 && includes(reading, position);
    if (position && !isPlain) {
      const detail = describe(reading, answer, knowledge);
      findings.promise({ kind: 'dishonest-position', position, shown: versions, detail });
    }
    const { token } = reading;
    if (token && !isExempt && !(status === 'hit' && includes(reading, token))) {
      const detail = describe(reading, answer, knowledge);
      findings.promise({ kind: 'older-than-token', position: token, shown: versions, detail });
    }
  };

  /** Remembers what is shown, so that a row that comes later tells how old it was by then. */
  const rememberShown = (
    reading: Reading,
    answer: JudgedAnswer,
    shown: Shown,
    keys: readonly ShownKey[],
  ) => {
    shown.how = describe(reading, answer, knowledge);
    shown.lastBeganAtMs = Math.max(shown.lastBeganAtMs, reading.beganAtMs);
    for (const { key, version } of keys) {
      if (knowledge.versionAt(key, knowledge.index) <= version) {
        const all = shownByKey.get(key) ?? new Set();
        shownByKey.set(key, all.add(shown));
        continue;
      }
      const missing = knowledge.firstAbove(key, version);
      if (missing === undefined) continue;
      const { rowId, epoch, learnedAtMs: appliedAtMs } = missing;
      const { how } = shown;
      findings.see({ rowId, epoch, appliedAtMs, lastShownOldMs: reading.beganAtMs, how });
    }
  };

  const judgeShown = (reading: Reading, answer: JudgedAnswer, shown: Shown): void => {
    const isForFailingSource = answer.status === 'stale' && answer.stale.length > 0;
    const isTolerated = answer.status === 'stale' && !isForFailingSource;
    const unmarked = shown.keys.filter(({ part }) => !answer.stale.includes(part));
    if (isTolerated) judgeTolerated(reading, answer, shown.keys);
    else if (!isForFailingSource) {
      judgeUnmarked(reading, answer, unmarked);
      const knowable = unmarked.filter((each) => isKnowable(reading, each));
      rememberShown(reading, answer, shown, knowable);
    }
    const marked = isTolerated ? shown.keys : shown.keys.filter((each) => !unmarked.includes(each));
    judgeAccess(reading, answer, isForFailingSource ? shown.keys : marked);
    if (isForFailingSource && answer.ageMs > reading.target.view.servableForMs + SLACK_MS) {
      violate('servable', reading, answer, `${Math.round(answer.ageMs)} ms old`);
    }
    if (!knowsPositions) return;
    const isExempt = isForFailingSource || answer.stale.length > 0;
    if (!isExempt) judgeOwnWrite(reading, answer, shown.keys);
    judgeLater(reading, answer, shown, isExempt);
  };

  return {
    judge: (reading, answer) => {
      const shown = readShown(answer.body);
      if (knowsPositions) judgeTime(reading, answer, shown);
      // The same bytes, and nothing learned since they were found right.
      const isRepeated = answer.status === 'hit' && shown.judgedAt >= reading.beganAtIndex;
      if (isRepeated && reading.ownWrite === undefined && includesToken(reading)) {
        shown.lastBeganAtMs = Math.max(shown.lastBeganAtMs, reading.beganAtMs);
        return;
      }
      judgeShown(reading, answer, shown);
      if (answer.status === 'hit' && answer.stale.length === 0) {
        shown.judgedAt = Math.max(shown.judgedAt, reading.beganAtIndex);
      }
    },
    judgeAbsence: (reading, shown) => {
      judgeUnmarked(reading, ABSENCE, shown.keys);
      judgeOwnWrite(reading, ABSENCE, shown.keys);
      if (knowsPositions) judgeLater(reading, ABSENCE, shown, false);
    },
    onRow: ({ id, position, changed }) => {
      const appliedAtMs = sharedNowMs();
      let lastShownOldMs = 0;
      let how = '';
      for (const [key, version] of changed) {
        for (const shown of shownByKey.get(key) ?? []) {
          const at = shown.keys.find((each) => each.key === key);
          if (at === undefined || at.version >= version) continue;
          if (shown.lastBeganAtMs > lastShownOldMs) {
            lastShownOldMs = shown.lastBeganAtMs;
            how = shown.how;
          }
          shownByKey.get(key)?.delete(shown);
        }
      }
      findings.see({ rowId: id, epoch: position.epoch, appliedAtMs, lastShownOldMs, how });
    },
  };
}

const ABSENCE: JudgedAnswer = {
  body: Buffer.alloc(0),
  position: undefined,
  status: 'hit',
  tier: 'source',
  degraded: [],
  stale: [],
  ageMs: 0,
};

/** What was applied when the read began covers it: then the knowledge of that moment does too. */
function includes({ appliedThen }: Reading, position: Position | undefined): boolean {
  if (position === undefined || appliedThen === undefined) return false;
  return appliedThen.epoch === position.epoch && appliedThen.seq >= position.seq;
}

const includesToken = (reading: Reading) =>
  reading.token === undefined || includes(reading, reading.token);

function describe(reading: Reading, answer: JudgedAnswer, knowledge: Knowledge): string {
  const { view, params } = reading.target;
  const place = (position: Position | undefined) =>
    position ? `${position.epoch.slice(0, 4)}.${position.seq}` : 'nowhere';
  return [
    `${view.name} ${params.id} ${reading.manner}`,
    `${answer.status} from ${answer.tier}`,
    ...(answer.stale.length > 0 ? [`stale ${answer.stale}`] : []),
    ...(answer.degraded.length > 0 ? [`degraded ${answer.degraded}`] : []),
    `told ${place(answer.position)}`,
    ...(reading.token ? [`asked ${place(reading.token)}`] : []),
    `began at ${place(reading.appliedThen)}`,
    `now ${place(knowledge.position)}`,
    `at ${Math.round(reading.beganAtMs)} took ${Math.round(sharedNowMs() - reading.beganAtMs)} ms`,
  ].join(', ');
}
