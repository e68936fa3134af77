import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isType: boolean;
}

const files = globSync([
  'bin/**/*.ts',
  'lib/**/*.ts',
  'lambdas/**/*.ts',
  'local/**/*.ts',
  'ops/**/*.ts',
  'cost/**/*.ts',
  'clients/**/*.ts',
  'examples/*/*.ts',
  'examples/*/page/*.{ts,tsx}',
]);
const STATEMENT = /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'(\.[^']+)'|import\('(\.[^']+)'\)/gm;

const importsOf = (from: string, text: string): readonly Import[] =>
  [...text.matchAll(STATEMENT)].map(([, type, named, dynamic]) => ({
    from,
    to: normalize(join(dirname(from), named ?? dynamic ?? '')),
    isType: type !== undefined,
  }));

/** Which folders a file of this place may import from; the first rule that fits counts. */
const RULES: readonly { readonly place: RegExp; readonly may: RegExp }[] = [
  { place: /^lambdas\/shared\//, may: /^lambdas\/shared\// },
  // Only by `#beside/`: what lies in bundles of its own.
  { place: /^lambdas\/beside\//, may: /^lambdas\/[a-z]+\/domain\// },
  { place: /^lambdas\/platform\//, may: /^lambdas\/(shared|platform)\// },
  { place: /^lambdas\/inference\/domain\//, may: /^lambdas\/(shared|inference\/domain)\// },
  {
    place: /^lambdas\/inference\/ports/,
    may: /^lambdas\/(inference\/domain\/|shared\/metric-names)/,
  },
  {
    place: /^lambdas\/inference\/formats\//,
    may: /^lambdas\/(shared|inference\/(domain|formats))\//,
  },
  {
    place: /^lambdas\/inference\/usecases\//,
    may: /^lambdas\/(shared\/|inference\/(domain|formats|usecases|ports))/,
  },
  {
    place: /^lambdas\/inference\/adapters\//,
    may: /^lambdas\/(shared\/|platform\/|inference\/(domain|adapters|ports|usecases))/,
  },
  { place: /^lambdas\/inference\//, may: /^lambdas\/(shared|platform|inference)\// },
  { place: /^lambdas\/threads\/domain\//, may: /^lambdas\/(shared|(inference|threads)\/domain)\// },
  {
    place: /^lambdas\/threads\/ports\//,
    may: /^lambdas\/(threads\/(domain|ports)\/|inference\/(domain\/|ports))/,
  },
  {
    place: /^lambdas\/threads\/formats\//,
    may: /^lambdas\/(shared|threads\/(domain|formats)|inference\/(domain|formats))\//,
  },
  {
    place: /^lambdas\/threads\/usecases\//,
    may: /^lambdas\/(shared\/|threads\/(domain|formats|usecases|ports)|inference\/(domain|ports))/,
  },
  {
    place: /^lambdas\/threads\/adapters\//,
    may: /^lambdas\/(shared\/|platform\/|threads\/(domain|adapters|ports)|inference\/(domain|ports|usecases))/,
  },
  {
    place: /^lambdas\/threads\/routes\//,
    may: /^lambdas\/(shared\/|platform\/(http|socket)-entry|inference\/|threads\/(domain|formats|usecases|routes|ports))/,
  },
  { place: /^lambdas\/threads\//, may: /^lambdas\/(shared|platform|inference|threads)\// },
  // The contract names the routes of every room.
  {
    place: /^lambdas\/gateway\/discovery\.lambda/,
    may: /^lambdas\/(platform|inference|gateway)\/|^lambdas\/threads\/formats\/openapi\//,
  },
  { place: /^lambdas\/gateway\//, may: /^lambdas\/(shared|platform|inference|gateway)\// },
  // Alarms and dashboard take the metrics' names from the list that the emitters use.
  { place: /^lib\//, may: /^(lib\/|lambdas\/shared\/metric-names\.ts$)/ },
  { place: /^bin\//, may: /^lib\// },
  { place: /^local\//, may: /^(local\/|lib\/shared\/bundle\.ts)/ },
  { place: /^ops\//, may: /^(ops|lambdas)\// },
  { place: /^cost\//, may: /^(cost|lambdas)\// },
  // What people copy into their own pages stands alone; the page takes the client with it.
  { place: /^clients\//, may: /^clients\// },
  { place: /^examples\/chat\//, may: /^(examples\/chat|clients\/browser)\// },
];

const FILE_LINES_MAX = 300;

const violation = ({ from, to, isType }: Import): string | null => {
  if (from.startsWith('lib/') && isType && /^lambdas\/[a-z]+\/env\.ts$/.test(to)) return null;
  const rule = RULES.find(({ place }) => place.test(from));
  if (rule === undefined) return `${from} belongs to no room`;
  return rule.may.test(to) ? null : `${from} may not import ${to}`;
};

describe('the arrows between rooms', () => {
  test('every file is seen and keeps to its arrows', () => {
    expect(files.length).toBeGreaterThan(70);
    const all = files.flatMap((file) => importsOf(file, readFileSync(file, 'utf8')));
    expect(all.length).toBeGreaterThan(150);
    expect(all.map(violation).filter((found) => found !== null)).toEqual([]);
  });

  test.each([
    ['lambdas/shared/money.ts', "import { x } from '../platform/env.ts';"],
    ['lambdas/inference/domain/key.ts', "import { x } from '../adapters/key-item.ts';"],
    ['lambdas/inference/wire.ts', "import { x } from '../gateway/door.ts';"],
    [
      'lambdas/threads/usecases/sockets/subscribe.ts',
      "import { x } from '../../adapters/timers.ts';",
    ],
    ['lambdas/threads/wire/runs.ts', "import { x } from '../../gateway/wire.ts';"],
    ['lambdas/gateway/wire.ts', "import { x } from '../../lib/gateway.ts';"],
    ['lib/gateway.ts', "import { x } from '../lambdas/gateway/env.ts';"],
    ['nowhere/file.ts', "import { x } from './other.ts';"],
  ])('a planted violation in %s is caught', (file, text) => {
    expect(importsOf(file, text).map(violation)).toEqual([expect.any(String)]);
  });

  test('files are short, those of tests too', () => {
    const all = [
      ...files,
      ...globSync(['{bench,scripts,test}/**/*.{ts,mjs}'], {
        exclude: ['**/node_modules/**', '**/*.generated.ts'],
      }),
    ];
    const long = all
      .filter((file) => !file.endsWith('.generated.ts'))
      .map((file) => ({ file, lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
      .filter(({ lines }) => lines > FILE_LINES_MAX);
    expect(all.length).toBeGreaterThan(files.length + 100);
    expect(long).toEqual([]);
  });

  test('entries are thin, and only one file reads the environment', () => {
    for (const file of files) {
      const text = readFileSync(file, 'utf8');
      const lines = text.split('\n').length;
      if (file.endsWith('.lambda.ts')) expect(lines, file).toBeLessThanOrEqual(46);
      if (file.startsWith('lambdas/') && file !== 'lambdas/platform/env.ts')
        expect(text, file).not.toContain('process.env');
      expect(text, file).not.toMatch(/^export (default|\*)/m);
    }
  });
});
