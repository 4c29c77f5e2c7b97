import { expect, test } from 'vitest';
import * as z from 'zod';
import { flagVariable, portVariable, readConfig } from './config.ts';
import { currentReadContext, type ReadContext, runInReadContext } from './read-context.ts';
import {
  continueTrace,
  currentRequestContext,
  runInRequestContext,
  traceIdOf,
} from './request-context.ts';

test('a read context reaches everything that its load awaits, and nothing else', async () => {
  const context = {
    beginCall: () => ({}),
    minVersionOf: () => undefined,
  } as unknown as ReadContext;
  const seen = await runInReadContext(context, async () => {
    await Promise.resolve();
    return currentReadContext();
  });
  expect(seen).toBe(context);
  expect(currentReadContext()).toBeUndefined();
});

const createGate = () => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
};

test('contexts of runs that overlap and nest stay apart, whichever ends first', async () => {
  const seen: unknown[] = [];
  const turns = Array.from({ length: 3 }, createGate);
  const runOf = (name: string, turn: number) =>
    runInRequestContext({ traceparent: name }, async () => {
      await runInReadContext({ view: name } as ReadContext, () => Promise.resolve());
      await turns[turn]?.opened;
      seen.push([name, currentRequestContext()?.traceparent, currentReadContext()]);
    });
  const runs = [runOf('a', 0), runOf('b', 1), runOf('c', 2)];
  expect(() => runInRequestContext({ traceparent: 'd' }, () => JSON.parse('{'))).toThrow();
  for (const turn of [1, 0, 2]) {
    turns[turn]?.open();
    await runs[turn];
  }
  expect(seen).toEqual(['b', 'a', 'c'].map((name) => [name, name, undefined]));
});

test('what a run leaves behind finds nothing once nobody runs: the storage rests', async () => {
  const left: Promise<unknown>[] = [];
  const leave = async () => {
    left.push(new Promise(setImmediate).then(currentRequestContext));
  };
  await runInRequestContext({ traceparent: 'a' }, leave);
  expect(await Promise.all(left)).toEqual([undefined]);
});

test('a trace is continued with a span of our own, and begun when there is none', async () => {
  const given = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const continued = continueTrace(given);
  expect(traceIdOf(continued)).toBe('0af7651916cd43dd8448eb211c80319c');
  expect(continued).not.toBe(given);
  expect(continueTrace('rubbish')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  const context = { traceparent: continued };
  expect(runInRequestContext(context, () => currentRequestContext())).toBe(context);
});

test('a configuration that is not valid lists every variable, without its value', () => {
  const shape = {
    PORT: portVariable,
    DEMO: flagVariable,
    SECRET: z.string().min(8),
    NAME: z.string(),
  };
  const read = () => readConfig(shape, { PORT: '99999', DEMO: 'maybe', SECRET: 'short', NAME: '' });
  expect(read).toThrow(/PORT: .*\n {2}DEMO: .*\n {2}SECRET: .*\n {2}NAME: /);
  expect(read).not.toThrow(/short|99999|maybe/);
});
