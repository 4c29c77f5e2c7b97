import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeProcess } from './describe-process.ts';

interface Owner {
  readonly pid: number;
  readonly startedAt: string;
}

/** Says who owns a folder at this moment: the living process that claimed it, or nobody. */
export async function findFolderOwner(folder: string): Promise<number | undefined> {
  const claim = await readFile(claimFile(folder), 'utf8').catch(() => undefined);
  const owner = claim === undefined ? undefined : parseOwner(claim);
  if (!owner) return undefined;
  const running = await describeProcess(owner.pid);
  return running?.startedAt === owner.startedAt ? owner.pid : undefined;
}

/**
 * Takes a folder for this process, which keeps it until `releaseFolder` or its own end, however
 * sudden. Throws when another living process has it. Claiming twice is allowed.
 */
export async function claimFolder(folder: string, what: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const owner = await findFolderOwner(folder);
  if (owner !== undefined && owner !== process.pid) {
    throw new Error(
      `${what} in ${folder} is in use by the running process ${owner}. Stop that one first, ` +
        'or choose another folder (CLOUDPHONE_DATA_DIR).',
    );
  }
  const self = await describeProcess(process.pid);
  const claim: Owner = { pid: process.pid, startedAt: self?.startedAt ?? '' };
  await writeFile(claimFile(folder), JSON.stringify(claim));
}

export async function releaseFolder(folder: string): Promise<void> {
  await rm(claimFile(folder), { force: true });
}

function claimFile(folder: string): string {
  return join(folder, 'owner.json');
}

function parseOwner(text: string): Owner | undefined {
  try {
    const owner = JSON.parse(text) as Partial<Owner>;
    if (typeof owner.pid !== 'number' || typeof owner.startedAt !== 'string') return undefined;
    return { pid: owner.pid, startedAt: owner.startedAt };
  } catch {
    return undefined;
  }
}
