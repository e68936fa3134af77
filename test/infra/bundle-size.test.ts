import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { BUNDLE, ROOT } from '../../lib/shared/bundle.ts';

const HOT_BUNDLE_BYTES_MAX = 600_000;
const HOT = [
  'gateway/chat-completions',
  'gateway/messages',
  'threads/append-message',
  'threads/ai-chat',
  'threads/read-stream',
  'threads/socket-connect',
  'threads/socket-watch',
  'threads/socket-turn',
];
/** What lies beside a bundle and is loaded when first needed, or has no place in one at all. */
const NOT_INSIDE =
  /undici|nested-clients|gpt-tokenizer|modelcontextprotocol|ajv|client-(s3|lambda|eventbridge|apigatewaymanagementapi)|minisearch/;

describe('the bundles of the hot path', () => {
  test.each(HOT)('%s stays within 600 KB', async (entry) => {
    const result = await build({
      ...BUNDLE,
      entryPoints: [`${ROOT}lambdas/${entry}.lambda.ts`],
      outfile: 'index.mjs',
      metafile: true,
      write: false,
    });
    const [output] = Object.values(result.metafile.outputs);
    expect(output?.bytes).toBeGreaterThan(100_000);
    expect(output?.bytes).toBeLessThan(HOT_BUNDLE_BYTES_MAX);
    const packages = Object.keys(output?.inputs ?? {});
    expect(packages.filter((path) => NOT_INSIDE.test(path))).toEqual([]);
  });
});
