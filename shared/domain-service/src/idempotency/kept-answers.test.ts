import { connectPostgres, ensureDatabase, migrate, sql } from '@cloudphone/postgres';
import { silentLogger } from '@cloudphone/runtime';
import { testPostgres, whenDone } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { createKeptAnswers, keptAnswersMigration } from './kept-answers.ts';

type Answers = ReturnType<typeof createKeptAnswers>;
let answers: Answers;
let passTime: (key: string) => Promise<unknown>;
beforeAll(async () => {
  const url = await testPostgres().freshDatabase();
  await ensureDatabase(url);
  const postgres = connectPostgres({ url, name: 'kept-answers', logger: silentLogger });
  whenDone(() => postgres.close());
  await migrate(postgres, [keptAnswersMigration]);
  answers = createKeptAnswers(postgres);
  passTime = (key) =>
    sql`update kept_answer set expires_at = now() - interval '1 ms' where key = ${key}`.execute(
      postgres.db,
    );
});

describe('kept answers', () => {
  test('of requests that arrive together one is begun, the others wait for it', async () => {
    const claimed = await Promise.all([1, 2, 3, 4].map(() => answers.begin('together', 'a')));
    expect(claimed.map(({ kind }) => kind).sort()).toEqual([
      'begun',
      'in-flight',
      'in-flight',
      'in-flight',
    ]);
  });

  test('the same request again gets the same answer, another one under its key none', async () => {
    await answers.finish('again', await begin('again', 'a'), 'the answer');
    expect(await answers.begin('again', 'a')).toEqual({ kind: 'done', answer: 'the answer' });
    expect(await answers.begin('again', 'b')).toEqual({ kind: 'other-request' });
  });

  test('what failed may be tried again under its key', async () => {
    await answers.abandon('failed', await begin('failed', 'a'));
    expect((await answers.begin('failed', 'a')).kind).toBe('begun');
  });

  test('a key whose worker died is free after a while, and the dead one can no longer finish', async () => {
    const dead = await begin('dead', 'a');
    await passTime('dead');
    const alive = await begin('dead', 'a');
    await answers.finish('dead', dead, 'from the dead');
    expect(await answers.begin('dead', 'a')).toEqual({ kind: 'in-flight' });
    await answers.finish('dead', alive, 'from the living');
    expect(await answers.begin('dead', 'a')).toEqual({ kind: 'done', answer: 'from the living' });
  });
});

async function begin(key: string, fingerprint: string): Promise<string> {
  const claimed = await answers.begin(key, fingerprint);
  if (claimed.kind !== 'begun') throw new Error(`expected to begin, was ${claimed.kind}`);
  return claimed.claim;
}
