// Makes the types and the methods of the client: generate.mjs CONTRACT FOLDER. `npm run build:client` calls it.
import { createClient } from '@hey-api/openapi-ts';

const [input, path] = process.argv.slice(2);

await createClient({
  input,
  output: {
    path,
    clean: true,
    entryFile: false,
    fileName: { suffix: '.generated' },
    module: { extension: '.ts' },
  },
  logs: { level: 'silent' },
  plugins: [
    { name: '@hey-api/client-fetch', throwOnError: true },
    '@hey-api/typescript',
    {
      name: '@hey-api/sdk',
      client: false,
      responseStyle: 'data',
      operations: { strategy: 'single', containerName: 'Routes', methods: 'instance' },
    },
  ],
});
