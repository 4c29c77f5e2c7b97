import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a bundle was made from: how, and each input's path with its time and size. */
interface BundleRecord {
  readonly recipe: string;
  readonly inputs: Readonly<Record<string, string>>;
}

export interface BundleOrigin {
  readonly projectDir: string;
  /** Changes when the same inputs would give another bundle. */
  readonly recipe: string;
}

/** Whether neither an input nor the recipe has changed since a bundle was made. */
export async function isUnchanged(
  recordFile: string,
  { projectDir, recipe }: BundleOrigin,
): Promise<boolean> {
  const text = await readFile(recordFile, 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  const record = JSON.parse(text) as BundleRecord;
  if (record.recipe !== recipe) return false;
  const now = await describeInputs(Object.keys(record.inputs), projectDir);
  return Object.entries(record.inputs).every(([path, mark]) => now[path] === mark);
}

export async function recordBundle(
  recordFile: string,
  inputs: readonly string[],
  { projectDir, recipe }: BundleOrigin,
): Promise<void> {
  const record: BundleRecord = { recipe, inputs: await describeInputs(inputs, projectDir) };
  // Whole or not at all for others who make the same bundle.
  const draft = `${recordFile}.${process.pid}`;
  await writeFile(draft, JSON.stringify(record));
  await rename(draft, recordFile);
}

async function describeInputs(
  paths: readonly string[],
  projectDir: string,
): Promise<BundleRecord['inputs']> {
  const marks = await Promise.all(
    paths.map(async (path) => {
      const found = await stat(join(projectDir, path)).catch(() => undefined);
      return [path, found ? `${found.mtimeMs}:${found.size}` : 'absent'] as const;
    }),
  );
  return Object.fromEntries(marks);
}
