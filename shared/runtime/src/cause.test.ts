import { expect, test } from 'vitest';
import { currentCause, runForCause } from './cause.ts';
import { currentRequestContext, runInRequestContext, traceIdOf } from './request-context.ts';

const TRACEPARENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

test('work that is done later is of the trace and the person that asked for it', () => {
  const asking = { traceparent: TRACEPARENT, actorId: 'ada', deadlineAtMs: 1 };
  const cause = runInRequestContext(asking, currentCause);
  const later = runForCause(JSON.parse(JSON.stringify(cause)), currentRequestContext);
  expect(traceIdOf(later?.traceparent ?? '')).toBe('a'.repeat(32));
  expect(later?.traceparent).not.toBe(TRACEPARENT);
  expect(later?.actorId).toBe('ada');
  expect(later?.deadlineAtMs).toBeUndefined();
});

test('work that only time asks for begins a trace, in nobody’s name', () => {
  expect(currentCause()).toBeNull();
  const [one, other] = [1, 2].map(() => runForCause(null, currentRequestContext));
  expect(one?.traceparent).toMatch(/^00-/);
  expect(one?.traceparent).not.toBe(other?.traceparent);
  expect(one?.actorId).toBeUndefined();
});
