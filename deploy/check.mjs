// npm run check: the whole truth. With --static, all of it but the tests.
import { bootstrap, PROJECT_DIR } from './bootstrap/bootstrap.mjs';
import { runProgram } from './bootstrap/run-program.mjs';
import { presentCounts, runTests } from './bootstrap/run-tests.mjs';

const SOURCES = ['bff-admin', 'bff-user', 'domain-services', 'shared', 'deploy', 'test'];

// A cruise that reads no module finds no violation either: it has to say how many it read.
const hasCruised = ({ output }) => /\([1-9]\d* modules/.test(output);

const STEPS = [
  { title: 'Style and lint', program: 'biome', args: ['check', '.'] },
  { title: 'Types', program: 'tsc', args: ['-b'] },
  {
    title: 'Architecture',
    program: 'depcruise',
    args: ['--config', '.dependency-cruiser.mjs', ...SOURCES],
    holds: hasCruised,
  },
  { title: 'Unused files, exports and dependencies', program: 'knip', args: [] },
];

await bootstrap();
const failed = [];
for (const { title, program, args, holds = () => true } of STEPS) {
  console.log(`\n— ${title}`);
  const outcome = await runProgram(PROJECT_DIR, program, args);
  if (outcome.code !== 0 || !holds(outcome)) failed.push(title);
}

let counts;
if (!process.argv.includes('--static')) {
  counts = await runTests(PROJECT_DIR, []);
  if (counts.failed > 0) failed.push('Tests');
}

console.log(failed.length === 0 ? '\nAll checks hold.' : `\nFAILED: ${failed.join(' · ')}`);
if (counts) console.log(presentCounts(counts));
process.exit(failed.length === 0 ? 0 : 1);
