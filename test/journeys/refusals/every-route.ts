import { HEADERS } from '@cloudphone/contracts';
import { until } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { ask, askPatiently } from './ask.ts';
import { missingExamples, UNKNOWN } from './examples.ts';
import { addressOf, methodsAt, type Operation } from './operations.ts';
import { flawsOf } from './refusal.ts';
import { type Bff, plainQuestion, RULES } from './rules.ts';
import type { World } from './world.ts';

const AT_ONCE = 8;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const PUBLIC = ['GET /', 'GET /asyncapi.json', 'POST /auth/login', 'POST /auth/refresh'];
/** People who have no account yet, cannot get into theirs, or only read a mail. */
const PUBLIC_FOR_PEOPLE = [
  'GET /unsubscribe/{token}',
  'POST /auth/password/reset',
  'POST /auth/password/reset-request',
  'POST /auth/register',
  'POST /unsubscribe/{token}',
];
/** How long a token that nobody gave out may hold an answer up. */
const FORGED_TOKEN_MS = 2_500;

/** Rules that hold for whatever a BFF lists in its own document: a new route is asked, too. */
export function describeEveryRoute(world: () => World): void {
  describe('every route of both BFFs', () => {
    test.each(RULES)(
      'asked %s → refuses, by the register',
      async (_name, rule) => {
        const cases = everyOperation(world()).flatMap(({ bff, operation }) =>
          rule(operation, bff, world().tokens).map((given) => ({ bff, operation, ...given })),
        );
        expect(cases).not.toHaveLength(0);
        const flaws = await flawsAmong(cases, async ({ bff, operation, asked, expected }) => {
          const question = { ...plainQuestion(operation, bff), ...asked };
          return flawsOf(await askPatiently(bff.url, question), question.path, expected);
        });
        expect(flaws).toEqual([]);
      },
      120_000,
    );

    test('asked by a method that it has not → names those that it has', async () => {
      const cases = everyOperation(world()).flatMap(({ bff, operation }) => {
        const allowed = new Set(methodsAt(addressOf(operation, UNKNOWN), bff.operations));
        const others = METHODS.filter((method) => !allowed.has(method));
        const allow = [...allowed, ...(allowed.has('GET') ? ['HEAD'] : [])].sort().join(', ');
        return others.map((method) => ({ bff, operation, method, allow }));
      });
      const flaws = await flawsAmong(cases, async ({ bff, operation, method, allow }) => {
        const path = addressOf(operation, UNKNOWN);
        const reply = await ask(bff.url, { method, path });
        const found = flawsOf(reply, path, { code: 'method_not_allowed' });
        if (reply.headers.allow !== allow) found.push(`Allow: ${reply.headers.allow}`);
        return found;
      });
      expect(flaws).toEqual([]);
    });

    test('is for people who are logged in, but for the few named here', () => {
      const openTo = ({ operations }: Bff) =>
        operations.flatMap(({ name, isPublic }) => (isPublic ? [name] : [])).sort();
      expect(openTo(world().admin)).toEqual(PUBLIC);
      expect(openTo(world().user)).toEqual([...PUBLIC, ...PUBLIC_FOR_PEOPLE].sort());
    });

    test('that reads, shown a token of consistency that was never given out → answers in time', async () => {
      const { headers } = await world().asAdmin('GET', '/admin/dashboard');
      const [epoch] = String(headers[HEADERS.consistencyToken]).split('.');
      const forged = ['nobody.5', `id:${UNKNOWN.userId}`, `${epoch}.999999999999999`];
      const reading = everyOperation(world()).filter(({ operation }) => operation.method === 'GET');
      const cases = reading.flatMap((one) => forged.map((token) => ({ ...one, token })));
      const flaws = await flawsAmong(cases, async ({ bff, operation, token }) => {
        const question = plainQuestion(operation, bff);
        const plain = await askPatiently(bff.url, question);
        // A machine out of breath may make one of three late, but hardly all.
        let flaws: string[] = [];
        for (let attempt = 1; attempt <= 3; attempt += 1) {
          const startedAtMs = performance.now();
          const { status } = await ask(bff.url, {
            ...question,
            headers: { ...question.headers, [HEADERS.consistencyToken]: token },
          });
          const tookMs = performance.now() - startedAtMs;
          flaws = [
            ...(status === plain.status ? [] : [`${plain.status}, but ${status} with ${token}`]),
            ...(tookMs < FORGED_TOKEN_MS ? [] : [`${Math.round(tookMs)} ms with ${token}`]),
          ];
          if (flaws.length === 0) break;
        }
        return flaws;
      });
      expect(flaws).toEqual([]);
      // And whoever shows none is served from memory as before.
      await until(async () => {
        const { headers: served } = await world().asAdmin('GET', '/admin/dashboard');
        return String(served['cache-status']).includes('detail=memory');
      });
    }, 120_000);
  });
}

interface Asked {
  readonly bff: Bff;
  readonly operation: Operation;
}

/** Throws for a route that `examples.ts` does not know how to ask. */
function everyOperation({ admin, user }: World): Asked[] {
  const missing = [admin, user].flatMap(({ operations }) => missingExamples(operations));
  if (missing.length > 0) throw new Error(`examples.ts has no ${missing.join(', no ')}`);
  return [admin, user].flatMap((bff) => bff.operations.map((operation) => ({ bff, operation })));
}

/** What `look` finds wrong, each with where; a few cases at a time. */
async function flawsAmong<Case extends Asked>(
  cases: readonly Case[],
  look: (one: Case) => Promise<readonly string[]>,
): Promise<string[]> {
  const flaws: string[] = [];
  const left = cases.values();
  const work = async () => {
    for (const one of left) {
      const found = await look(one).catch((err: unknown) => [String(err)]);
      if (found.length === 0) continue;
      const { bff, operation, ...given } = one;
      flaws.push(
        `${bff.name}: ${operation.name}: ${found.join('; ')} ← ${JSON.stringify(given).slice(0, 300)}`,
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return flaws;
}
