import type { Tally } from './choose-write.ts';
import { titleOf, WRITES } from './operations.ts';

/** A read whose answer a write changed, though nothing told those who keep it. */
export interface Violation {
  readonly write: string;
  readonly read: string;
  readonly tags: readonly string[];
  readonly published: readonly string[];
  readonly before: string;
  readonly after: string;
}

export interface Findings {
  readonly writes: Tally;
  readonly violations: Violation[];
  /** Requests that a service could not answer, whatever they asked: by operation and answer. */
  readonly breakdowns: Map<string, string>;
  /** Of each write the last refusal. */
  readonly refusals: Map<string, string>;
  /** Kinds of tags that events named. */
  readonly kindsTold: Set<string>;
  /** Those that alone told of some change: had no event named them, it would have been missed. */
  readonly kindsNeeded: Set<string>;
  /** Reads of which some answer told of no tag, and those of which some did. */
  readonly untagged: Set<string>;
  readonly tagged: Set<string>;
  programs: number;
  reads: number;
  changes: number;
}

export function newFindings(): Findings {
  return {
    writes: new Map(),
    violations: [],
    breakdowns: new Map(),
    refusals: new Map(),
    kindsTold: new Set(),
    kindsNeeded: new Set(),
    untagged: new Set(),
    tagged: new Set(),
    programs: 0,
    reads: 0,
    changes: 0,
  };
}

/** Writes that were never accepted: what they change was never looked at. */
export function neverAccepted({ writes }: Findings): string[] {
  return WRITES.map(titleOf).filter((title) => (writes.get(title)?.accepted ?? 0) === 0);
}

const SHOWN_VIOLATIONS = 20;

export function presentFindings(findings: Findings): string {
  const { writes, violations, breakdowns, refusals, untagged, tagged } = findings;
  const { kindsTold, kindsNeeded } = findings;
  const rows = WRITES.map(titleOf).map((title) => {
    const { accepted = 0, tried = 0 } = writes.get(title) ?? {};
    return `  ${title.padEnd(44)} ${accepted} of ${tried} accepted`;
  });
  const spare = [...kindsTold].filter((kind) => !kindsNeeded.has(kind)).sort();
  const never = neverAccepted(findings);
  const unkept = [...untagged].filter((name) => !tagged.has(name)).sort();
  return [
    'Writes:',
    ...rows,
    `Reads that nobody may keep: ${unkept.join(', ')}`,
    `Writes that were accepted: ${WRITES.length - never.length} of ${WRITES.length}`,
    `Kinds of tags whose removal from events would have been caught: ${kindsNeeded.size} of ${kindsTold.size}`,
    `The others never told of a change alone: ${spare.join(', ')}`,
    `${findings.reads} reads, ${findings.changes} changed answers, ${violations.length} untold`,
    ...[...breakdowns].map(([operation, what]) => `BROKEN ${operation}: ${what}`),
    ...never.map((name) => `NEVER ACCEPTED ${name}: ${refusals.get(name) ?? 'not tried'}`),
    ...violations.slice(0, SHOWN_VIOLATIONS).map((one) => JSON.stringify(one, null, 1)),
  ].join('\n');
}
