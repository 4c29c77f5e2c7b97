// npm test: every test but the long suites, from a fresh clone too. Ends with a line of counts.
import { bootstrap, PROJECT_DIR } from './bootstrap/bootstrap.mjs';
import { presentCounts, runTests } from './bootstrap/run-tests.mjs';

await bootstrap();
const counts = await runTests(PROJECT_DIR, process.argv.slice(2));
console.log(`\n${presentCounts(counts)}`);
process.exit(counts.failed === 0 ? 0 : 1);
