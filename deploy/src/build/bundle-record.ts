import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a bundle was made from: each input's path with its time and size. */
type BundleRecord = Readonly<Record<string, string>>;

/** Whether no input of a bundle has changed since it was made. */
export async function isUnchanged(recordFile: string, projectDir: string): Promise<boolean> {
  const text = await readFile(recordFile, 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  const record = JSON.parse(text) as BundleRecord;
  const now = await describeInputs(Object.keys(record), projectDir);
  return Object.entries(record).every(([path, mark]) => now[path] === mark);
}

export async function recordInputs(
  recordFile: string,
  inputs: readonly string[],
  projectDir: string,
): Promise<void> {
  await writeFile(recordFile, JSON.stringify(await describeInputs(inputs, projectDir)));
}

async function describeInputs(paths: readonly string[], projectDir: string): Promise<BundleRecord> {
  const marks = await Promise.all(
    paths.map(async (path) => {
      const found = await stat(join(projectDir, path)).catch(() => undefined);
      return [path, found ? `${found.mtimeMs}:${found.size}` : 'absent'] as const;
    }),
  );
  return Object.fromEntries(marks);
}
