import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '../../processes/program-on-path.ts';
import { runCommand } from '../../processes/run-command.ts';
import { downloadRedis } from './download-redis.ts';
import { librariesUnder } from './unpacked-libraries.ts';

/** A redis-server that answered `--version`, and the environment that it needs to run. */
export interface RedisProgram {
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
}

/** PATH, then an earlier download in `enginesDir`, then a download into it; else the three ways out. */
export async function findRedis(enginesDir: string, env: NodeJS.ProcessEnv): Promise<RedisProgram> {
  const installed = await findInstalled(env);
  if (installed) return installed;
  const unpacked = join(enginesDir, 'redis');
  const earlier = await findUnpacked(unpacked, env);
  if (earlier) return earlier;
  await mkdir(enginesDir, { recursive: true });
  const failure = await downloadRedis(unpacked, env).then(
    () => undefined,
    (error: Error) => error.message,
  );
  const downloaded = await findUnpacked(unpacked, env);
  if (downloaded) return downloaded;
  throw new Error(waysOut(failure ?? 'the downloaded redis-server does not run here'));
}

async function findInstalled(env: NodeJS.ProcessEnv): Promise<RedisProgram | undefined> {
  for (const name of ['redis-server', 'valkey-server']) {
    const program = await findProgram(name, env);
    if (program && (await answersVersion(program, env))) return { program, env };
  }
  return undefined;
}

async function findUnpacked(
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<RedisProgram | undefined> {
  const program = join(folder, 'usr/bin/redis-server');
  const withLibraries = { ...env, LD_LIBRARY_PATH: await librariesUnder(folder) };
  return (await answersVersion(program, withLibraries))
    ? { program, env: withLibraries }
    : undefined;
}

async function answersVersion(program: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  return runCommand(program, ['--version'], { env, timeoutMs: 5_000 }).then(
    () => true,
    () => false,
  );
}

function waysOut(why: string): string {
  return [
    `No Redis to run: none on PATH, and ${why}`,
    'Any one of these helps:',
    '  1. install it: apt-get install redis-server, dnf install valkey, or brew install redis',
    '  2. run it elsewhere, for instance: docker run -p 6400:6379 redis:7, then REDIS_URL=redis://127.0.0.1:6400',
    '  3. put an existing redis-server (7 or newer) on PATH',
  ].join('\n');
}
