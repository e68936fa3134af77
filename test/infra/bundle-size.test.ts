import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { BUNDLE, ROOT } from '../../lib/shared/bundle.ts';

const HOT_BUNDLE_BYTES_MAX = 600_000;

describe('the bundles of the hot path', () => {
  test.each(['chat-completions', 'messages'])('%s stays within 600 KB', async (entry) => {
    const result = await build({
      ...BUNDLE,
      entryPoints: [`${ROOT}lambdas/gateway/${entry}.lambda.ts`],
      outfile: 'index.mjs',
      metafile: true,
      write: false,
    });
    const [output] = Object.values(result.metafile.outputs);
    expect(output?.bytes).toBeGreaterThan(100_000);
    expect(output?.bytes).toBeLessThan(HOT_BUNDLE_BYTES_MAX);
    const packages = Object.keys(output?.inputs ?? {});
    expect(packages.filter((path) => /undici|nested-clients|gpt-tokenizer/.test(path))).toEqual([]);
  });
});
