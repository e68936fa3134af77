import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LAYERS, SYNONYMS } from './layers.ts';

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isType: boolean;
}

const files = globSync(
  [
    'bin/**/*.ts',
    'lib/**/*.ts',
    'lambdas/**/*.ts',
    'local/**/*.ts',
    'ops/**/*.ts',
    'cost/**/*.ts',
    'clients/**/*.ts',
    'examples/*/*.ts',
    'examples/*/page/*.{ts,tsx}',
  ],
  { exclude: ['**/{node_modules,dist}/**'] },
);
const STATEMENT = /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'(\.[^']+)'|import\('(\.[^']+)'\)/gm;

const importsOf = (from: string, text: string): readonly Import[] =>
  [...text.matchAll(STATEMENT)].map(([, type, named, dynamic]) => ({
    from,
    to: normalize(join(dirname(from), named ?? dynamic ?? '')),
    isType: type !== undefined,
  }));

/** The rooms under `lambdas/`, each with those below it: arrows point down only. A new room is one line. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  platform: ['shared'],
  http: ['shared', 'platform'],
  ledger: ['shared', 'platform', 'http'],
  inference: ['shared', 'platform', 'http', 'ledger'],
  gateway: ['shared', 'platform', 'http', 'ledger', 'inference'],
  threads: ['shared', 'platform', 'http', 'ledger', 'inference'],
  sre: ['shared', 'platform', 'http', 'ledger', 'inference'],
};

/** Rooms that are one layer as a whole: pure helpers, plumbing, what HTTP looks like. */
const WHOLE = ['shared', 'platform', 'http'];

/**
 * Rooms whose wings stand around a core: what a wing may import of another wing, by the layers there. The core imports
 * no wing and every wing may import the core; entries and `wire/` put them together. A new wing is one line.
 */
const WINGS: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>> =
  {
    threads: {
      sockets: { 'dialects/native': 'formats' },
      tools: {},
      // Its calls of responses are made as their route does.
      jobs: { 'dialects/responses': 'routes' },
      // What several dialects share.
      dialects: {},
      'dialects/native': { dialects: 'formats' },
      'dialects/responses': { dialects: 'formats' },
      'dialects/ai-sdk': { dialects: 'formats' },
      'dialects/qlaud': { dialects: 'formats', 'dialects/native': 'formats' },
      contract: {
        tools: 'formats',
        jobs: 'formats',
        'dialects/native': 'formats',
        'dialects/responses': 'formats',
        'dialects/ai-sdk': 'formats',
      },
    },
  };
const CORE = '';

interface Place {
  readonly room: string;
  readonly wing: string;
  readonly layer: string;
}

/** The wing, or the core; null: a folder that nobody named. */
const wingOf = (room: string, folders: readonly string[]): string | null => {
  const wings = WINGS[room];
  const [first, second] = folders;
  if (wings === undefined || first === undefined) return CORE;
  const wing = [`${first}/${second}`, first].find((name) => wings[name] !== undefined);
  return wing ?? (first === 'wire' || LAYERS[first] !== undefined ? CORE : null);
};

const placeOf = (path: string): Place | null => {
  const [top, room, ...rest] = path.split('/');
  if (top !== 'lambdas' || room === undefined || ROOMS[room] === undefined) return null;
  const wing = wingOf(room, rest.slice(0, -1));
  if (wing === null) return null;
  const names = rest.map(
    (name) => SYNONYMS[`${room}/${name}`] ?? SYNONYMS[name] ?? name.replace(/^ports\.ts$/, 'ports'),
  );
  return { room, wing, layer: names.find((name) => LAYERS[name] !== undefined) ?? 'entry' };
};

const mayReach = (from: Place, to: Place): boolean => {
  if (from.layer === 'entry' || to.wing === CORE || from.wing === to.wing) return true;
  const layers = WINGS[from.room]?.[from.wing]?.[to.wing] ?? '';
  return layers.split(' ').includes(to.layer);
};

const mayImport = (from: Place, to: Place): boolean => {
  const below = ROOMS[from.room] ?? [];
  if (from.room !== to.room && !below.includes(to.room)) return false;
  if (WHOLE.includes(from.room)) return true;
  if (from.room === to.room && !mayReach(from, to)) return false;
  const may = LAYERS[from.layer];
  if (may === undefined) return false;
  if (WHOLE.includes(to.room)) return may.whole.split(' ').includes(to.room);
  return (from.room === to.room ? may.own : may.below).split(' ').includes(to.layer);
};

/** What a file outside the rooms may import; the first rule that fits counts. */
const RULES: readonly { readonly place: RegExp; readonly may: RegExp }[] = [
  // Only by `#beside/`: what lies in bundles of its own.
  {
    place: /^lambdas\/beside\//,
    may: /^lambdas\/(([a-z]+\/([a-z]+\/)?domain|http|inference\/(models|wires|dialects))\/|(ledger\/adapters\/project-spend|inference\/wire-(routing|media))\.ts$)/,
  },
  // Each room's part of the contract in one list, and who shows it.
  { place: /^lambdas\/contract\.ts$/, may: /^lambdas\/[a-z]+\/(contract|formats)\/openapi/ },
  {
    place: /^lambdas\/gateway\/discovery\.lambda/,
    may: /^lambdas\/(platform|http|gateway)\/|^lambdas\/contract\.ts$/,
  },
  // Alarms and dashboard take the metrics' names from the list that the emitters use.
  { place: /^lib\/shared\//, may: /^(lib\/shared\/|lambdas\/shared\/metric-names\.ts$)/ },
  { place: /^lib\//, may: /^(lib\/|lambdas\/shared\/metric-names\.ts$)/ },
  { place: /^bin\//, may: /^lib\// },
  { place: /^local\//, may: /^(local\/|lib\/shared\/bundle\.ts)/ },
  { place: /^ops\//, may: /^(ops|lambdas)\/|^local\/message-of\.ts$/ },
  { place: /^cost\//, may: /^(cost|lambdas)\// },
  // What people copy into their own pages stands alone; the page takes the client with it.
  { place: /^clients\//, may: /^clients\// },
  { place: /^examples\/chat\//, may: /^(examples\/chat|clients\/browser)\// },
];

const FILE_LINES_MAX = 300;

/** Where the engine room may name whose wire or model it is. */
const SPEAKS =
  /^lambdas\/inference\/(wires\/|models\/(families|gemini-family|(?:model-(?:names|kinds)|unit-names)|providers|price-[\w.-]+)\.ts$|dialects\/(openai-chat|anthropic-messages|gemini)\/)/;
const DIALECT =
  /openai|anthropic|claude|\bgpt|deepseek|ollama|gemini|bedrock|elevenlabs|chat[-_ ]?completions?\b/i;

const codeOf = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, '');

const violation = ({ from, to, isType }: Import): string | null => {
  if (from.startsWith('lib/') && isType && /^lambdas\/[a-z]+\/env\.ts$/.test(to)) return null;
  const refused = `${from} may not import ${to}`;
  const rule = RULES.find(({ place }) => place.test(from));
  if (rule !== undefined) return rule.may.test(to) ? null : refused;
  const [here, there] = [placeOf(from), placeOf(to)];
  if (here === null) return `${from} belongs to no room`;
  return there !== null && mayImport(here, there) ? null : refused;
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
    ['lambdas/ledger/domain/key.ts', "import { x } from '../adapters/key-item.ts';"],
    ['lambdas/inference/wire.ts', "import { x } from '../gateway/door.ts';"],
    [
      'lambdas/threads/sockets/usecases/subscribe.ts',
      "import { x } from '../../adapters/timers.ts';",
    ],
    ['lambdas/threads/wire/runs.ts', "import { x } from '../../gateway/wire.ts';"],
    ['lambdas/gateway/wire.ts', "import { x } from '../../lib/gateway/gateway.ts';"],
    ['lib/gateway/gateway.ts', "import { x } from '../../lambdas/gateway/env.ts';"],
    ['lambdas/threads/usecases/run-turn.ts', "import { x } from '../sockets/usecases/replay.ts';"],
    ['lambdas/threads/ports/tools.ts', "import type { X } from '../tools/domain/tool.ts';"],
    ['lambdas/threads/formats/read-content.ts', "import { x } from '../dialects/formats/x.ts';"],
    [
      'lambdas/threads/tools/adapters/call-webhook.ts',
      "import { x } from '../../dialects/qlaud/domain/x.ts';",
    ],
    [
      'lambdas/threads/sockets/formats/socket-frames.ts',
      "import { x } from '../../dialects/qlaud/formats/x.ts';",
    ],
    [
      'lambdas/threads/sockets/routes/socket-turns.ts',
      "import { x } from '../../dialects/native/routes/x.ts';",
    ],
    [
      'lambdas/threads/dialects/formats/line-of-json.ts',
      "import { x } from '../native/formats/x.ts';",
    ],
    [
      'lambdas/threads/dialects/native/routes/run-routes.ts',
      "import { x } from '../../qlaud/routes/x.ts';",
    ],
    [
      'lambdas/threads/dialects/responses/routes/item-pages.ts',
      "import { x } from '../../native/routes/x.ts';",
    ],
    [
      'lambdas/threads/dialects/ai-sdk/formats/ai-chat-body.ts',
      "import { x } from '../../native/formats/x.ts';",
    ],
    [
      'lambdas/threads/dialects/qlaud/routes/qlaud-alias.ts',
      "import { x } from '../../native/routes/x.ts';",
    ],
    [
      'lambdas/threads/contract/openapi-paths.ts',
      "import { x } from '../sockets/formats/socket-frames.ts';",
    ],
    ['lambdas/gateway/discovery.lambda.ts', "import { x } from '../threads/contract/x.ts';"],
    ['lambdas/contract.ts', "import { x } from './threads/usecases/run-turn.ts';"],
    ['lambdas/threads/cellar/domain/rat.ts', "import { x } from '../../domain/limits.ts';"],
    ['lib/shared/alarms.ts', "import { x } from '../ledger/alarms.ts';"],
    ['nowhere/file.ts', "import { x } from './other.ts';"],
  ])('a planted violation in %s is caught', (file, text) => {
    expect(importsOf(file, text).map(violation)).toEqual([expect.any(String)]);
  });

  test('the engine room names a dialect in its wires and in the record of a family alone', () => {
    const room = globSync('lambdas/inference/**/*.ts').filter((file) => !SPEAKS.test(file));
    expect(room.length).toBeGreaterThan(25);
    for (const file of room) expect(codeOf(readFileSync(file, 'utf8')), file).not.toMatch(DIALECT);
    expect(codeOf("if (wire === 'openai-chat') return; // 'x'")).toMatch(DIALECT);
    expect(codeOf('/** As Anthropic says. */\nconst url = `https://x`; // of Claude')).not.toMatch(
      DIALECT,
    );
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
