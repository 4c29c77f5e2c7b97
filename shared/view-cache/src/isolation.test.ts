import {
  createMetrics,
  currentRequestContext,
  randomId,
  runInRequestContext,
  silentLogger,
} from '@cloudphone/runtime';
import { testRedis, whenDone } from '@cloudphone/test-kit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createViewCache } from './create-view-cache.ts';
import { defineView, type Scope, type ScopeKind } from './define-view.ts';
import { bodyOf, openCacheWorld } from './fixtures/cache-world.ts';

/** `RUNS=20` makes the search so many times as long; `SEED` repeats one. */
const RUNS = 100 * Number(process.env.RUNS ?? 1);
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

interface Vault {
  /** What only those who are in the same scope may see; names the identity it was asked under. */
  open(scope: Scope, what: unknown): Promise<{ readonly secret: string; readonly asked: string }>;
}

const KINDS: readonly ScopeKind[] = ['public', 'permission', 'subject'];
const views = Object.fromEntries(
  KINDS.map((scope) => [
    scope,
    defineView<Vault>()({
      name: `vault-${scope}`,
      params: z.strictObject({ what: z.unknown() }),
      scope,
      freshFor: '30s',
      servableFor: '10m',
      load: ({ what }, tools) => tools.from.open(tools.scope, what),
    }),
  ]),
);

/** Few of them, so that they meet; and such as would be alike if they were not kept apart well. */
const name = fc.constantFrom('', 'a', 'b', 'a,b', 'b,', ',a', 'a:b', '%2C', 'a%2Cb', '1', 'ä', ' ');
const scope: fc.Arbitrary<Scope> = fc.record({
  audience: name,
  tenant: name,
  subject: name,
  permissionVersion: fc.constantFrom(0, 1, 11),
});
/** Somebody, and others who differ by one member, or by where one member ends and the next begins. */
const neighbours: fc.Arbitrary<readonly Scope[]> = fc
  .record({ somebody: scope, other: scope })
  .map(({ somebody, other }) => [
    somebody,
    { ...somebody, audience: other.audience },
    { ...somebody, tenant: other.tenant },
    { ...somebody, subject: other.subject },
    { ...somebody, permissionVersion: other.permissionVersion },
    { ...somebody, audience: 'a,b', tenant: 'c' },
    { ...somebody, audience: 'a', tenant: 'b,c' },
    { ...somebody, subject: '1,1', permissionVersion: 1 },
    { ...somebody, subject: '1', permissionVersion: 11 },
    { ...somebody, audience: somebody.tenant, tenant: somebody.audience },
  ]);
const what = fc.oneof(
  name,
  fc.constantFrom<unknown>(null, true, 1, '1', [], {}, ['a', 'b'], ['a,b'], { a: 'b' }, { b: 'a' }),
  // Long enough to be kept by its hash.
  fc.constantFrom('a', 'b').map((end) => `${'long '.repeat(40)}${end}`),
);
const reading = fc.record({
  kind: fc.constantFrom(...KINDS),
  /** Which of the few who ask, and which of the few questions. */
  who: fc.nat(100),
  asked: fc.nat(100),
  node: fc.nat(1),
  /** Whose ETag is presented: an earlier answer's, whoever got it. */
  etagOf: fc.nat(1_000),
});

const meeting = fc.record({
  scopes: neighbours,
  questions: fc.array(what, { minLength: 1, maxLength: 3 }),
  readings: fc.array(reading, { minLength: 10, maxLength: 30 }),
});

/** What a load may see of who asks: the definition, written down a second time. */
function visibleTo(kind: ScopeKind, { audience, tenant, subject, permissionVersion }: Scope) {
  if (kind === 'public') return ['', '', '', 0];
  return [audience, tenant, kind === 'subject' ? subject : '', permissionVersion];
}

async function openVaults() {
  const redis = await testRedis({ persistent: false });
  const world = await openCacheWorld(redis.url);
  whenDone(world.close);
  const secrets = new Map<string, string>();
  /** One that nobody can guess, for every scope that a load is shown and every question. */
  const secretOf = (...of: readonly unknown[]) => {
    const key = JSON.stringify(of);
    const secret = secrets.get(key) ?? randomId();
    secrets.set(key, secret);
    return secret;
  };
  const sources: Vault = {
    open: async ({ audience, tenant, subject, permissionVersion }, asked) => ({
      secret: secretOf(audience, tenant, subject, permissionVersion, asked),
      asked: currentRequestContext()?.internalIdentity ?? 'under no identity',
    }),
  };
  const caches = [];
  for (let i = 0; i < 2; i++) {
    const { feed, redis: connection } = await world.startNode();
    const cache = createViewCache({
      feed,
      redis: connection,
      sources,
      namespace: 'vault',
      logger: silentLogger,
      metrics: createMetrics(),
      redisDeadlineMs: 500,
    });
    whenDone(() => cache.close());
    cache.reset({ reason: 'start', position: feed.applied ?? { epoch: '', seq: 0 } });
    caches.push(cache);
  }
  return { caches, secretOf };
}

describe('who is shown what', { timeout: 60_000 * Number(process.env.RUNS ?? 1) }, () => {
  test('never a byte of another audience, tenant, person, permission version or question', async ({
    annotate,
  }) => {
    const { caches, secretOf } = await openVaults();
    const counts = { answers: 0, hits: 0, sharedEtags: 0 };
    const property = fc.asyncProperty(meeting, async ({ scopes, questions, readings }) => {
      const run = randomId();
      const given: { readonly etag: string; readonly secret: unknown }[] = [];
      const answers = readings.map(async ({ kind, node, etagOf, ...chosen }) => {
        const view = views[kind] as (typeof views)[string];
        const cache = caches[node] as (typeof caches)[number];
        const who = scopes[chosen.who % scopes.length] as Scope;
        const what = [run, questions[chosen.asked % questions.length]];
        const context = { traceparent: '', internalIdentity: `signed for ${who.subject}` };
        const answer = await runInRequestContext(context, () =>
          cache.read(view, { what }, { scope: who }),
        );
        const secret = secretOf(...visibleTo(kind, who), what);
        expect(bodyOf(answer)).toEqual({ secret, asked: 'under no identity' });
        // “Not modified” only to those who have these very bytes, whoever they had them from.
        const presented = given[etagOf % Math.max(1, given.length)];
        if (presented?.etag === answer.etag) {
          counts.sharedEtags++;
          expect(presented.secret).toBe(secret);
        }
        given.push({ etag: answer.etag, secret });
        counts.answers++;
        if (answer.status === 'hit') counts.hits++;
      });
      await Promise.all(answers);
    });
    await fc.assert(property, { numRuns: RUNS, seed: SEED });
    await annotate(`seed ${SEED}: ${JSON.stringify(counts)}`);
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(RUNS / 10);
  });
});
