import { demoDevice, demoPerson } from '@cloudphone/domain-service';
import type { Random } from '../consistency/random.ts';

/** What an answer showed of one thing. */
export type Row = Readonly<Record<string, unknown>>;

/** Whom and what a program is about; grows as answers show more. */
export interface Cast {
  /** One of them, now and then one that names nothing; undefined for what is not known. */
  pick(what: string): string | undefined;
  /** All of them, and one that names nothing: what every read is asked about. */
  all(what: string): readonly string[];
  note(what: string, id: string): void;
  /** Of everything of a kind that there is, what answers said last. */
  rows(what: string): readonly Row[];
  see(what: string, id: string, row: Row): void;
  /** Before all is read anew: what is gone is not shown again. */
  forgetRows(): void;
}

/** Of each kind, so that reading everything stays affordable. */
const MOST = 3;

/** Names of members and parameters that mean the same. */
const MEANINGS: Readonly<Record<string, string>> = {
  ownerId: 'userId',
  userIds: 'userId',
  deviceIds: 'deviceId',
};

/** In its form an id, and nobody's. */
const NOTHING: Readonly<Record<string, string>> = {
  code: 'no.such_template',
  nodeName: 'no-such-node',
  token: 'no.token',
};
const NO_ID = '00000000-0000-4000-8000-00000000dead';

/** Two people with a device each, and somebody who is not there. */
export function createCast(random: Random, people: number): Cast {
  const ids = new Map<string, string[]>();
  const rows = new Map<string, Map<string, Row>>();
  const meaning = (what: string) => MEANINGS[what] ?? what;
  const nothing = (what: string) => NOTHING[what] ?? NO_ID;
  const note = (what: string, id: string): void => {
    const known = ids.get(meaning(what)) ?? [];
    if (known.includes(id)) return;
    known.push(id);
    // The newest stay, and the first two: those that the program is about.
    if (known.length > MOST) known.splice(2, 1);
    ids.set(meaning(what), known);
  };
  for (const n of [1 + random.below(people), 1 + random.below(people)]) {
    note('userId', demoPerson(n).id);
    note('deviceId', demoDevice(n, 1 + random.below(3)).id);
  }
  return {
    pick: (what) => {
      const known = ids.get(meaning(what));
      if (known === undefined) return undefined;
      return random.chance(0.05) ? nothing(what) : random.pick(known);
    },
    all: (what) => [...(ids.get(meaning(what)) ?? []), nothing(what)],
    note,
    rows: (what) => [...(rows.get(what)?.values() ?? [])],
    see: (what, id, row) => {
      const seen = rows.get(what) ?? new Map<string, Row>();
      rows.set(what, seen.set(id, row));
    },
    forgetRows: () => rows.clear(),
  };
}
