import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineView, type ViewOptions } from './define-view.ts';

type AnyOptions = ViewOptions<unknown, z.ZodType, unknown>;

const good: AnyOptions = {
  name: 'phone',
  params: z.strictObject({}),
  scope: 'public',
  freshFor: '30s',
  servableFor: '10m',
  load: async () => ({}),
};

describe('defineView refuses', () => {
  test.each<[string, Partial<Record<keyof AnyOptions, unknown>>, string]>([
    ['a name in another case', { name: 'Phone' }, "view 'Phone': name must be kebab case"],
    ['parameters without a schema', { params: {} }, "view 'phone': params must be a zod schema"],
    [
      'a scope that there is not',
      { scope: 'tenant' },
      "view 'phone': scope must be one of public, permission, subject",
    ],
    [
      'a length of time that is none',
      { freshFor: '30 seconds' },
      "view 'phone': freshFor must be a duration like '30s', not '30 seconds'",
    ],
    ['no freshness', { freshFor: '0s' }, "view 'phone': freshFor must be more than nothing"],
    [
      'an end before freshness ends',
      { servableFor: '10s' },
      "view 'phone': servableFor must not be shorter than freshFor",
    ],
    [
      'to serve for longer than Redis remembers changes',
      { servableFor: '13h' },
      "view 'phone': servableFor must not be longer than '12h'",
    ],
    [
      'tolerance beyond freshness',
      { toleratesChangeFor: '31s' },
      "view 'phone': toleratesChangeFor must not be longer than freshFor",
    ],
    ['no budget', { budgetMs: 0 }, "view 'phone': budgetMs must be between 1 and 30000"],
    ['nothing to load', { load: undefined }, "view 'phone': load must be a function"],
  ])('%s', (_, wrong, message) => {
    const options = { ...good, ...wrong } as AnyOptions;
    expect(() => defineView<unknown>()(options)).toThrow(
      expect.objectContaining({ message: `internal: ${message}` }),
    );
  });
});
