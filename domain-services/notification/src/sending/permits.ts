/** Leave to do something that only so many may do at once. */
export interface Permits {
  /** Resolves with what gives it back; undefined at once when enough others wait already. */
  take(): Promise<(() => void) | undefined>;
}

export function createPermits(options: {
  readonly count: number;
  readonly maxWaiting: number;
}): Permits {
  let free = options.count;
  const waiting: (() => void)[] = [];
  const giveBack = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    take: async () => {
      if (free > 0) free -= 1;
      else if (waiting.length >= options.maxWaiting) return undefined;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      let isBack = false;
      return () => {
        if (!isBack) giveBack();
        isBack = true;
      };
    },
  };
}
