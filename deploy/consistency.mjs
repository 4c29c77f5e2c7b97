// npm run test:consistency: whether views are ever older than they may be; test/consistency says how.
import { pathToFileURL } from 'node:url';
import { bootstrap, PROJECT_DIR } from './bootstrap/bootstrap.mjs';
import { loadLauncher } from './bootstrap/load-launcher.mjs';

await bootstrap();
const { bundle } = await loadLauncher(PROJECT_DIR);
const { file } = await bundle({
  name: 'consistency',
  entry: 'test/consistency/main.ts',
  projectDir: PROJECT_DIR,
});
const { runConsistency } = await import(pathToFileURL(file).href);
process.exit(await runConsistency(process.argv.slice(2), PROJECT_DIR));
