import { createHash } from 'node:crypto';
import { access, chmod, chown, cp, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand } from '../../processes/run-command.ts';
import { type PostgresPrograms, programsIn } from './find-postgres.ts';

/** Where a server runs from and keeps its files, and as whom; empty `identity` means as ourselves. */
export interface PostgresPlace {
  readonly programs: PostgresPrograms;
  readonly folder: string;
  readonly identity: { readonly uid?: number; readonly gid?: number };
}

const NOBODY = { uid: 65_534, gid: 65_534 };

/**
 * PostgreSQL refuses to run as root, so root runs it as nobody. What nobody cannot reach (programs
 * or data under a private home) has its place under /var/tmp instead, one for each data folder.
 */
export async function placePostgres(
  programs: PostgresPrograms,
  dataDir: string,
): Promise<PostgresPlace> {
  await mkdir(dataDir, { recursive: true });
  if (process.getuid?.() !== 0) return { programs, folder: dataDir, identity: {} };
  const elsewhere = join('/var/tmp', `cloudphone-${shortHash(dataDir)}`);
  const reachable = (await canReach(programs.postgres))
    ? programs
    : await copyPrograms(programs, elsewhere);
  const folder = (await canReach(dataDir)) ? dataDir : join(elsewhere, 'postgres');
  await mkdir(folder, { recursive: true });
  return { programs: reachable, folder, identity: NOBODY };
}

/** Gives the database folder to whoever runs the server; PostgreSQL wants it closed to all others. */
export async function ownFolder(folder: string, { identity }: PostgresPlace): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (identity.uid !== undefined) await chown(folder, NOBODY.uid, NOBODY.gid);
  await chmod(folder, 0o700);
}

function canReach(path: string): Promise<boolean> {
  return runCommand('/bin/sh', ['-c', 'test -x "$0"', path], { ...NOBODY, cwd: '/' }).then(
    () => true,
    () => false,
  );
}

async function copyPrograms(programs: PostgresPrograms, to: string): Promise<PostgresPrograms> {
  if (programs.folder === undefined) {
    throw new Error(`PostgreSQL runs as nobody, who cannot reach ${dirname(programs.postgres)}.`);
  }
  const copy = join(to, 'programs');
  const isCopied = await access(copy).then(
    () => true,
    () => false,
  );
  if (isCopied) return programsIn(copy);
  const partial = `${copy}-${process.pid}`;
  await mkdir(to, { recursive: true, mode: 0o755 });
  await cp(programs.folder, partial, { recursive: true, verbatimSymlinks: true });
  await rename(partial, copy).catch(() => rm(partial, { recursive: true, force: true }));
  return programsIn(copy);
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
