import { silentLogger } from '@cloudphone/runtime';
import { testPostgres, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { connectPostgres } from './connect-postgres.ts';
import { ensureDatabase, prepared, sql } from './index.ts';

async function openDatabase() {
  const url = await testPostgres().freshDatabase();
  await ensureDatabase(url);
  const postgres = connectPostgres({ url, name: 'test', logger: silentLogger, poolSize: 1 });
  whenDone(() => postgres.close());
  const keptPlans = async () => {
    const { rows } = await sql<{ statement: string }>`
      select statement from pg_prepared_statements order by prepare_time`.execute(postgres.db);
    return rows.map(({ statement }) => statement.replace('/* prepared */ ', ''));
  };
  return { ...postgres, keptPlans };
}

describe('a prepared statement', () => {
  test('is planned once a connection, whatever its values; others are not kept', async () => {
    const { db, keptPlans } = await openDatabase();
    const double = (value: number) =>
      prepared<{ doubled: number }>(sql`
      select ${value}::integer * 2 as doubled`);
    for (const value of [1, 2, 3]) {
      expect((await double(value).execute(db)).rows).toEqual([{ doubled: 2 * value }]);
      await sql`select ${value}::integer`.execute(db);
    }
    expect((await keptPlans()).map((text) => text.trim())).toEqual([
      'select $1::integer * 2 as doubled',
    ]);
  });

  test('is refused like any other, and works again afterwards, in a transaction too', async () => {
    const { db } = await openDatabase();
    const divide = (by: number) =>
      prepared<{ part: number }>(sql`select 8 / ${by}::integer as part`);
    await expect(divide(0).execute(db)).rejects.toThrow('division by zero');
    const { rows } = await db.transaction().execute((tx) => divide(2).execute(tx));
    expect(rows).toEqual([{ part: 4 }]);
  });
});
