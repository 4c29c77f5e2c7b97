import { chmod, mkdir, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { askPostgres } from '../../fixtures/ask-postgres.ts';
import { runFixture } from '../../fixtures/run-fixture.ts';
import { scratchFolder } from '../../fixtures/scratch-folder.ts';
import { endLeftoversUnder } from '../../launcher/end-leftovers-under.ts';
import { startPostgres } from './start-postgres.ts';

// Real servers on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const isRoot = process.getuid?.() === 0;
const NOBODY = { uid: 65_534, gid: 65_534 };
const FAST = { fsync: 'off' };

interface Started {
  readonly postgres: { readonly pid: number; readonly port: number };
}

describe('an embedded postgres', () => {
  test('is durable and takes many connections unless told otherwise', async () => {
    const { port } = await startPostgres({ dataDir: await scratchFolder() });
    expect(await askPostgres(port, 'SHOW fsync')).toEqual(['on']);
    expect(await askPostgres(port, 'SHOW max_connections')).toEqual(['300']);
    expect(await askPostgres(port, 'SHOW listen_addresses')).toEqual(['127.0.0.1']);
  });

  test('answers at the socket that its address names, which nobody else may enter', async () => {
    const { port, url } = await startPostgres({ dataDir: await scratchFolder(), settings: FAST });
    const folder = new URL(url('postgres')).searchParams.get('host') ?? '';
    expect(await askPostgres(`${folder}/.s.PGSQL.${port}`, 'SELECT 7')).toEqual(['7']);
    expect((await stat(folder)).mode & 0o077).toBe(0);
  });

  test('keeps its databases over a stop', async () => {
    const dataDir = await scratchFolder();
    const first = await startPostgres({ dataDir, settings: FAST });
    await askPostgres(first.port, 'CREATE TABLE phone AS SELECT 7 AS id');
    await first.stop();
    const second = await startPostgres({ dataDir, settings: FAST });
    expect(await askPostgres(second.port, 'SELECT id FROM phone')).toEqual(['7']);
  });

  test('comes back after SIGKILL', async () => {
    const dataDir = await scratchFolder();
    const first = await startPostgres({ dataDir });
    await askPostgres(first.port, 'CREATE TABLE phone AS SELECT 7 AS id');
    await first.kill();
    const second = await startPostgres({ dataDir, port: first.port });
    expect(await askPostgres(second.port, 'SELECT id FROM phone')).toEqual(['7']);
  });

  test('refuses a folder with files of somebody else, and touches none', async () => {
    const dataDir = await scratchFolder();
    await mkdir(`${dataDir}/cluster/photos`, { recursive: true });
    await expect(startPostgres({ dataDir })).rejects.toThrow('not a PostgreSQL cluster');
  });
});

describe('an embedded postgres → left by a killed parent', () => {
  test('is replaced, with its data', async () => {
    const folder = await scratchFolder();
    const parent = await runFixture('hold-engines', [folder]);
    const { postgres: left } = await parent.said<Started>();
    await askPostgres(left.port, 'CREATE TABLE phone AS SELECT 7 AS id');
    await parent.kill('SIGKILL');
    expect(await askPostgres(left.port, 'SELECT 1')).toEqual(['1']);

    const postgres = await startPostgres({ dataDir: `${folder}/postgres`, settings: FAST });
    expect(postgres.pid).not.toBe(left.pid);
    expect(await askPostgres(postgres.port, 'SELECT id FROM phone')).toEqual(['7']);
  });
});

describe.runIf(isRoot)('an embedded postgres → whoever runs it', () => {
  test('runs for an ordinary user', async () => {
    const folder = await scratchFolder();
    await chmod(folder, 0o777);
    const { said } = await runFixture('hold-engines', [folder], NOBODY);
    const { postgres } = await said<Started>();
    expect(await askPostgres(postgres.port, 'SELECT 1')).toEqual(['1']);
  });

  test('finds a reachable place when root’s folder is private, the same one each time', async () => {
    const folder = await scratchFolder();
    await chmod(folder, 0o700);
    const options = { dataDir: `${folder}/postgres`, settings: FAST };
    const first = await startPostgres(options);
    onTestFinished(async () => {
      await endLeftoversUnder(dirname(first.dataDir));
      await rm(dirname(first.dataDir), { recursive: true });
    });
    expect(first.dataDir).toMatch(/^\/var\/tmp\/cloudphone-/);
    await askPostgres(first.port, 'CREATE TABLE phone AS SELECT 7 AS id');
    await first.stop();
    const second = await startPostgres(options);
    expect(await askPostgres(second.port, 'SELECT id FROM phone')).toEqual(['7']);
  });
});
