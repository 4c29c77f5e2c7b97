// npm run campaign -- create --csv people.csv --template code --watch: campaigns from the terminal.
const calledFrom = process.env.INIT_CWD ?? process.cwd();

import { bootstrap, PROJECT_DIR } from './bootstrap/bootstrap.mjs';
import { loadLauncher } from './bootstrap/load-launcher.mjs';

await bootstrap();
const { runCampaign } = await loadLauncher(PROJECT_DIR);
process.exit(await runCampaign(process.argv.slice(2), { calledFrom, env: process.env }));
