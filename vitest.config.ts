import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

// Clients of others are installed apart, by the test command.
const hasClients = existsSync('test/clients/node_modules/ai');

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // These need an emulator: `npm run test:deploy` starts it.
    exclude: ['test/deploy/**', '**/node_modules/**', ...(hasClients ? [] : ['test/clients/**'])],
    testTimeout: 60_000,
    hookTimeout: 90_000,
    fileParallelism: false,
  },
});
