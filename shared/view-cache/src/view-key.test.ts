import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineView, type Scope, type ScopeKind } from './define-view.ts';
import { keyOf, scopeFor } from './view-key.ts';

const viewOf = (scope: ScopeKind, changes: { version?: number } = {}) =>
  defineView<unknown>()({
    name: 'devices',
    params: z.strictObject({
      status: z.string().optional(),
      limit: z.coerce.number().default(20),
    }),
    scope,
    freshFor: '30s',
    servableFor: '10m',
    load: async () => ({}),
    ...changes,
  });
const scope: Scope = { audience: 'admin', tenant: 't', subject: 's', permissionVersion: 3 };

describe('keyOf', () => {
  test('is the same for the same question, however it was written', () => {
    const view = viewOf('permission');
    const key = keyOf(view, { status: 'on', limit: 20 }, scope);
    expect(keyOf(view, { limit: '20', status: 'on' }, scope)).toBe(key);
    expect(keyOf(view, { status: 'on' }, scope)).toBe(key);
    expect(keyOf(view, { status: 'off' }, scope)).not.toBe(key);
  });

  test('cannot be made to look like another: what is asked is escaped', () => {
    const view = viewOf('permission');
    expect(keyOf(view, {}, { ...scope, tenant: 'a,b', subject: '' })).not.toBe(
      keyOf(view, {}, { ...scope, tenant: 'a', subject: 'b' }),
    );
    expect(keyOf(view, { status: '\n*:[' }, scope)).toMatch(/^[\w:,.!~*'()%-]+$/);
  });

  test('stays short for long parameters, and still tells them apart', () => {
    const view = viewOf('permission');
    const long = (end: string) => keyOf(view, { status: 'x'.repeat(5_000) + end }, scope);
    expect(long('a').length).toBeLessThan(120);
    expect(long('a')).not.toBe(long('b'));
  });

  test('changes with the version of the view', () => {
    expect(keyOf(viewOf('public', { version: 2 }), {}, scope)).not.toBe(
      keyOf(viewOf('public'), {}, scope),
    );
  });

  test.each<[ScopeKind, Scope]>([
    ['public', { audience: '', tenant: '', subject: '', permissionVersion: 0 }],
    ['permission', { ...scope, subject: '' }],
    ['subject', scope],
  ])('%s → a load is told no more of the caller than the key holds', (kind, told) => {
    expect(scopeFor(viewOf(kind), scope)).toEqual(told);
  });
});
