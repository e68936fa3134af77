import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Ends a test that hangs. Nothing is measured by it: a machine may be many times slower, and busy. */
const HANG_MS = 300_000;

// Clients of others are installed apart, by the test command.
const hasClients = existsSync('test/clients/node_modules/ai');

export default defineConfig({
  test: {
    testTimeout: HANG_MS,
    hookTimeout: HANG_MS,
    expect: { poll: { timeout: HANG_MS / 2 } },
    maxWorkers: availableParallelism(),
    projects: [
      {
        extends: true,
        test: {
          name: 'quick',
          include: ['test/{unit,wire,architecture}/**/*.test.ts'],
          pool: 'threads',
          // One thread keeps what it has loaded from file to file: no test may leave anything behind in a module.
          isolate: false,
          // Whoever asks first for the store of an invocation decides its kind, for the whole process: here it is we.
          setupFiles: ['lambdas/platform/invocation.ts'],
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'stack',
          include: ['test/e2e/**/*.test.ts', ...(hasClients ? ['test/clients/**/*.test.ts'] : [])],
          exclude: ['**/node_modules/**'],
          globalSetup: 'test/support/setup/stacks.ts',
          // They wait more than they work: one more than there are cores keeps those busy, beside the static checks.
          maxWorkers: availableParallelism() + 1,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'templates',
          include: ['test/{infra,cost}/**/*.test.ts'],
          pool: 'threads',
          // To load the library of CDK takes longer than most of these files: a thread keeps it.
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/{unit,wire,architecture,e2e,clients,infra,cost}/**',
            // These need an emulator: `npm run test:deploy` starts it.
            'test/deploy/**',
          ],
          // DynamoDB Local lives for one file: what its JVM would spend on compiling well is never won back.
          env: { JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC' },
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
