import { expect, onTestFinished, test, vi } from 'vitest';
import type { ServerExit } from '../processes/server-process.ts';
import { type Running, type Supervised, type Supervision, supervise } from './supervise.ts';

const QUICK = { firstMs: 10, maxMs: 40, forgivenAfterMs: 60_000 };

test('supervision → starts again what ended by itself, later each time, and says its last words', async () => {
  const { supervised, launched, said } = sample();
  await supervised.start();
  for (const expected of [2, 3, 4, 5]) {
    launched.at(-1)?.end({ code: 1, signal: null });
    await vi.waitFor(() => expect(launched).toHaveLength(expected));
  }
  expect(said()).toContain('ended by itself (code 1). Its last words:\nout of ideas');
  expect(said().match(/again in \d+ ms/g)).toEqual(
    [10, 20, 40, 40].map((waitMs) => `again in ${waitMs} ms`),
  );
  await vi.waitFor(() => expect(said()).toContain('is ready again'));
});

test('supervision → forgives what was long ago', async () => {
  const { supervised, launched, said } = sample({ backoff: { ...QUICK, forgivenAfterMs: 0 } });
  await supervised.start();
  for (const expected of [2, 3, 4]) {
    launched.at(-1)?.end({ code: 1, signal: null });
    await vi.waitFor(() => expect(launched).toHaveLength(expected));
  }
  expect(new Set(said().match(/again in \d+ ms/g))).toEqual(new Set(['again in 10 ms']));
});

test('supervision → leaves down what was stopped, and starts it when asked', async () => {
  const { supervised, launched } = sample();
  await supervised.start();
  await supervised.stop();
  expect(supervised.pid).toBeUndefined();
  expect(launched).toHaveLength(1);
  await supervised.start();
  expect(launched).toHaveLength(2);
});

test('supervision → gives up when the first attempts all fail, with the reason of the last', async () => {
  let attempts = 0;
  const launch = async () => {
    throw new Error(`reason ${++attempts}`);
  };
  const { supervised } = sample({ launch });
  await expect(supervised.start()).rejects.toThrow('reason 3');
});

test('supervision → stopped while it starts, ends what became ready too late', async () => {
  const running = fakeRunning();
  let becomeReady = () => {};
  const launch = () =>
    new Promise<Running>((resolve) => {
      becomeReady = () => resolve(running);
    });
  const { supervised } = sample({ launch });
  const starting = supervised.start();
  const stopping = supervised.stop();
  becomeReady();
  await stopping;
  await starting.catch(() => undefined);
  expect(running.wasStopped()).toBe(true);
});

function sample(parts: Partial<Supervision> = {}) {
  const launched: FakeRunning[] = [];
  const lines: string[] = [];
  const supervised: Supervised = supervise({
    name: 'The sample',
    launch: async () => {
      const running = fakeRunning();
      launched.push(running);
      return running;
    },
    report: (line) => lines.push(line),
    backoff: QUICK,
    ...parts,
  });
  onTestFinished(() => supervised.stop());
  return { supervised, launched, said: () => lines.join('\n') };
}

interface FakeRunning extends Running {
  end(exit: ServerExit): void;
  wasStopped(): boolean;
}

function fakeRunning(): FakeRunning {
  let wasStopped = false;
  let end: (exit: ServerExit) => void = () => {};
  const exited = new Promise<ServerExit>((resolve) => {
    end = resolve;
  });
  return {
    pid: 1,
    exited,
    end: (exit) => end(exit),
    wasStopped: () => wasStopped,
    kill: async () => end({ code: null, signal: 'SIGKILL' }),
    stop: async () => {
      wasStopped = true;
      end({ code: 0, signal: null });
    },
    lastWords: async () => 'out of ideas',
  };
}
