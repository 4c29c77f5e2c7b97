import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EVENT_TYPES } from '@cloudphone/contracts';
import { describe, expect, test } from 'vitest';
import { errorTableProblems } from './error-table.ts';
import { renderEventTable } from './event-table.ts';
import { ROOT } from './repository.ts';

const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');

describe('ERRORS.md', () => {
  test('lists the registered codes with their status, title and retryability, and no other', () => {
    expect(errorTableProblems(read('ERRORS.md'))).toEqual([]);
  });

  test.each([
    ['a code that is missing', '', ['gone is not in ERRORS.md']],
    [
      'a row that differs',
      '| `gone` | 404 | Gone. | no |',
      ['gone is "404 Gone. no" in ERRORS.md, but "410 Gone. no" in code'],
    ],
    [
      'a code that nothing can raise',
      '| `gone` | 410 | Gone. | no |\n| `odd` | 500 | Odd. | yes |',
      ['odd is in ERRORS.md only'],
    ],
  ])('%s is reported', (_, markdown, problems) => {
    const register = { gone: { status: 410, title: 'Gone.', isRetryable: false } };
    expect(errorTableProblems(markdown, register)).toEqual(problems);
  });
});

describe('EVENTS.md', () => {
  test('reads as the register of events says', () => {
    if (process.env.UPDATE_DOCS === '1') {
      writeFileSync(join(ROOT, 'EVENTS.md'), renderEventTable());
    }
    expect(read('EVENTS.md')).toBe(renderEventTable());
  });

  test('has a row for every type, with what its key and tags are made of', () => {
    const table = renderEventTable();
    expect(table.match(/^\| `/gm)).toHaveLength(EVENT_TYPES.length);
    expect(table).toContain('| `order.created` | `order:{id}` |');
    expect(table).toContain('`orders-of:{userId}`');
  });
});
