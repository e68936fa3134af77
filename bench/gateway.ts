/** `npm run bench:gateway`: the same calls direct, through Sluice and through a peer, in one run; then every function, and every size of the key table. */
import { Command } from 'commander';
import { cpus, loadavg, totalmem } from 'node:os';
import * as z from 'zod';
import { measureFunctions, measureHotFunction, type HotFunction } from './functions.ts';
import { median, quantile, shown, table } from './figures.ts';
import { measureKeyCounts } from './key-counts.ts';
import { startRig } from './rig.ts';
import { measureTargets, type TargetFigures } from './targets.ts';

const WARM_UPS = 300;

const options = z
  .object({
    calls: z.coerce.number().int().min(20).max(5_000),
    rounds: z.coerce.number().int().min(1).max(20),
    only: z.enum(['calls', 'functions', 'keys']).optional(),
  })
  .parse(
    new Command('npm run bench:gateway --')
      .option('--calls <count>', 'calls of each kind a round', '300')
      .option('--rounds <count>', 'rounds, the targets in turn', '3')
      .option(
        '--only <part>',
        '`calls`: the three ways and the function alone; `functions`: their sizes and cold starts; `keys`: the size of the table',
      )
      .parse()
      .opts(),
  );

const isAsked = (part: NonNullable<typeof options.only>): boolean =>
  options.only === undefined || options.only === part;
const say = (text: string): void => console.log(text);
const step = (text: string): void => console.error(`... ${text}`);

interface Writes {
  readonly holdMs: number;
  readonly settleMs: number;
}

const sayTargets = (all: readonly TargetFigures[], writes: Writes): void => {
  const [direct] = all;
  if (direct === undefined) throw new Error('nothing was measured');
  const added = (of: (figures: TargetFigures) => readonly number[], share: number) =>
    all.map((figures) => shown(quantile(of(figures), share) - quantile(of(direct), share)));
  const less = (cells: readonly string[], ms: number) =>
    cells.map((cell, index) => (all[index]?.name === 'sluice' ? shown(Number(cell) - ms) : '-'));
  const wholeP50 = added((figures) => figures.wholeMs, 0.5);
  const firstP50 = added((figures) => figures.firstByteMs, 0.5);
  const rows: (readonly string[])[] = [
    ['p50 itself, no stream, ms', ...all.map((figures) => shown(quantile(figures.wholeMs, 0.5)))],
    ['**added p50, no stream, ms**', ...wholeP50],
    ['added p99, no stream, ms', ...added((figures) => figures.wholeMs, 0.99)],
    [
      "added p50 less the ledger's two round trips, ms",
      ...less(wholeP50, writes.holdMs + writes.settleMs),
    ],
    ['**added p50 to the first byte of a stream, ms**', ...firstP50],
    [
      'added p99 to the first byte of a stream, ms',
      ...added((figures) => figures.firstByteMs, 0.99),
    ],
    [
      "added p50 to the first byte less the ledger's one round trip, ms",
      ...less(firstP50, writes.holdMs),
    ],
    [
      'gateway CPU a call at 16 at once, no stream, ms',
      ...all.map(({ whole }) => cell(whole.cpuMs)),
    ],
    [
      'gateway CPU a call at 16 at once, stream, ms',
      ...all.map(({ stream }) => cell(stream.cpuMs)),
    ],
    [
      'storage engine CPU a call, no stream, ms',
      ...all.map(({ whole }) => cell(whole.engineCpuMs)),
    ],
    ['calls/s at 16 at once, no stream', ...all.map(({ whole }) => shown(whole.callsPerSecond, 0))],
    ['calls/s at 16 at once, stream', ...all.map(({ stream }) => shown(stream.callsPerSecond, 0))],
    ['RSS afterwards, MB', ...all.map(({ rssMb }) => cell(rssMb, 0))],
  ];
  say(table(['', ...all.map(({ name }) => name)], rows));
};

const cell = (value: number | null, digits = 2): string =>
  value === null ? '-' : shown(value, digits);

/** A tenth of the samples is what a busy machine disturbed least. */
const SHARES = [0.5, 0.1] as const;

const sayHot = (hot: HotFunction, direct: TargetFigures): void => {
  const row = (name: string, value: (of: (samples: readonly number[]) => number) => number) => [
    name,
    ...SHARES.map((share) => shown(value((samples) => quantile(samples, share)))),
  ];
  say(
    table(
      ['chat-completions alone, as Lambda runs it', 'p50, ms', 'p10, ms'],
      [
        row('hold, one write with its SDK call', (of) => of(hot.holdMs)),
        row('settle, one write with its SDK call', (of) => of(hot.settleMs)),
        row('added, no stream', (of) => of(hot.wholeMs) - of(direct.wholeMs)),
        row(
          "**added less the ledger's two round trips**",
          (of) => of(hot.wholeMs) - of(direct.wholeMs) - of(hot.holdMs) - of(hot.settleMs),
        ),
        row(
          '**added to the first byte of a stream, one write inside**',
          (of) => of(hot.firstByteMs) - of(direct.firstByteMs),
        ),
        row(
          'the same less that write',
          (of) => of(hot.firstByteMs) - of(direct.firstByteMs) - of(hot.holdMs),
        ),
        ['CPU a call at 16 at once, no stream', shown(hot.wholeCpuMs), '-'],
        ['CPU a call at 16 at once, stream', shown(hot.streamCpuMs), '-'],
      ],
    ),
  );
};

const main = async (): Promise<void> => {
  if (process.platform !== 'linux') throw new Error('the benchmark reads /proc: it needs Linux');
  const [loadBefore = 0] = loadavg();
  step('starting the upstream, the engine, Sluice and the peer');
  const rig = await startRig();
  try {
    say(
      `\n${cpus().length} cores (${cpus()[0]?.model ?? ''}), ${Math.round(totalmem() / 1_073_741_824)} GB, Node ${process.version}, ${options.rounds} x ${options.calls} calls of each kind, load before ${shown(loadBefore, 1)}\n`,
    );

    const { keys } = await rig.ledger({
      mint: 10,
      keys: [],
      warmUps: 0,
      calls: 0,
      isCapacityAsked: false,
    });
    if (isAsked('calls')) {
      step('direct, Sluice, peer in turn');
      const targets = await measureTargets(rig, keys, options);
      step("the function alone, and the ledger's two writes alone");
      const hot = await measureHotFunction(rig, { ...options, keys, warmUps: WARM_UPS });
      sayTargets(targets, { holdMs: median(hot.holdMs), settleMs: median(hot.settleMs) });
      const [direct] = targets;
      say('');
      if (direct !== undefined) sayHot(hot, direct);
    }
    await rig.stopGateways();
    if (isAsked('functions')) {
      step('each function');
      say('');
      say(await measureFunctions(rig.functions));
    }
    if (isAsked('keys')) {
      step('10, 1,000 and 10,000 keys');
      say('');
      say(await measureKeyCounts(rig, keys, step));
    }
  } finally {
    await rig.stop();
  }
};

await main();
