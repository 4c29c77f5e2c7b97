import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '../../processes/program-on-path.ts';
import { runCommand } from '../../processes/run-command.ts';

/**
 * Unpacks Debian's or Ubuntu's own redis-server, with the libraries this machine lacks, into
 * `folder`. Needs no root and changes nothing of the system: package state is private and removed.
 */
export async function downloadRedis(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const tools = { ...env, PATH: withSystemFolders(env.PATH) };
  const [aptGet, dpkg] = await Promise.all(
    ['apt-get', 'dpkg'].map((name) => findProgram(name, tools)),
  );
  if (process.platform !== 'linux' || !aptGet || !dpkg) {
    throw new Error('this is not a Debian or Ubuntu system, where it could be downloaded.');
  }
  const work = await mkdtemp(`${folder}-download-`);
  try {
    const packages = await downloadPackages(aptGet, work, tools);
    const unpacked = join(work, 'unpacked');
    for (const file of packages) await runCommand(dpkg, ['-x', file, unpacked], { env: tools });
    await rename(unpacked, folder).catch(ignoreOtherWinner);
  } catch (error) {
    throw new Error(`its download failed: ${error instanceof Error ? error.message : error}`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function downloadPackages(
  aptGet: string,
  work: string,
  env: NodeJS.ProcessEnv,
): Promise<string[]> {
  const archives = join(work, 'cache/archives');
  await mkdir(join(archives, 'partial'), { recursive: true });
  await mkdir(join(work, 'state/lists/partial'), { recursive: true });
  const privately = [
    ...['-o', `Dir::State=${work}/state`, '-o', 'Dir::State::status=/var/lib/dpkg/status'],
    ...['-o', `Dir::Cache=${work}/cache`, '-o', `Dir::Log=${work}`],
    ...['-o', 'APT::Sandbox::User=', '-o', 'Debug::NoLocking=1', '-qq'],
  ];
  await runCommand(aptGet, [...privately, 'update'], { env });
  // Download-only with the system's own status: what is installed already is not fetched again,
  // except the named packages, whose files PATH may hide.
  const wanted = ['--download-only', '--reinstall', '--no-install-recommends', '--yes'];
  const names = ['redis-server', 'redis-tools'];
  await runCommand(aptGet, [...privately, ...wanted, 'install', ...names], { env }).catch(() => {
    // A system with broken packages resolves nothing; the usual libraries then have to do.
    const usual = [...names, 'libjemalloc2', 'liblzf1'];
    return runCommand(aptGet, [...privately, 'download', ...usual], { env, cwd: archives });
  });
  const files = await readdir(archives);
  return files.filter((name) => name.endsWith('.deb')).map((name) => join(archives, name));
}

function withSystemFolders(path = ''): string {
  return [path, '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']
    .filter(Boolean)
    .join(':');
}

function ignoreOtherWinner(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
}
