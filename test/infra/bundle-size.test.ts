import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { BUNDLE, ROOT } from '../../lib/shared/bundle.ts';

/** A turn of a thread is a model call and more: tools, a log, those who watch. */
const bytesMaxOf = (entry: string): number => (entry.startsWith('threads/') ? 540_000 : 320_000);
const HOT = [
  'gateway/chat-completions',
  'gateway/messages',
  'threads/append-message',
  'threads/ai-chat',
  'threads/responses',
  'threads/read-stream',
  'threads/socket-connect',
  'threads/socket-watch',
  'threads/socket-turn',
];
/** What lies beside a bundle and is loaded when first needed, or has no place in one at all. */
const NOT_INSIDE =
  /undici|nested-clients|gpt-tokenizer|modelcontextprotocol|ajv|@aws-sdk\/|minisearch/;

/** What reads threads and ends runs; its role may read no secret. */
const WITHOUT_SECRETS = [
  'threads/read-stream',
  'threads/threads',
  'threads/conversations',
  'threads/sweep-runs',
  'threads/socket-connect',
  'threads/socket-watch',
  'threads/fan-out',
];

const bundled = async (entry: string) => {
  const result = await build({
    ...BUNDLE,
    entryPoints: [`${ROOT}lambdas/${entry}.lambda.ts`],
    outfile: 'index.mjs',
    metafile: true,
    write: false,
  });
  const [output] = Object.values(result.metafile.outputs);
  expect(output?.bytes).toBeGreaterThan(100_000);
  const used = Object.entries(output?.inputs ?? {}).filter(
    ([, { bytesInOutput }]) => bytesInOutput > 0,
  );
  const loaded = (output?.imports ?? []).filter(({ kind }) => kind === 'import-statement');
  return {
    bytes: output?.bytes,
    packages: used.map(([path]) => path),
    modules: loaded.map(({ path }) => path),
  };
};

describe('the bundles of the hot path', () => {
  test.each(HOT)('%s stays within its limit', async (entry) => {
    const { bytes, packages, modules } = await bundled(entry);
    expect(bytes).toBeLessThan(bytesMaxOf(entry));
    expect(packages.filter((path) => NOT_INSIDE.test(path))).toEqual([]);
    // Node loads undici with the one and TLS with the other: lambdas/platform/node-http.cjs, node-https.ts.
    expect(modules).not.toContain('node:http');
    expect(modules).not.toContain('node:https');
    expect(modules).toContain('node:crypto');
  });
});

test.each(WITHOUT_SECRETS)("%s has no code that could read a provider's key", async (entry) => {
  const { packages } = await bundled(entry);
  expect(packages.filter((path) => /client-secrets-manager|platform\/secrets/.test(path))).toEqual(
    [],
  );
});
