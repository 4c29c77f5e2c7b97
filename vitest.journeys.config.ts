import { defineConfig } from 'vitest/config';
import { textImports } from './test/kit/src/text-imports.ts';

export default defineConfig({
  plugins: [textImports()],
  test: {
    globalSetup: './test/kit/src/global-setup.ts',
    include: [
      'test/{journeys,consistency,campaigns,tag-completeness}/**/*.test.ts',
      'test/src/journeys/**/*.test.ts',
    ],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 300_000,
    teardownTimeout: 300_000,
  },
});
