import type { CrossingToken, NodeReport, Promised, Sighting, Violation } from '../findings.ts';
import type { Findings } from './judge-answer.ts';

/** What a node has found since it last told its parent: a node that is killed takes little with it. */
export interface Notebook extends Findings {
  count(what: string): void;
  send(token: CrossingToken): void;
  take(loadsSoFar: number): NodeReport;
}

export function createNotebook(node: string): Notebook {
  let counts: Record<string, number> = {};
  let violations: Violation[] = [];
  let promises: Promised[] = [];
  let sightings: Sighting[] = [];
  let tokens: CrossingToken[] = [];
  let loadsTold = 0;
  return {
    count: (what) => {
      counts[what] = (counts[what] ?? 0) + 1;
    },
    violate: (violation) => void violations.push(violation),
    promise: (promised) => void promises.push(promised),
    see: (sighting) => void sightings.push(sighting),
    send: (token) => void tokens.push(token),
    take: (loadsSoFar) => {
      counts.loads = loadsSoFar - loadsTold;
      loadsTold = loadsSoFar;
      const report = { node, counts, violations, promises, sightings, tokens };
      counts = {};
      violations = [];
      promises = [];
      sightings = [];
      tokens = [];
      return report;
    },
  };
}
