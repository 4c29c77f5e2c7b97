/** Random choices that a seed repeats; what real processes make of them is never quite the same. */
export interface Random {
  /** From 0 up to 1. */
  next(): number;
  /** A whole number from 0 up to `below`. */
  below(below: number): number;
  between(from: number, to: number): number;
  chance(probability: number): boolean;
  /** Throws for an empty list. */
  pick<Choice>(choices: readonly Choice[]): Choice;
  shuffle<Choice>(choices: readonly Choice[]): Choice[];
}

/** Mulberry32 (Tommy Ettinger): 32 bits of state, good enough to choose by. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    between: (from, to) => from + next() * (to - from),
    chance: (probability) => next() < probability,
    pick: (choices) => {
      if (choices.length === 0) throw new RangeError('nothing to pick from');
      return choices[below(choices.length)] as (typeof choices)[number];
    },
    shuffle: (choices) =>
      choices
        .map((choice) => ({ choice, at: next() }))
        .sort((a, b) => a.at - b.at)
        .map(({ choice }) => choice),
  };
}

/** A seed of its own for each process, so that they do not choose alike. */
export function seedFor(seed: number, name: string): number {
  let hash = seed * 2654435761;
  for (const character of name) hash = Math.imul(hash ^ character.charCodeAt(0), 16777619);
  return hash >>> 0;
}
