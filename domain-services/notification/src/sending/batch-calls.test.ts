import { describe, expect, it } from 'vitest';
import { batchCalls } from './batch-calls.ts';

function recordingBatch(options: { readonly gatherMs?: number; readonly maxItems?: number }) {
  const calls: number[][] = [];
  const ask = batchCalls<number, number>({
    maxItems: options.maxItems ?? 10,
    gatherMs: options.gatherMs,
    call: async (items) => {
      calls.push([...items]);
      await new Promise((resolve) => setImmediate(resolve));
      return items.map((item) => item * 2);
    },
  });
  return { ask, calls };
}

describe('calls in batches', () => {
  it('are made at once by an idle batch; what is asked meanwhile goes together', async () => {
    const { ask, calls } = recordingBatch({});
    const answers = await Promise.all([1, 2, 3].map(ask));
    expect(answers).toEqual([2, 4, 6]);
    expect(calls).toEqual([[1], [2, 3]]);
  });

  it('are one call for all that is asked in one round, by a batch that gathers', async () => {
    const { ask, calls } = recordingBatch({ gatherMs: 0 });
    await Promise.all([1, 2, 3].map(ask));
    await ask(4);
    expect(calls).toEqual([[1, 2, 3], [4]]);
  });

  it('hold no more than they may, and lose nothing', async () => {
    const { ask, calls } = recordingBatch({ gatherMs: 0, maxItems: 2 });
    expect(await Promise.all([1, 2, 3, 4, 5].map(ask))).toEqual([2, 4, 6, 8, 10]);
    expect(calls).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('fail together, and the next is made all the same', async () => {
    let isBroken = true;
    const ask = batchCalls<number, number>({
      maxItems: 10,
      gatherMs: 0,
      call: async (items) => {
        if (isBroken) throw new Error('broken');
        return items;
      },
    });
    const ends = await Promise.allSettled([ask(1), ask(2)]);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    isBroken = false;
    expect(await ask(3)).toBe(3);
  });
});
