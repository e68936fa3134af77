import { build } from 'esbuild';
import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { fold, NOTHING } from '../../../clients/browser/fold.ts';
import { sluiceClient } from '../../../clients/browser/sluice.ts';
import type { Block, RunEvent } from '../../../clients/browser/types.ts';
import { foldSteps } from '../../../lambdas/threads/domain/fold-steps.ts';
import {
  NATIVE_PING,
  nativeFrames,
} from '../../../lambdas/threads/dialects/native/formats/native-stream.ts';
import { RUN, bracketStart, logged, runs, terminal } from '../../support/run-events.ts';

const GZIP_BYTES_MAX = 5 * 1_024;
const FILES = ['connection', 'fold', 'sluice', 'socket', 'types', 'watch'].map(
  (name) => `clients/browser/${name}.ts`,
);

test('the browser client is below 5 KB, minified and compressed, and imports nothing of others', async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: FILES.map((file) => `export * from './${file}';`).join(''),
      resolveDir: process.cwd(),
      loader: 'ts',
    },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const bytes = outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents).length, 0);
  expect(bytes).toBeGreaterThan(1_024);
  expect(bytes).toBeLessThan(GZIP_BYTES_MAX);
  for (const file of FILES)
    for (const [, from] of readFileSync(file, 'utf8').matchAll(/^import .* from '(.*)';$/gm))
      expect(from).toMatch(/^\.\/[a-z]+\.ts$/);
});

test('a ping is no event: a reader neither sees it nor takes it for its place', async () => {
  const stream = logged([bracketStart, terminal('run.completed')])
    .map((event) => NATIVE_PING + nativeFrames(RUN, [event]))
    .join('');
  const client = sluiceClient({
    baseUrl: 'http://sluice',
    key: 'sk',
    fetch: () => Promise.resolve(new Response(stream)),
  });
  const seen: string[] = [];
  for await (const { cursor, event } of client.read('run_0123_2'))
    seen.push(`${cursor} ${event.type}`);
  expect(seen).toEqual(['0000000002.00000000 message_start', '0000000002.00000001 run.completed']);
});

/** Signatures are not shown; of an input that was cut the text is compared, as its complete members only history knows. */
const comparable = (block: object): object => {
  const { signature: _signature, ...shown } = { signature: null, ...block };
  if (!('input' in shown)) return shown;
  const { partial_json: text, input, ...use }: { partial_json?: string; input: unknown } = shown;
  return { ...use, input: JSON.stringify(text === undefined ? input : parsed(text)) };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

test('its fold of the stream is the message that history stores, however the run was cut or told anew', () => {
  fc.assert(
    fc.property(runs, (events) => {
      const wire = [...nativeFrames(RUN, logged(events)).matchAll(/^data: (.*)$/gm)].map(
        ([, data = '']): RunEvent => JSON.parse(data),
      );
      const blocks: readonly Block[] = wire.reduce(fold, NOTHING).content;
      const stored = foldSteps(events).flatMap(({ content }) => content);
      expect(blocks.map(comparable)).toEqual(stored.map(comparable));
    }),
    { numRuns: 300 },
  );
});
