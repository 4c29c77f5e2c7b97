import { describe, expect, test } from 'vitest';
import { csvLines } from './csv.ts';

const line = (...cells: (string | number | null)[]) => [...csvLines(['a'], [cells])][1];

describe('CSV', () => {
  test('quotes what would break a line apart, and doubles quotes', () => {
    expect(line('plain', 'with, comma', 'a "word"', 'two\r\nlines', '手机')).toBe(
      'plain,"with, comma","a ""word""","two\r\nlines",手机\r\n',
    );
  });

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1'])(
    'never lets the text %j run as a formula',
    (text) => {
      expect(line(text)).toBe(`'${text}\r\n`);
    },
  );

  test('leaves numbers numbers, and nothing empty', () => {
    expect(line(-5, null, 7)).toBe('-5,,7\r\n');
  });
});
