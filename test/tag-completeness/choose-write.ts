import type { Identity } from '@cloudphone/contracts';
import type { Random } from '../consistency/random.ts';
import type { Request } from './ask-service.ts';
import { customerIdentity, staffIdentity } from './identities.ts';
import { type Operation, titleOf, WRITES } from './operations.ts';
import { type Draft, type Need, type Scene, STAFF } from './recipes/recipe.ts';
import { recipeOf } from './recipes/recipes.ts';
import { writeOf } from './requests.ts';

/** How often a write, by its title, was accepted, and how often tried. */
export type Tally = Map<string, { accepted: number; tried: number }>;

export interface ChosenWrite {
  readonly request: Request;
  readonly identity: Identity;
  /** What it is about: to be read before it is changed. */
  readonly about: Readonly<Record<string, string>>;
  /** It makes what is wished for possible, and is not it. */
  readonly isOnTheWay: boolean;
  /** What is wished for follows at once. */
  readonly isHurried: boolean;
}

type Stage = Omit<Scene, 'service'>;

const DEEPEST = 5;

/** Of one service, each as often as it has writes; often what it accepted least so far. */
export function chooseWish(random: Random, tally: Tally): Operation {
  const any = random.pick(WRITES);
  if (random.chance(0.4)) return any;
  const own = WRITES.filter(({ service }) => service === any.service);
  const accepted = (operation: Operation) => tally.get(titleOf(operation))?.accepted ?? 0;
  const least = Math.min(...own.map(accepted));
  return random.pick(own.filter((operation) => accepted(operation) === least));
}

/** The next write on the way to what is wished for; now and then anything that fits its schema. */
export function chooseWrite(wish: Operation, { cast, random }: Stage): ChosenWrite {
  const scene = { cast, random, service: wish.service };
  const { operation, draft, isHurried } = random.chance(0.05)
    ? { operation: wish, draft: {}, isHurried: false }
    : nextStep(wish, scene, { depth: 0 });
  return {
    request: writeOf(operation, draft, scene),
    identity: draft.as ?? anybody(scene),
    about: draft.params ?? {},
    isOnTheWay: operation !== wish,
    isHurried,
  };
}

interface Step {
  readonly operation: Operation;
  readonly draft: Draft;
  readonly isHurried: boolean;
}

function nextStep(
  operation: Operation,
  scene: Scene,
  from: { readonly depth: number; readonly need?: Need },
): Step {
  const made = recipeOf(operation.name)?.(scene) ?? {};
  if (!('first' in made)) {
    return {
      operation,
      draft: withMembers(made, from.need),
      isHurried: from.need?.isHurried === true,
    };
  }
  const first = WRITES.find(({ name }) => name === made.first);
  if (first === undefined || from.depth === DEEPEST) {
    throw new Error(`${operation.name} needs ${made.first}, and that leads nowhere`);
  }
  return nextStep(first, scene, { depth: from.depth + 1, need: made });
}

function withMembers(draft: Draft, need: Need | undefined): Draft {
  if (need?.with === undefined) return draft;
  if (draft.wholeBody === undefined) return { ...draft, body: { ...draft.body, ...need.with } };
  return { ...draft, wholeBody: { ...draft.wholeBody, ...need.with } };
}

/** Mostly staff; people made with a role of it, too, so that what they leave behind is seen. */
function anybody({ cast, random }: Scene): Identity {
  if (random.chance(0.15)) return customerIdentity(cast.pick('userId') ?? STAFF[0]);
  const isStaff = (roles: unknown) =>
    (roles as readonly string[]).some((one) => one !== 'customer');
  const made = cast.rows('userId').filter(({ roles }) => isStaff(roles));
  if (made.length > 0 && random.chance(0.15)) return staffIdentity(String(random.pick(made).id));
  return staffIdentity(random.pick(STAFF));
}
