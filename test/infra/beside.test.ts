import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUNDLE, ROOT } from '../../lib/shared/bundle.ts';
import { filesBeside, PARTS, writeFiles } from '../../lib/shared/function-code.ts';
import { ServiceFunction } from '../../lib/shared/service-function.ts';
import { stageApp } from '../support/stage.ts';

describe('what lies beside a bundle', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-beside-'));
  beforeAll(() => writeFiles(folder, filesBeside(PARTS)));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('every file of lambdas/beside can be shipped', () => {
    const files = readdirSync(join(ROOT, 'lambdas/beside')).map((name) => basename(name, '.ts'));
    expect(files.toSorted()).toEqual(PARTS.toSorted());
  });

  test.each(PARTS)('%s loads outside of the project and is what the source says', async (part) => {
    const script = join(folder, `${part}.mjs`);
    writeFileSync(
      script,
      `console.log(JSON.stringify(Object.keys(await import('#beside/${part}'))));`,
    );
    const shipped: unknown = JSON.parse(
      execFileSync(process.execPath, [script], { cwd: folder, encoding: 'utf8' }),
    );
    const source: object = await import(`../../lambdas/beside/${part}.ts`);
    expect(shipped).toEqual(Object.keys(source).toSorted());
  });
});

const WITH_EVERY_FUNCTION = {
  search: 'opensearch',
  searchInstance: 'r7g.large.search',
  searchNodes: '2',
  searchVolumeGb: '100',
  searchReplicas: '1',
  telemetryDays: '30',
};

/** Wired with their room, and never called: these settle no call, start no turn and read no object. */
const NEVER_NEEDED: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^gateway\/(?:calls|keys|models|usage)$/, ['event-bridge', 'project-spend', 'tokenizer']],
  [/^gateway\/(?:elevenlabs|embeddings|media)$/, ['tokenizer']],
  [/^gateway\/count-tokens$/, ['event-bridge', 'project-spend']],
  [/^gateway\/settings$/, ['project-spend']],
  // No question of the SRE goes by a route, or has files.
  [/^(?:gateway\/(?:calls|keys|models|usage)|sre\/.*)$/, ['routing', 'media']],
  [/^gateway\/(?:elevenlabs|embeddings|media)$/, ['media']],
  [/^ledger\/roll-up-usage$/, ['project-spend']],
  [/^threads\/(?:socket-connect|socket-disconnect|close-sockets)$/, ['lambda', 's3']],
];

test('a function carries each part that its bundle may load', async () => {
  const functions = stageApp(WITH_EVERY_FUNCTION)
    .app.node.findAll()
    .flatMap((construct) => (construct instanceof ServiceFunction ? [construct] : []));
  const imported = await partsByEntry();
  expect(functions.map(({ entry }) => entry).toSorted()).toEqual([...imported.keys()].toSorted());
  const missing = functions.flatMap(({ entry, beside }) => {
    const spared = NEVER_NEEDED.flatMap(([names, parts]) => (names.test(entry) ? parts : []));
    const carried = new Set<string>(['advice', ...beside, ...spared]);
    return [...(imported.get(entry) ?? [])]
      .filter((part) => !carried.has(part))
      .map((part) => `${entry} lacks ${part}`);
  });
  expect(missing).toEqual([]);
});

/** By entry, what is left of the imports of `#beside/x` when it is bundled. */
const partsByEntry = async (): Promise<ReadonlyMap<string, readonly string[]>> => {
  const { metafile } = await build({
    ...BUNDLE,
    absWorkingDir: ROOT,
    entryPoints: globSync('lambdas/*/*.lambda.ts', { cwd: ROOT }),
    outbase: 'lambdas',
    outdir: 'bundles',
    metafile: true,
    write: false,
  });
  return new Map(
    Object.entries(metafile.outputs).map(([path, { imports }]) => [
      path.slice('bundles/'.length, -'.lambda.js'.length),
      imports.flatMap((one) =>
        one.path.startsWith('#beside/') ? [one.path.slice('#beside/'.length)] : [],
      ),
    ]),
  );
};
