import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installDependencies } from './install-dependencies.mjs';
import { requireNode } from './require-node.mjs';

export const PROJECT_DIR = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Brings a fresh clone to where its own code can run; ends with a message where it cannot. */
export async function bootstrap() {
  requireNode();
  process.chdir(PROJECT_DIR);
  try {
    await installDependencies(PROJECT_DIR);
  } catch (error) {
    console.error(`\n${error.message}`);
    process.exit(1);
  }
}
