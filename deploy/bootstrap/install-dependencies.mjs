import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Runs `npm ci` when what is installed is not what the lock file says. Needs no dependency. */
export async function installDependencies(projectDir) {
  if (await isInstalled(projectDir)) return;
  console.log('Installing dependencies, about half a minute …');
  const startedAt = performance.now();
  const ticking = setInterval(() => {
    console.log(`  still installing, ${Math.round((performance.now() - startedAt) / 1000)} s`);
  }, 10_000);
  const code = await runNpm(['ci', '--no-audit', '--no-fund', '--include=dev'], projectDir);
  clearInterval(ticking);
  if (code !== 0) {
    throw new Error(
      'npm could not install the dependencies; its own message is above. Most often the registry ' +
        'cannot be reached (check the network or a proxy setting), or the disk is full. ' +
        'Nothing was started; run the same command again afterwards.',
    );
  }
}

/** Compares versions, not times: a checkout touches files without changing them. */
async function isInstalled(projectDir) {
  const [wanted, installed] = await Promise.all([
    readPackages(join(projectDir, 'package-lock.json')),
    readPackages(join(projectDir, 'node_modules/.package-lock.json')),
  ]);
  if (!installed) return false;
  return Object.entries(wanted ?? {}).every(([path, { version, link, optional }]) => {
    if (!path.includes('node_modules/') || optional) return true;
    const found = installed[path];
    return found !== undefined && (link || found.version === version);
  });
}

async function readPackages(file) {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text).packages;
}

function runNpm(args, cwd) {
  const script = process.env.npm_execpath;
  const [program, before] = script ? [process.execPath, [script]] : ['npm', []];
  return new Promise((resolve) => {
    const child = spawn(program, [...before, ...args], {
      cwd,
      stdio: 'inherit',
      shell: process.platform === 'win32' && !script,
    });
    child.once('error', (error) => {
      console.error(`npm cannot be run: ${error.message}`);
      resolve(1);
    });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
