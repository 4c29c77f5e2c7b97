// npm run seed -- --users N: more demo data, from a fresh clone too.
import { bootstrap, PROJECT_DIR } from './bootstrap/bootstrap.mjs';
import { loadLauncher } from './bootstrap/load-launcher.mjs';

const startedAt = performance.now();
await bootstrap();
const { runSeed } = await loadLauncher(PROJECT_DIR);
process.exit(await runSeed(process.argv.slice(2), startedAt));
