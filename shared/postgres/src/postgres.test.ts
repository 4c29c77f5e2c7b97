import { readFile } from 'node:fs/promises';
import { silentLogger } from '@cloudphone/runtime';
import { testPostgres, until, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import {
  connectPostgres,
  decodeCursor,
  encodeCursor,
  ensureDatabase,
  isTransientFailure,
  type Migration,
  migrate,
  type Postgres,
  sql,
} from './index.ts';

interface Shelf {
  readonly book: { readonly id: number; readonly title: string };
}

describe('postgres', () => {
  test('ensureDatabase → creates it once, however many ask at the same time', async () => {
    const url = await testPostgres().freshDatabase();
    await Promise.all(Array.from({ length: 6 }, () => ensureDatabase(url)));
    await open(url).ping();
  });

  test('migrate → runs each once, in order, with six instances starting together', async () => {
    const url = await freshDatabase();
    let runs = 0;
    const migrations: Migration[] = [
      {
        name: '001-shelf',
        up: async (db) => {
          runs++;
          await sql`create table book (id bigint primary key, title text not null)`.execute(db);
        },
      },
      {
        name: '002-first-book',
        up: async (db) =>
          void (await sql`insert into book values (9007199254740991, 'one')`.execute(db)),
      },
    ];
    await Promise.all(Array.from({ length: 6 }, () => migrate(open(url), migrations)));
    expect(runs).toBe(1);
    const books = await open(url).db.selectFrom('book').selectAll().execute();
    expect(books).toEqual([{ id: 9007199254740991, title: 'one' }]);
  });

  test('migrate → changes nothing when one of them fails, and says which', async () => {
    const postgres = open(await freshDatabase());
    const migrations: Migration[] = [
      { name: '001', up: async (db) => void (await sql`create table a ()`.execute(db)) },
      { name: '002', up: async (db) => void (await sql`create tabel b ()`.execute(db)) },
    ];
    await expect(migrate(postgres, migrations)).rejects.toThrow('migration 002 failed');
    const found = await sql<{ a: string | null }>`select to_regclass('a')::text as a`.execute(
      postgres.db,
    );
    expect(found.rows).toEqual([{ a: null }]);
  });

  test('withSession → lets go of its advisory lock when it ends', async () => {
    const postgres = open(await freshDatabase());
    const tryLock = () =>
      postgres.withSession(async (db) => {
        const { rows } = await sql<{ got: boolean }>`select pg_try_advisory_lock(7) as got`.execute(
          db,
        );
        return rows[0]?.got;
      });
    expect(await tryLock()).toBe(true);
    expect(await tryLock()).toBe(true);
  });

  test('withSession → rejects after its connection was ended, and the process lives', async () => {
    const postgres = open(await freshDatabase());
    const failure = await postgres
      .withSession(async (db) => {
        const pid = await backendPid(db);
        await sql`select pg_terminate_backend(${pid})`.execute(postgres.db);
        await sql`select 1`.execute(db);
      })
      .catch((err: unknown) => err);
    expect(isTransientFailure(failure)).toBe(true);
    await postgres.ping();
  });

  test('a server whose Unix socket is gone → is a failure that passes; a missing file is none', async () => {
    const folder = encodeURIComponent('/nowhere/cluster');
    const postgres = open(`postgres://postgres@127.0.0.1:5440/none?host=${folder}`);
    const failure = await postgres.ping().catch((err: unknown) => err);
    expect(failure).toMatchObject({ code: 'ENOENT' });
    expect(isTransientFailure(failure)).toBe(true);
    const missing = await readFile('/nowhere/file').catch((err: unknown) => err);
    expect(isTransientFailure(missing)).toBe(false);
  });

  test('listen → hears again after its connection was ended, and says so', async () => {
    const postgres = open(await freshDatabase());
    const heard: string[] = [];
    const listening = await postgres.listen('news', (payload) => heard.push(payload));
    whenDone(listening.close);
    await sql`select pg_notify('news', 'one')`.execute(postgres.db);
    await until(() => heard.length === 2, { what: 'the first news' });
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name like '%(listen)' and datname = current_database()`.execute(
      postgres.db,
    );
    await until(() => heard.length === 3, { what: 'word of the reconnect' });
    await sql`select pg_notify('news', 'two')`.execute(postgres.db);
    await until(() => heard.length === 4, { what: 'the second news' });
    expect(heard).toEqual(['', 'one', '', 'two']);
  });

  test('sessions and listeners → go their own way past a pooler, queries do not', async () => {
    const [url, sessionUrl] = [await freshDatabase(), await freshDatabase()];
    const postgres = connectPostgres<Shelf>({ url, sessionUrl, name: 'x', logger: silentLogger });
    whenDone(() => postgres.close());
    const nameOf = async (db: Postgres<Shelf>['db']) =>
      (await sql<{ name: string }>`select current_database() as name`.execute(db)).rows[0]?.name;
    expect(url).toContain(await nameOf(postgres.db));
    expect(sessionUrl).toContain(await postgres.withSession(nameOf));
    const heard: string[] = [];
    const listening = await postgres.listen('news', (payload) => heard.push(payload));
    whenDone(listening.close);
    await sql`select pg_notify('news', 'one')`.execute(open(sessionUrl).db);
    await until(() => heard.includes('one'));
  });

  test('a cursor → comes back as it went, and a forged one is refused by its path', () => {
    expect(decodeCursor(encodeCursor(['2026-01-01', 7, null]))).toEqual(['2026-01-01', 7, null]);
    for (const forged of ['', 'e30', '!!', Buffer.from('[{}]').toString('base64url')]) {
      expect(() => decodeCursor(forged)).toThrow('query.cursor: is not a cursor of this list');
    }
  });
});

async function freshDatabase(): Promise<string> {
  const url = await testPostgres().freshDatabase();
  await ensureDatabase(url);
  return url;
}

function open(url: string): Postgres<Shelf> {
  const postgres = connectPostgres<Shelf>({ url, name: 'test', logger: silentLogger, poolSize: 2 });
  whenDone(() => postgres.close());
  return postgres;
}

async function backendPid(db: Postgres<Shelf>['db']): Promise<number> {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
  return rows[0]?.pid ?? 0;
}
