import { configDefaults, defineConfig } from 'vitest/config';
import { textImports } from './test/kit/src/text-imports.ts';

const LONG_SUITES = [
  'faults',
  'consistency',
  'bench',
  'browser',
  'journeys',
  'campaigns',
  'tag-completeness',
];

export default defineConfig({
  plugins: [textImports()],
  test: {
    // The last one's end comes first, while the engines still run.
    globalSetup: ['./test/kit/src/global-setup.ts', './test/event-coverage/global-setup.ts'],
    include: ['**/src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [
      ...configDefaults.exclude,
      '**/dist/**',
      '**/.tsbuild/**',
      ...LONG_SUITES.flatMap((suite) => [`test/${suite}/**`, `test/src/${suite}/**`]),
    ],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 40_000,
    hookTimeout: 60_000,
    // Every event of the run is looked at then.
    teardownTimeout: 300_000,
  },
});
