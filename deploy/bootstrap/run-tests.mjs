import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './run-program.mjs';

const SUITES = [
  { title: 'Unit and architecture tests', config: 'vitest.config.ts', hasEventCoverage: true },
  { title: 'Journeys through the whole platform', config: 'vitest.journeys.config.ts' },
];

/** Runs both suites, also when the first fails, and counts what they say together. */
export async function runTests(projectDir, args) {
  const total = { passed: 0, failed: 0 };
  const folder = await mkdtemp(join(tmpdir(), 'cloudphone-counts-'));
  try {
    for (const { title, config, hasEventCoverage } of SUITES) {
      console.log(`\n— ${title}`);
      // Of a part of the tests nobody expects every event.
      const coverage = hasEventCoverage && args.length === 0 ? join(folder, 'events') : undefined;
      const counts = await runSuite({ projectDir, folder, config, args, coverage });
      total.passed += counts.passed;
      total.failed += counts.failed;
      if (coverage !== undefined) addVerdict(total, await eventProblems(coverage));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return total;
}

/** Counted as one test: every registered event is published, and fits its schema. */
function addVerdict(total, problems) {
  if (problems.length === 0) total.passed++;
  else total.failed++;
  for (const problem of problems) console.error(`Event coverage: ${problem}`);
}

async function eventProblems(report) {
  const text = await readFile(report, 'utf8').catch(() => undefined);
  return text === undefined ? ['no report was written'] : JSON.parse(text);
}

async function runSuite({ projectDir, folder, config, args, coverage }) {
  const report = join(folder, `${config}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { code } = await runProgram(
    projectDir,
    'vitest',
    [...['run', '--config', config, '--passWithNoTests'], ...reporters, ...args],
    coverage === undefined ? {} : { EVENT_COVERAGE: coverage },
  );
  const counts = await readCounts(report);
  // An error outside any test fails the run without being in its counts.
  if (code !== 0 && counts.failed === 0) return { ...counts, failed: 1 };
  return counts;
}

async function readCounts(report) {
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: 0 };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(text);
  const isUnreadable = ({ status, assertionResults }) =>
    status === 'failed' && assertionResults.length === 0;
  return {
    passed: numPassedTests,
    failed: numFailedTests + testResults.filter(isUnreadable).length,
  };
}

export function presentCounts({ passed, failed }) {
  return `${passed} passed, ${failed} failed`;
}
