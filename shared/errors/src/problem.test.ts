import { describe, expect, test } from 'vitest';
import { AppError } from './app-error.ts';
import { invalidInput, versionConflict } from './make-error.ts';
import { fromProblem, toProblem } from './problem.ts';

const occurrence = { instance: '/devices/7', traceId: 'a'.repeat(32) };

describe('a refusal that crosses a process border', () => {
  test('keeps code, detail, issues and public members', () => {
    for (const error of [
      versionConflict('device', '7', 12),
      invalidInput([{ path: 'body.name', message: 'too long' }]),
    ]) {
      const back = fromProblem('device', error.status, toProblem(error, occurrence));
      expect({ ...back, message: '' }).toEqual({ ...error, message: '' });
    }
  });

  test('never carries the private sentence', () => {
    const error = new AppError('internal', { privateDetail: 'password=hunter2' });
    expect(JSON.stringify(toProblem(error, occurrence))).not.toContain('hunter2');
  });

  test.each([
    [500, { code: 'internal', detail: 'SELECT * FROM person' }, 'upstream_failed'],
    [502, 'Bad Gateway', 'upstream_failed'],
    [503, { code: 'shutting_down' }, 'upstream_unavailable'],
    [504, null, 'upstream_timeout'],
    [404, { detail: 'Cannot GET /devises' }, 'upstream_failed'],
    [405, { code: 'method_not_allowed' }, 'upstream_failed'],
    [422, { code: 'made_up' }, 'upstream_failed'],
  ])('%i %j → is a failure of the service: %s', (status, document, code) => {
    const error = fromProblem('device', status, document);
    expect(error.code).toBe(code);
    expect(error.detail).toBeUndefined();
  });
});
