import { configDefaults, defineConfig, type Plugin } from 'vitest/config';

/** Text files that code imports; the bundler's loader does the same for production. */
function textImports(): Plugin {
  return {
    name: 'text-imports',
    enforce: 'pre',
    transform(code, id) {
      return /\.(lua|sql)$/.test(id) ? `export default ${JSON.stringify(code)};` : undefined;
    },
  };
}

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
