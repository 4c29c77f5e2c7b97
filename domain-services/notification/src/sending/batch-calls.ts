/**
 * Makes one call of many: what is asked while a call is under way is asked together in the next. An
 * idle batch calls at once, so nobody ever waits for company; one that gathers waits for `gatherMs`
 * before (with 0 for one round of the event loop), so that all that one answer set going is in one
 * call. A call that fails fails for all in it.
 */
export function batchCalls<Item, Result>(options: {
  /** Answers for each item, in their order. */
  readonly call: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly maxItems: number;
  readonly gatherMs?: Batching['gatherMs'];
}): (item: Item) => Promise<Result> {
  const { call, maxItems, gatherMs } = options;
  let waiting: Waiting<Item, Result>[] = [];
  let isCalling = false;

  const callAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxItems);
      waiting = waiting.slice(maxItems);
      try {
        const results = await call(batch.map(({ item }) => item));
        batch.forEach(({ resolve }, index) => {
          // One result to an item, whatever type results have.
          resolve(results[index] as Result);
        });
      } catch (err) {
        for (const { reject } of batch) reject(err);
      }
    }
    isCalling = false;
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (isCalling) return;
      isCalling = true;
      if (gatherMs === undefined) void callAll();
      else if (gatherMs === 0) setImmediate(callAll);
      else setTimeout(callAll, gatherMs);
    });
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (err: unknown) => void;
}

export interface Batching {
  /** Undefined: an idle batch calls at once. */
  readonly gatherMs: number | undefined;
}
