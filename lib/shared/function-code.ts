import { Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { buildSync, type BuildOptions, type OutputFile } from 'esbuild';
import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { BUNDLE, ROOT, WITHOUT_MAPS } from './bundle.ts';

/** The files of lambdas/beside: each is larger than what needs it, and seldom needed. */
export const PARTS = [
  'advice',
  'bedrock',
  'dialects',
  'event-bridge',
  'find-tools',
  'gemini',
  'lambda',
  'mcp-client',
  'mcp-server',
  'media',
  'project-spend',
  're2',
  'routing',
  's3',
  'tokenizer',
  'turns',
] as const;
export type Beside = (typeof PARTS)[number];
/** What a turn may need, whose model it is. */
export const WIRE_PARTS = ['bedrock', 'gemini', 'turns'] as const satisfies readonly Beside[];
/** What measuring a call may need: its words, its files, its wire. */
export const MEASURE_PARTS = ['tokenizer', 'media', ...WIRE_PARTS] as const;

/** Node finds `#beside/x` here; in the sources the project's own package.json says the same of the TypeScript. */
const MANIFEST = '{"type":"module","imports":{"#beside/*":"./beside/*.js"}}';

/** Names paths alone: nothing is written there, so that a bundle's bytes do not depend on where it was built. */
const OUT = join(ROOT, 'bundles');

/** A file by its path in the function's folder. */
type Files = ReadonlyMap<string, Uint8Array>;

/** The code of an entry (`room/id`): its bundle, and what may be beside it. */
export const functionCode = (
  scope: Construct,
  entry: string,
  parts: readonly Beside[],
): lambda.Code => {
  // Whoever reads templates alone, as many tests do, waits for no build.
  if (!Stack.of(scope).bundlingRequired) return lambda.Code.fromAsset(join(ROOT, 'lambdas/beside'));
  const target = mkdtempSync(join(buildFolder(), 'function-'));
  writeFiles(target, bundleOf(entry, scope.node.tryGetContext(WITHOUT_MAPS) !== true));
  // Whoever reads a request may refuse it.
  writeFiles(target, filesBeside(['advice', ...parts]));
  return lambda.Code.fromAsset(target);
};

export const writeFiles = (folder: string, files: Files): void => {
  for (const [path, bytes] of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
};

const bundleOf = (entry: string, hasMaps: boolean): Files => {
  const known = bundlesOf.get(hasMaps);
  const bundles = known ?? buildBundles(hasMaps);
  bundlesOf.set(hasMaps, bundles);
  const files = new Map<string, Uint8Array>();
  for (const name of ['index.mjs', ...(hasMaps ? ['index.mjs.map'] : [])]) {
    const bytes = bundles.get(`${entry}/${name}`);
    if (bytes === undefined) throw new Error(`lambdas/${entry}.lambda.ts was not built`);
    files.set(name, bytes);
  }
  return files;
};

/** One build for every entry: a source that many share is read once. */
const buildBundles = (hasMaps: boolean): Files =>
  build({
    ...BUNDLE,
    ...(hasMaps ? { sourcemap: 'external' } : {}),
    entryPoints: globSync('lambdas/*/*.lambda.ts', { cwd: ROOT }).map((path) => ({
      in: path,
      out: `${path.slice('lambdas/'.length, -'.lambda.ts'.length)}/index`,
    })),
    outExtension: { '.js': '.mjs' },
  });

/** The parts, what they share in files of its own. */
export const filesBeside = (parts: readonly Beside[]): Files => {
  const name = parts.toSorted().join();
  const known = besides.get(name);
  if (known !== undefined) return known;
  const built = build({
    ...BUNDLE,
    external: [],
    splitting: true,
    entryPoints: parts.map((part) => ({
      in: `lambdas/beside/${part}.ts`,
      out: `beside/${part}`,
    })),
    chunkNames: 'beside/[name]-[hash]',
  });
  const files = new Map([...built, ['package.json', Buffer.from(MANIFEST)]]);
  besides.set(name, files);
  return files;
};

/** The synthesis copies what it finds there, so it ends with the process. */
const buildFolder = (): string => {
  if (folder === null) {
    const made = mkdtempSync(join(tmpdir(), 'sluice-build-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return folder;
};

let folder: string | null = null;
const bundlesOf = new Map<boolean, Files>();
const besides = new Map<string, Files>();

const build = (options: BuildOptions): Files => {
  const { outputFiles } = buildSync({
    ...options,
    absWorkingDir: ROOT,
    outdir: OUT,
    write: false,
    logLevel: 'warning',
  });
  return new Map(
    outputFiles.map(({ path, contents }: OutputFile) => [
      relative(OUT, path).replaceAll('\\', '/'),
      contents,
    ]),
  );
};
