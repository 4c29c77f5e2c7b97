import { access, mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type BuildOptions, build, type OutputFile, version } from 'esbuild';
import { isUnchanged, recordBundle } from './bundle-record.ts';
import { externalPackages } from './external-packages.ts';

export interface BundleRequest {
  readonly name: string;
  /** The entry's path from the project's folder. */
  readonly entry: string;
  readonly projectDir: string;
}

export interface Bundle {
  readonly file: string;
  /** False when every input was as it is in the bundle that lay there. */
  readonly wasBuilt: boolean;
}

/**
 * Makes `dist/<name>.mjs`: the workspace's own code in one file, third-party packages left to
 * node_modules, with a source map. Skips what has not changed. Safe to run twice at once.
 */
export async function bundle({ name, entry, projectDir }: BundleRequest): Promise<Bundle> {
  const file = join(projectDir, 'dist', `${name}.mjs`);
  const recordFile = join(projectDir, 'dist', `${name}.inputs.json`);
  if ((await exists(file)) && (await isUnchanged(recordFile, { projectDir, recipe: RECIPE }))) {
    return { file, wasBuilt: false };
  }
  if (!(await exists(join(projectDir, entry)))) {
    throw new Error(`Nothing to build for ${name}: ${entry} does not exist.`);
  }
  const result = await build({
    ...OPTIONS,
    absWorkingDir: projectDir,
    entryPoints: [entry],
    outfile: file,
    plugins: [externalPackages(projectDir)],
    metafile: true,
    write: false,
  });
  await mkdir(dirname(file), { recursive: true });
  for (const output of result.outputFiles) await replaceFile(output);
  const inputs = Object.keys(result.metafile.inputs);
  await recordBundle(recordFile, inputs, { projectDir, recipe: RECIPE });
  return { file, wasBuilt: true };
}

const OPTIONS = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  logLevel: 'silent',
  loader: { '.lua': 'text', '.html': 'text', '.sql': 'text', '.css': 'text' },
} as const satisfies BuildOptions;

const RECIPE = `esbuild ${version} ${JSON.stringify(OPTIONS)}`;

async function replaceFile({ path, contents }: OutputFile): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, contents);
  await rename(draft, path);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
