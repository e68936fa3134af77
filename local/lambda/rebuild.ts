import { watch } from 'chokidar';
import { build, context, type BuildContext, type BuildOptions, type Metafile } from 'esbuild';
import { existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { BUNDLE } from '../../lib/shared/bundle.ts';
import type { FunctionHost } from './function-host.ts';

/** An editor writes a file in several steps. */
const SETTLE_MS = 30;

export interface RebuildDeps {
  readonly root: string;
  readonly functions: readonly FunctionHost[];
  /** Where rebuilt bundles go: what the synthesis made stays as its hash says. */
  readonly outDir: string;
  readonly say: (line: string) => void;
}

/** Builds every function whose source changes, as a deployment builds it, and swaps it in; ends by the returned call. */
export const rebuildOnChange = async (deps: RebuildDeps): Promise<() => Promise<void>> => {
  const sources = await readSources(deps);
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(
    ['lambdas', 'lib', 'bin'].map((name) => join(deps.root, name)),
    { ignoreInitial: true },
  );
  watcher.on('all', (_event, path) => {
    const file = relative(deps.root, path).replaceAll('\\', '/');
    if (!file.startsWith('lambdas/') || file.startsWith('lambdas/beside/')) {
      deps.say(`${file} changed: start again to apply it`);
      return;
    }
    changed.add(file);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const files = [...changed];
      changed.clear();
      for (const source of sources)
        if (source.isBroken || files.some((name) => source.inputs.has(name)))
          source.turn = swapAfter(deps, source, source.turn);
    }, SETTLE_MS);
  });
  await new Promise<void>((resolve) => void watcher.once('ready', resolve));
  return async () => {
    clearTimeout(timer);
    await watcher.close();
    for (const source of sources) await source.builder?.dispose();
  };
};

/** One function and the files that its bundle is made of, by their path from the root. */
interface Source {
  readonly host: FunctionHost;
  readonly entry: string;
  inputs: ReadonlySet<string>;
  isBroken: boolean;
  /** A build that starts while another one runs would get the other's answer: they take turns. */
  turn: Promise<void>;
  /** Made at the first change; it remembers what did not change. */
  builder: BuildContext<typeof METAFILE> | null;
}

const METAFILE = { metafile: true, write: false } satisfies BuildOptions;

/** One build of everything shows which file is in which bundle. */
const readSources = async ({ root, functions }: RebuildDeps): Promise<readonly Source[]> => {
  const entries = functions.flatMap((host) =>
    host.config.entry === null ? [] : [{ host, entry: host.config.entry }],
  );
  const { metafile } = await build({
    ...BUNDLE,
    ...METAFILE,
    absWorkingDir: root,
    entryPoints: entries.map(({ host, entry }) => ({ in: entry, out: host.config.id })),
    outdir: '.',
  });
  return entries.map(({ host, entry }) => ({
    host,
    entry,
    inputs: reached(metafile.inputs, entry),
    isBroken: false,
    turn: Promise.resolve(),
    builder: null,
  }));
};

const reached = (inputs: Metafile['inputs'], entry: string): ReadonlySet<string> => {
  const seen = new Set([entry]);
  for (const file of seen) for (const { path } of inputs[file]?.imports ?? []) seen.add(path);
  return seen;
};

const swapAfter = async (deps: RebuildDeps, source: Source, turn: Promise<void>): Promise<void> => {
  await turn;
  await swap(deps, source);
};

const swap = async (deps: RebuildDeps, source: Source): Promise<void> => {
  const startedAtMs = performance.now();
  try {
    source.builder ??= await context({
      ...BUNDLE,
      ...METAFILE,
      absWorkingDir: deps.root,
      entryPoints: [source.entry],
      outdir: '.',
      logLevel: 'error',
    });
    const { metafile, outputFiles } = await source.builder.rebuild();
    source.inputs = new Set(Object.keys(metafile.inputs));
    source.isBroken = false;
    const [file] = outputFiles;
    if (file === undefined) return;
    source.host.replace(place(source.host, deps.outDir, file.contents));
    const tookMs = Math.round(performance.now() - startedAtMs);
    deps.say(`rebuilt ${source.entry} in ${tookMs} ms`);
  } catch {
    // Esbuild has said where and why: what ran before continues.
    source.isBroken = true;
    deps.say(`not rebuilt: ${source.entry}`);
  }
};

/** Writes the bundle whole or not at all, beside what is beside the first one. */
const place = ({ config }: FunctionHost, outDir: string, contents: Uint8Array): string => {
  const folder = join(outDir, config.id);
  mkdirSync(folder, { recursive: true });
  for (const name of ['beside', 'package.json']) {
    const original = join(dirname(config.bundle), name);
    const link = join(folder, name);
    if (existsSync(original) && !existsSync(link)) symlinkSync(original, link);
  }
  const bundle = join(folder, 'index.mjs');
  writeFileSync(`${bundle}.new`, contents);
  renameSync(`${bundle}.new`, bundle);
  return bundle;
};
