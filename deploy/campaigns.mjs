// npm run test:campaigns: whether campaigns reach everybody once; test/campaigns says how.
import { pathToFileURL } from 'node:url';
import { bootstrap, PROJECT_DIR } from './bootstrap/bootstrap.mjs';
import { loadLauncher } from './bootstrap/load-launcher.mjs';

await bootstrap();
const { bundle } = await loadLauncher(PROJECT_DIR);
const { file } = await bundle({
  name: 'campaigns',
  entry: 'test/campaigns/main.ts',
  projectDir: PROJECT_DIR,
});
const { runCampaignSuite } = await import(pathToFileURL(file).href);
process.exit(await runCampaignSuite(process.argv.slice(2), PROJECT_DIR));
