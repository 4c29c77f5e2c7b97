import type { CrossingToken, NodeReport, Promised, Sighting, Violation } from './findings.ts';

/** What all nodes have found in one run. */
export interface Evidence {
  readonly counts: ReadonlyMap<string, number>;
  readonly violations: readonly Violation[];
  readonly promises: readonly Promised[];
  readonly sightings: readonly Sighting[];
  add(report: NodeReport): void;
  violate(violation: Violation): void;
  onTokens(listener: (from: string, tokens: readonly CrossingToken[]) => void): void;
}

export function gatherEvidence(): Evidence {
  const counts = new Map<string, number>();
  const violations: Violation[] = [];
  const promises: Promised[] = [];
  const sightings: Sighting[] = [];
  const listeners: ((from: string, tokens: readonly CrossingToken[]) => void)[] = [];
  return {
    counts,
    violations,
    promises,
    sightings,
    add: (report) => {
      for (const [what, count] of Object.entries(report.counts)) {
        counts.set(what, (counts.get(what) ?? 0) + count);
      }
      violations.push(...report.violations);
      promises.push(...report.promises);
      sightings.push(...report.sightings);
      if (report.tokens.length === 0) return;
      for (const listener of listeners) listener(report.node, report.tokens);
    },
    violate: (violation) => void violations.push(violation),
    onTokens: (listener) => void listeners.push(listener),
  };
}
