import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** Runs a dependency's program by Node, shown as it goes. Resolves with the exit code and the text. */
export function runProgram(projectDir, name, args, env = {}) {
  const file = join(projectDir, 'node_modules/.bin', name);
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: projectDir,
      stdio: ['inherit', 'pipe', 'inherit'],
      shell: process.platform === 'win32',
      env: { ...process.env, ...env, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}) },
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
    });
    child.once('error', (error) => {
      console.error(`${name} cannot be run: ${error.message}`);
      resolve({ code: 1, output });
    });
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
