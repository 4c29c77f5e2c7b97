// npm run test:tags: does every write of a service tell those who keep what it changed? test/tag-completeness
import { pathToFileURL } from 'node:url';
import { bootstrap, PROJECT_DIR } from './bootstrap/bootstrap.mjs';
import { loadLauncher } from './bootstrap/load-launcher.mjs';

await bootstrap();
const { bundle } = await loadLauncher(PROJECT_DIR);
const { file } = await bundle({
  name: 'tags',
  entry: 'test/tag-completeness/main.ts',
  projectDir: PROJECT_DIR,
});
const { runTagCompleteness } = await import(pathToFileURL(file).href);
process.exit(await runTagCompleteness(process.argv.slice(2)));
