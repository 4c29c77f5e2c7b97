// npm start: from a fresh clone to the running platform. Everything else is in src/launcher.
import { bootstrap, PROJECT_DIR } from './bootstrap/bootstrap.mjs';
import { loadLauncher } from './bootstrap/load-launcher.mjs';

const startedAt = performance.now();
await bootstrap();
const { runStart } = await loadLauncher(PROJECT_DIR);
process.exit(await runStart({ args: process.argv.slice(2), startedAt }));
