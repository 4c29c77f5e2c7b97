import { configDefaults, defineConfig } from 'vitest/config';
import { textImports } from './test/kit/src/text-imports.ts';

const LONG_SUITES = ['faults', 'consistency', 'bench', 'browser', 'journeys'];

export default defineConfig({
  plugins: [textImports()],
  test: {
    globalSetup: './test/kit/src/global-setup.ts',
    include: ['**/src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [
      ...configDefaults.exclude,
      '**/dist/**',
      '**/.tsbuild/**',
      ...LONG_SUITES.flatMap((suite) => [`test/${suite}/**`, `test/src/${suite}/**`]),
    ],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
