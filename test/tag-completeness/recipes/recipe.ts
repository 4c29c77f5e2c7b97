import type { Identity } from '@cloudphone/contracts';
import { demoStaff } from '@cloudphone/domain-service';
import type { Random } from '../../consistency/random.ts';
import type { Cast, Row } from '../cast.ts';
import { staffIdentity } from '../identities.ts';

export interface Scene {
  readonly cast: Cast;
  readonly random: Random;
  /** Whose write it is. */
  readonly service: string;
}

/** Of everybody whom a program makes. */
export const MADE_PASSWORD = 'a long password of theirs';

/** What makes a write acceptable; all else is sampled from its schema. */
export interface Draft {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** Members over the sampled ones. */
  readonly body?: Row;
  /** Instead of a sampled body. */
  readonly wholeBody?: unknown;
  /** The version that was read, for `If-Match`. */
  readonly version?: unknown;
  readonly as?: Identity;
}

/** Another write comes before: it makes what this one is about. */
export interface Need {
  readonly first: string;
  /** Over what its own recipe says. */
  readonly with?: Row;
  /** Nothing is read between the two, because what is made does not stay so for long. */
  readonly isHurried?: boolean;
}

export type Recipe = (scene: Scene) => Draft | Need;

export type Recipes = Readonly<Record<string, Recipe>>;

/** Two who may do everything, each the other's second person. */
export const STAFF = [demoStaff('admin').id, demoStaff('finance2').id] as const;

export function somebodyElse(than: unknown): Identity {
  return staffIdentity(STAFF[0] === than ? STAFF[1] : STAFF[0]);
}

/** One that fits, of those that the program is about if there is one. */
export function find(
  { cast, random }: Scene,
  what: string,
  isFit: (row: Row) => boolean = () => true,
): Row | undefined {
  const fitting = cast.rows(what).filter(isFit);
  const own = fitting.filter(({ id }) => cast.all(what).includes(String(id)));
  const choices = own.length > 0 ? own : fitting;
  return choices.length === 0 ? undefined : random.pick(choices);
}

/** A recipe for what is done to one thing, in a state that allows it. */
export function about(
  what: string,
  options: {
    readonly isFit?: (row: Row) => boolean;
    readonly otherwise: Need | ((scene: Scene) => Need);
    readonly draft?: (row: Row, scene: Scene) => Draft;
  },
): Recipe {
  const { isFit, otherwise, draft } = options;
  return (scene) => {
    const row = find(scene, what, isFit);
    if (row === undefined) return typeof otherwise === 'function' ? otherwise(scene) : otherwise;
    const own = { params: { [what]: String(row.id) } };
    const isConditional = row.version !== undefined && scene.random.chance(0.3);
    return { ...own, ...(isConditional ? { version: row.version } : {}), ...draft?.(row, scene) };
  };
}

export const inState =
  (member: string, ...states: readonly string[]) =>
  (row: Row): boolean =>
    states.includes(String(row[member]));

/** Hours from now as RFC 3339. */
export function inHours(hours: number): string {
  return new Date(Date.now() + hours * 3_600_000).toISOString();
}
