import { defineConfig } from 'vitest/config';

/** The suites of `npm run test:deploy`, which starts the emulator that they need. */
export default defineConfig({
  test: {
    include: ['test/deploy/*.test.ts', 'test/e2e/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
