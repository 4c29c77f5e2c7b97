import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { runProgram } from './run-program.mjs';

const SUITES = [
  { title: 'Unit and architecture tests', config: 'vitest.config.ts', hasEventCoverage: true },
  { title: 'Journeys through the whole platform', config: 'vitest.journeys.config.ts' },
];

/**
 * Runs both suites, also when the first fails, and counts what they say together. Resolves with
 * `passed`, `failed` and `failures`: a text for each that failed, with where and why.
 */
export async function runTests(projectDir, args) {
  const total = { passed: 0, failed: 0, failures: [] };
  const folder = await mkdtemp(join(tmpdir(), 'cloudphone-counts-'));
  try {
    for (const { title, config, hasEventCoverage } of SUITES) {
      console.log(`\n— ${title}`);
      // Of a part of the tests nobody expects every event.
      const coverage = hasEventCoverage && args.length === 0 ? join(folder, 'events') : undefined;
      const counts = await runSuite({ projectDir, folder, config, args, coverage });
      total.passed += counts.passed;
      total.failed += counts.failed;
      total.failures.push(...counts.failures);
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
  total.failures.push(...problems.map((problem) => `Event coverage: ${problem}`));
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
  const counts = await readCounts(projectDir, report);
  if (code !== 0 && counts.failed === 0) {
    return { ...counts, failed: 1, failures: [`${config}: an error outside any test, see above`] };
  }
  return counts;
}

async function readCounts(projectDir, report) {
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: 0, failures: [] };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(text);
  const isUnreadable = ({ status, assertionResults }) =>
    status === 'failed' && assertionResults.length === 0;
  return {
    passed: numPassedTests,
    failed: numFailedTests + testResults.filter(isUnreadable).length,
    failures: testResults.flatMap((file) => failuresOf(projectDir, file)),
  };
}

function failuresOf(projectDir, { name, status, message, assertionResults }) {
  const file = relative(projectDir, name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (status === 'failed' && failed.length === 0) return [`${file}\n${message}`];
  return failed.map(
    ({ fullName, failureMessages }) => `${file} > ${fullName}\n${failureMessages.join('\n')}`,
  );
}

/** What failed is told again above the counts: its own report may be thousands of lines away. */
export function presentCounts({ passed, failed, failures }) {
  const told = failures.map((failure) => `FAILED ${failure}\n\n`);
  return `${told.join('')}${passed} passed, ${failed} failed`;
}
