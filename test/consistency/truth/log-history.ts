import type { Key, Promised, Sighting } from '../findings.ts';
import type { Outbox, OutboxRow } from './outbox.ts';

export interface Known {
  readonly key: Key;
  readonly version: number;
  readonly rowId: string;
}

/** What a position means: which version of each key the log had reached there. */
export interface LogHistory {
  judgePromise(promised: Promised): string | undefined;
  judgeSighting(sighting: Sighting): Staleness | undefined;
}

export interface Staleness {
  /** From when the event was certainly in the log until a node applied it; undefined: by a reset. */
  readonly lagMs: number | undefined;
  /** For how long after it was in the log something older was shown unmarked; 0: never. */
  readonly ageMs: number;
}

/** Everything that the log of `epoch` said up to `seq`, as far as it was acknowledged. */
export function readFloor(
  outboxes: readonly Outbox[],
  epoch: string,
  seq: number,
): readonly Known[] {
  const floor = new Map<Key, Known>();
  for (const row of outboxes.flatMap((outbox) => outbox.rows)) {
    const place = row.places.get(epoch);
    if (place === undefined || place.seq > seq) continue;
    for (const [key, version] of row.commit.changed) {
      const found = floor.get(key);
      if (!found || found.version < version) floor.set(key, { key, version, rowId: row.id });
    }
  }
  return [...floor.values()];
}

interface Step {
  readonly seq: number;
  readonly version: number;
  readonly rowId: string;
}

/** A history as of now: rows appended later are not in it. */
export function readLogHistory(outboxes: readonly Outbox[]): LogHistory {
  const rows = new Map<string, OutboxRow>();
  const epochs = new Map<string, Map<Key, Step[]>>();
  for (const row of outboxes.flatMap((outbox) => outbox.rows)) {
    rows.set(row.id, row);
    for (const [epoch, { seq }] of row.places) {
      const keys = epochs.get(epoch) ?? new Map<Key, Step[]>();
      epochs.set(epoch, keys);
      for (const [key, version] of row.commit.changed) {
        const steps = keys.get(key) ?? [];
        keys.set(key, steps);
        steps.push({ seq, version, rowId: row.id });
      }
    }
  }
  const stepAt = (epoch: string, seq: number, key: Key): Step | undefined =>
    highest(epochs.get(epoch)?.get(key) ?? [], seq);

  return {
    judgePromise: ({ position: { epoch, seq }, shown, detail }) => {
      const less = shown.flatMap(([key, version]) => {
        const step = stepAt(epoch, seq, key);
        return step && step.version > version
          ? [`${key} v${version}, v${step.version} is at ${step.seq}`]
          : [];
      });
      return less.length > 0 ? `${detail}: ${less.join('; ')}` : undefined;
    },
    judgeSighting: ({ rowId, epoch, appliedAtMs, lastShownOldMs }) => {
      const place = rows.get(rowId)?.places.get(epoch);
      if (place === undefined) return undefined;
      return {
        lagMs: appliedAtMs === 0 ? undefined : Math.max(0, appliedAtMs - place.ackedAtMs),
        ageMs: lastShownOldMs === 0 ? 0 : Math.max(0, lastShownOldMs - place.ackedAtMs),
      };
    },
  };
}

function highest(steps: readonly Step[], seq: number): Step | undefined {
  let found: Step | undefined;
  for (const step of steps) {
    if (step.seq <= seq && step.version > (found?.version ?? 0)) found = step;
  }
  return found;
}
