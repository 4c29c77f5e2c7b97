import { silentLogger } from '@cloudphone/runtime';
import { testRedis } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { connectRedis, type RedisConnection, whenReady } from '../connection.ts';
import { type CampaignLedger, createCampaignLedger } from './campaign-ledger.ts';
import {
  isTerminalState,
  RECIPIENT_STATES,
  type RecipientState,
  readRecipientByte,
} from './recipient-states.ts';

const HOUR_MS = 3_600_000;
const RUN = 'run1';
/** Of each seed; `LEDGER_STEPS=34000` for a hundred thousand in all. */
const STEPS = Number(process.env.LEDGER_STEPS ?? 1_500);
let ledger: CampaignLedger;

beforeAll(async () => {
  const redis = await testRedis({ persistent: false });
  const connection: RedisConnection = connectRedis({
    url: redis.url,
    name: 'test',
    manner: 'fail-fast',
    commandTimeoutMs: 20_000,
    logger: silentLogger,
  });
  await whenReady(connection, 5_000);
  ledger = createCampaignLedger(connection);
  return () => connection.close();
});

describe('campaign ledger, against a model', () => {
  it.each([1, 2, 3])(
    'agrees with it through thousands of legal, illegal and repeated steps (%i)',
    async (seed) => {
      const next = seededNumbers(seed);
      const total = 200;
      const channels = 1 + (seed % 2);
      let epoch = 1;
      let mode: 'running' | 'paused' | 'cancelled' = 'running';
      const batchId = `batch-${seed}`;
      const facts = { total, channels, chunks: 20, epoch, mode } as const;
      await ledger.open(batchId, facts);
      await ledger.activate({ batchId, run: RUN, round: 1 });
      const model = createModel(total, channels);
      const claims: { number: number; channel: number; ordinals: number[] }[] = [];
      let before = 0;

      for (let step = 0; step < STEPS; step += 1) {
        const channel = next(channels);
        const chunk = { from: next(20) * 10, count: 10 };
        const action = next(20);
        if (action < 7) {
          const staleEpoch = next(10) === 0 ? epoch - 1 : epoch;
          const isRepeatable = next(4) > 0;
          const leaseMs = next(4) === 0 ? 0 : HOUR_MS;
          const groupSize = 1 + next(4);
          const fence = { batchId, epoch: staleEpoch, run: RUN };
          const terms = { channel, range: chunk, groupSize, isRepeatable, maxClaims: 5 };
          const held = claims.findLast(
            (one) =>
              one.channel === channel && one.ordinals.every((ordinal) => isIn(chunk, ordinal)),
          );
          const earlier =
            held === undefined || next(2) === 0
              ? undefined
              : {
                  ...{ number: held.number, channel, range: chunk },
                  recipients: held.ordinals.map((ordinal) => ({
                    ...{ ordinal, retryInMs: HOUR_MS },
                    state: (['sent', 'retry-wait'] as const)[next(2)] ?? 'sent',
                  })),
                };
          const commits = earlier === undefined ? [] : [earlier];
          const claim = (await ledger.step(fence, { commits, claims: [terms], leaseMs }))
            .claims?.[0];
          if (earlier !== undefined) {
            model.commit(channel, earlier.number, earlier.recipients, mode === 'cancelled');
          }
          if (staleEpoch !== epoch || mode !== 'running') {
            expect(claim).toBeUndefined();
          } else {
            const expected = model.claim(channel, chunk, { groupSize, leaseMs, isRepeatable });
            expect(claim?.recipients).toEqual(expected.taken);
            expect(claim?.doubted).toEqual(expected.doubted);
            const ordinals = expected.taken.map((one) => one.ordinal);
            model.hold(channel, ordinals, claim?.number ?? 0, leaseMs);
            claims.push({ number: claim?.number ?? 0, channel, ordinals });
          }
        } else if (action < 18) {
          const known = claims[next(Math.max(1, claims.length))];
          const number = known && next(5) > 0 ? known.number : next(1_000);
          const ordinals = known && next(5) > 0 ? known.ordinals : [next(total)];
          const state = (['sent', 'failed', 'retry-wait', 'skipped', 'unknown'] as const)[next(5)];
          const retryInMs = next(3) === 0 ? HOUR_MS : 0;
          const on = known?.channel ?? channel;
          const recipients = ordinals.map((ordinal) => ({
            ordinal,
            state: state ?? 'sent',
            retryInMs,
          }));
          const range = { from: 0, count: total };
          const commit = { number, channel: on, range, recipients };
          const fence = { batchId, epoch, run: RUN };
          const step = { commits: [commit], claims: [], leaseMs: HOUR_MS };
          const [answer] = (await ledger.step(fence, step)).commits;
          expect(answer?.landed).toBe(model.commit(on, number, recipients, mode === 'cancelled'));
        } else if (action === 18 && next(10) === 0) {
          const modes = [
            'running',
            'paused',
            ...(step > STEPS * 0.9 ? (['cancelled'] as const) : []),
          ] as const;
          if (mode !== 'cancelled') {
            epoch += 1;
            mode = modes[next(modes.length)] ?? 'running';
            await ledger.setMode(batchId, epoch, mode);
          }
        } else if (action === 19) {
          const answer = await ledger.cancelSlice(batchId, chunk);
          expect(answer === undefined).toBe(mode !== 'cancelled');
          if (mode === 'cancelled') model.cancel(chunk);
        }

        const progress = await ledger.readProgress(batchId);
        if (!progress) throw new Error('the ledger is gone');
        expect(progress.channels).toEqual(model.counts());
        expect(progress.people).toMatchObject(model.people());
        for (const counts of progress.channels) expect(sumOf(counts)).toBe(total);
        expect(progress.processed).toBe(sumOf(model.people()));
        expect(progress.processed).toBeGreaterThanOrEqual(before);
        expect(progress.finishedAtMs !== undefined).toBe(progress.processed === total);
        before = progress.processed;
      }
      for (let channel = 0; channel < channels; channel += 1) {
        const bytes = await ledger.readStates(batchId, channel, total, { from: 0, count: total });
        expect([...bytes].map((byte) => readRecipientByte(byte).state)).toEqual(
          model.states(channel),
        );
      }
      expect(before).toBeGreaterThan(0);
    },
    60_000 + STEPS * 20,
  );
});

type Counts = Record<RecipientState, number>;

interface ModelRecipient {
  state: RecipientState;
  attempts: number;
  claim: number;
  isDue: boolean;
}

/** The same rules once more, written for reading: no bytes, no counters, everything counted anew. */
function createModel(total: number, channels: number) {
  const cells: ModelRecipient[][] = Array.from({ length: channels }, () =>
    Array.from({ length: total }, () => ({
      state: 'pending' as RecipientState,
      attempts: 0,
      claim: 0,
      isDue: true,
    })),
  );
  const cellOf = (channel: number, ordinal: number) => {
    const cell = cells[channel]?.[ordinal];
    if (!cell) throw new Error('no such cell');
    return cell;
  };
  const countsOf = (states: readonly RecipientState[]): Counts =>
    Object.fromEntries(
      RECIPIENT_STATES.map((state) => [state, states.filter((one) => one === state).length]),
    ) as Counts;
  const ordinalsOf = ({ from, count }: { from: number; count: number }) =>
    Array.from({ length: count }, (_, index) => from + index);

  return {
    claim: (
      channel: number,
      range: { from: number; count: number },
      options: { groupSize: number; leaseMs: number; isRepeatable: boolean },
    ) => {
      const taken: { ordinal: number; attempt: number }[] = [];
      const doubted: number[] = [];
      for (const ordinal of ordinalsOf(range)) {
        const cell = cellOf(channel, ordinal);
        const isStuck = cell.state === 'claimed' && cell.isDue;
        if (isStuck && (!options.isRepeatable || cell.attempts >= 5)) {
          cell.state = 'unknown';
          doubted.push(ordinal);
          continue;
        }
        const isFree =
          cell.state === 'pending' || isStuck || (cell.state === 'retry-wait' && cell.isDue);
        if (!isFree) continue;
        if (taken.length === options.groupSize) break;
        cell.state = 'claimed';
        cell.attempts = Math.min(15, cell.attempts + 1);
        taken.push({ ordinal, attempt: cell.attempts });
      }
      return { taken, doubted };
    },
    hold: (channel: number, ordinals: readonly number[], claim: number, leaseMs: number) => {
      for (const ordinal of ordinals) {
        Object.assign(cellOf(channel, ordinal), { claim, isDue: leaseMs === 0 });
      }
    },
    commit: (
      channel: number,
      claim: number,
      recipients: readonly { ordinal: number; state: RecipientState; retryInMs: number }[],
      isCancelled: boolean,
    ) => {
      const held = recipients.filter(({ ordinal }) => {
        const cell = cellOf(channel, ordinal);
        return cell.state === 'claimed' && cell.claim === claim;
      });
      for (const { ordinal, state, retryInMs } of held) {
        const end = isCancelled && state === 'retry-wait' ? 'cancelled' : state;
        Object.assign(cellOf(channel, ordinal), { state: end, claim: 0, isDue: retryInMs === 0 });
      }
      return held.length;
    },
    cancel: (range: { from: number; count: number }) => {
      for (const row of cells) {
        for (const ordinal of ordinalsOf(range)) {
          const cell = row[ordinal];
          if (cell?.state === 'pending' || cell?.state === 'retry-wait') cell.state = 'cancelled';
          else if (cell?.state === 'claimed' && cell.isDue) cell.state = 'unknown';
        }
      }
    },
    counts: () => cells.map((row) => countsOf(row.map((cell) => cell.state))),
    people: () => {
      const best = (['sent', 'unknown', 'failed', 'skipped', 'cancelled'] as const).slice();
      const finished = Array.from({ length: total }, (_, ordinal) =>
        cells.map((row) => row[ordinal]?.state ?? 'pending'),
      ).filter((states) => states.every(isTerminalState));
      const ends = finished.map((states) => best.find((state) => states.includes(state)));
      return countsOf(ends.filter((end) => end !== undefined));
    },
    states: (channel: number) => cells[channel]?.map((cell) => cell.state),
  };
}

function isIn({ from, count }: { from: number; count: number }, ordinal: number): boolean {
  return ordinal >= from && ordinal < from + count;
}

function sumOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Whole numbers below a bound, the same for the same seed (mulberry32). */
function seededNumbers(seed: number): (below: number) => number {
  let state = seed * 0x9e3779b9;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
