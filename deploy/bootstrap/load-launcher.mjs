import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Bundles the launcher, which is TypeScript, and loads it. Takes some tens of milliseconds. */
export async function loadLauncher(projectDir) {
  const { build } = await import('esbuild');
  const outfile = join(projectDir, 'dist', `launcher-${process.pid}.mjs`);
  await build({
    absWorkingDir: projectDir,
    entryPoints: ['deploy/src/index.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'error',
  });

  const launcher = await import(pathToFileURL(outfile).href);
  await rm(outfile);
  return launcher;
}
