// npm run bench: how fast this is, here and now, on a platform of its own; test/bench says how.
import { pathToFileURL } from 'node:url';
import { bootstrap, PROJECT_DIR } from './bootstrap/bootstrap.mjs';
import { loadLauncher } from './bootstrap/load-launcher.mjs';

await bootstrap();
const { bundle } = await loadLauncher(PROJECT_DIR);
const { file } = await bundle({
  name: 'bench',
  entry: 'test/bench/main.ts',
  projectDir: PROJECT_DIR,
});
const { runBench } = await import(pathToFileURL(file).href);
process.exit(await runBench(process.argv.slice(2), PROJECT_DIR));
