import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './run-program.mjs';

const SUITES = [
  { title: 'Unit and architecture tests', config: 'vitest.config.ts' },
  { title: 'Journeys through the whole platform', config: 'vitest.journeys.config.ts' },
];

/** Runs both suites, also when the first fails, and counts what they say together. */
export async function runTests(projectDir, args) {
  const total = { passed: 0, failed: 0 };
  const folder = await mkdtemp(join(tmpdir(), 'cloudphone-counts-'));
  try {
    for (const { title, config } of SUITES) {
      console.log(`\n— ${title}`);
      const counts = await runSuite({ projectDir, folder, config, args });
      total.passed += counts.passed;
      total.failed += counts.failed;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return total;
}

async function runSuite({ projectDir, folder, config, args }) {
  const report = join(folder, `${config}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { code } = await runProgram(projectDir, 'vitest', [
    ...['run', '--config', config, '--passWithNoTests'],
    ...reporters,
    ...args,
  ]);
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
