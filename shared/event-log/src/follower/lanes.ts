/**
 * Work side by side, except that what belongs to one key is done in the order in which it was added.
 * Each key has a lane while it has work; so many of them move at a time.
 */
export interface Lanes {
  /** `work` runs when all earlier work of the key is over. It must not reject. */
  add(key: string, work: () => Promise<void>): void;
  /** Runs a step of some lane's work when a place is free; others move while a lane pauses. */
  step<Result>(run: () => Promise<Result>): Promise<Result>;
  /** Pieces of work that are not over. */
  readonly underWay: number;
  /** Resolves when less than `count` pieces of work are under way. */
  below(count: number): Promise<void>;
}

export function createLanes(places: number): Lanes {
  const ends = new Map<string, Promise<void>>();
  const waitingForPlace: (() => void)[] = [];
  let waitingForRoom: { readonly count: number; readonly goOn: () => void }[] = [];
  let free = places;
  let underWay = 0;

  const over = (): void => {
    underWay -= 1;
    if (waitingForRoom.length === 0) return;
    const ready = waitingForRoom.filter(({ count }) => underWay < count);
    waitingForRoom = waitingForRoom.filter(({ count }) => underWay >= count);
    for (const { goOn } of ready) goOn();
  };

  return {
    add: (key, work) => {
      underWay += 1;
      const before = ends.get(key);
      const end = (before === undefined ? work() : before.then(work)).then(() => {
        if (ends.get(key) === end) ends.delete(key);
        over();
      });
      ends.set(key, end);
    },
    step: async (run) => {
      if (free > 0) free -= 1;
      // The place passes on, so nobody slips in between.
      else await new Promise<void>((resolve) => waitingForPlace.push(resolve));
      try {
        return await run();
      } finally {
        const next = waitingForPlace.shift();
        if (next === undefined) free += 1;
        else next();
      }
    },
    get underWay() {
      return underWay;
    },
    below: (count) =>
      underWay < count
        ? Promise.resolve()
        : new Promise((resolve) => waitingForRoom.push({ count, goOn: resolve })),
  };
}
