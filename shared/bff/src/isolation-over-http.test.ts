import type { Identity } from '@cloudphone/contracts';
import { randomId } from '@cloudphone/runtime';
import type { ServiceClients } from '@cloudphone/service-clients';
import { defineView, type Scope, type ScopeKind } from '@cloudphone/view-cache';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { BY_EXPRESS, openBothWays } from './fixtures/both-ways.ts';
import { viewRoute } from './view-route.ts';

/** `RUNS=20` makes the search so many times as long; `SEED` repeats one. */
const RUNS = 20 * Number(process.env.RUNS ?? 1);
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const KINDS: readonly ScopeKind[] = ['public', 'permission', 'subject'];

/** People who differ by one member each, and by where one ends and the next begins. */
const people: readonly Identity[] = [
  ['a', 'x', 1],
  ['a', 'y', 1],
  ['b', 'x', 1],
  ['a', 'x', 11],
  ['a,x', '1', 1],
  ['a', 'x,1', 1],
].map(([tenantId, userId, permissionVersion]) => ({
  tenantId: String(tenantId),
  userId: String(userId),
  permissionVersion: Number(permissionVersion),
  sessionId: '',
  roles: [],
  permissions: [],
}));

/** What a load may see of who asks: the definition, written down a second time. */
const visibleTo = (kind: ScopeKind, who: Identity): string =>
  kind === 'public'
    ? 'everybody'
    : JSON.stringify([who.tenantId, kind === 'subject' ? who.userId : '', who.permissionVersion]);

/** A BFF of three views, one of each scope, that answers with a secret nobody can guess. */
async function openVaults() {
  const secrets = new Map<string, string>();
  const secretOf = (kind: ScopeKind, visible: string, what: string): string => {
    const key = JSON.stringify([kind, visible, what]);
    const secret = secrets.get(key) ?? randomId();
    secrets.set(key, secret);
    return secret;
  };
  const seenBy = (kind: ScopeKind, { tenant, subject, permissionVersion }: Scope): string =>
    kind === 'public' ? 'everybody' : JSON.stringify([tenant, subject, permissionVersion]);
  const routes = KINDS.map((kind) =>
    viewRoute({
      path: `/${kind}/:what`,
      summary: '',
      access: { kind: 'signed-in' },
      view: defineView<ServiceClients>()({
        name: `vault-${kind}`,
        params: z.strictObject({ what: z.string() }),
        scope: kind,
        freshFor: '30s',
        servableFor: '10m',
        load: async ({ what }, { scope }) => ({
          secret: secretOf(kind, seenBy(kind, scope), what),
        }),
      }),
    }),
  );
  const whoIs = (authorization = '') => people[Number(authorization.replace('Bearer ', ''))];
  const bff = await openBothWays({ routes, whoIs });
  return { ...bff, secretOf, counts: { notModified: 0, foreignEtags: 0 } };
}

const asking = fc.record({
  kind: fc.constantFrom(...KINDS),
  who: fc.nat(people.length - 1),
  what: fc.constantFrom('7', '8', '7%2C8', 'a:b'),
  isWhole: fc.boolean(),
  /** Whose ETag is presented: an earlier answer's, whoever got it. */
  etagOf: fc.nat(1_000),
});

const asksOfOneRun = fc.array(asking, { minLength: 10, maxLength: 20 });

test('over HTTP, by the fast path or by Express: nobody gets a byte of another scope, nor a 304 for another’s ETag', {
  timeout: 60_000 * Number(process.env.RUNS ?? 1),
}, async ({ annotate }) => {
  const { url, secretOf, counts, served } = await openVaults();
  const given: { readonly etag: string; readonly secret: string }[] = [];
  const property = fc.asyncProperty(asksOfOneRun, async (asks) => {
    await Promise.all(
      asks.map(async ({ kind, who, what, isWhole, etagOf }) => {
        const person = people[who] as Identity;
        const presented = given[etagOf % Math.max(1, given.length)];
        const answer = await fetch(`${url}/${kind}/${what}`, {
          headers: {
            authorization: `Bearer ${who}`,
            ...(isWhole ? BY_EXPRESS : {}),
            ...(presented === undefined ? {} : { 'if-none-match': presented.etag }),
          },
        });
        const secret = secretOf(kind, visibleTo(kind, person), decodeURIComponent(what));
        const body = await answer.text();
        if (presented !== undefined && presented.secret !== secret) counts.foreignEtags++;
        if (answer.status === 304) {
          counts.notModified++;
          expect([presented?.secret, body]).toEqual([secret, '']);
        } else {
          expect([answer.status, JSON.parse(body)]).toEqual([200, { secret }]);
          given.push({ etag: answer.headers.get('etag') ?? '', secret });
        }
      }),
    );
  });
  await fc.assert(property, { numRuns: RUNS, seed: SEED });
  const reached = { ...counts, ...served };
  await annotate(`seed ${SEED}: ${JSON.stringify(reached)}`);
  for (const count of Object.values(reached)) expect(count).toBeGreaterThan(0);
});
