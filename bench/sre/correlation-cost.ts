import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import * as z from 'zod';
import { emptyBaseline } from '../../lambdas/sre/correlate/baseline.ts';
import { baselineText } from '../../lambdas/sre/correlate/baseline-text.ts';
import { callsOf } from '../../lambdas/sre/correlate/calls.ts';
import { flagCalls } from '../../lambdas/sre/correlate/flags.ts';
import { learnMinute } from '../../lambdas/sre/correlate/learn.ts';
import { Usual } from '../../lambdas/sre/correlate/usual.ts';
import { encodeLogBlock } from '../../lambdas/sre/in/blocks/log-block.ts';
import { encodeSpanBlock } from '../../lambdas/sre/in/blocks/span-block.ts';
import type { ShopDay, ShopMinute } from '../../test/support/sre/faulty-shop.ts';
import { median } from '../kit/figures.ts';
import type { Row } from './group.ts';

const MINUTE_MS = 60_000;
const RECORDS = 23_000;
const BLOCK_RECORDS = 1_000;

const cost = z.object({
  records: z.number(),
  firstMs: z.number(),
  warmMs: z.number(),
  peakMb: z.number(),
});

const PROBE = 'bench/probes/correlate-window.ts';

/** Bundled and in a process of its own, as a function is: blocks and a stored baseline in, a cause out. */
export const correlationCost = (days: readonly ShopDay[], rounds: number): readonly Row[] => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-causes-'));
  try {
    writeWindow(days, folder);
    const bundle = join(folder, 'probe.mjs');
    buildSync({
      entryPoints: [PROBE],
      outfile: bundle,
      bundle: true,
      platform: 'node',
      format: 'esm',
    });
    const runs = Array.from({ length: rounds }, () => {
      const [free, bound] = [[], ['--max-semi-space-size=2']].map((options) => {
        const { stdout, stderr, status } = spawnSync(
          process.execPath,
          [...options, bundle, folder],
          { encoding: 'utf8' },
        );
        if (status !== 0) throw new Error(stderr);
        return cost.parse(JSON.parse(stdout));
      });
      if (free === undefined || bound === undefined) throw new Error('two runs are two');
      return { ...free, boundMb: bound.peakMb };
    });
    const figure = (of: (run: (typeof runs)[number]) => number): string =>
      String(Math.round(median(runs.map(of))));
    return [
      {
        what: `a correlation over ${figure(({ records }) => records)} records from their blocks, processor time, first / warm`,
        measured: `${figure(({ firstMs }) => firstMs)} / ${figure(({ warmMs }) => warmMs)} ms`,
        goal: '<= 250 ms',
      },
      {
        what: 'the process at its peak, as it is / with a young heap of 6 MB',
        measured: `${figure(({ peakMb }) => peakMb)} / ${figure(({ boundMb }) => boundMb)} MB`,
        goal: '<= 105 MB',
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** So many records of the last recordings as blocks, and what was learned of the day before. */
const writeWindow = (days: readonly ShopDay[], folder: string): void => {
  const day = days.at(-1);
  const baseline = emptyBaseline();
  for (const { fromMs, spans, lines } of day?.usual ?? [])
    learnMinute(baseline, {
      minute: Math.floor(fromMs / MINUTE_MS),
      flagged: flagCalls(callsOf(spans, lines), new Usual(baseline)),
    });
  writeFileSync(join(folder, 'baseline.json'), baselineText(baseline));
  const minutes = day?.recordings.flatMap((recording) => recording.minutes) ?? [];
  let left = RECORDS;
  for (const [index, block] of minutes.flatMap(blocksOf).entries()) {
    const records = Math.min(left, block.records);
    if (records > 0) writeFileSync(join(folder, `${index}.block`), block.encode(records));
    left -= records;
  }
};

interface ShopBlock {
  readonly records: number;
  readonly encode: (records: number) => Uint8Array;
}

const blocksOf = ({ spans, lines }: ShopMinute): readonly ShopBlock[] => [
  ...parts(spans).map((part) => ({
    records: part.length,
    encode: (records: number) => encodeSpanBlock(part.slice(0, records)),
  })),
  ...parts(lines).map((part) => ({
    records: part.length,
    encode: (records: number) => encodeLogBlock(part.slice(0, records).map(({ record }) => record)),
  })),
];

const parts = <Value>(values: readonly Value[]): readonly (readonly Value[])[] =>
  Array.from({ length: Math.ceil(values.length / BLOCK_RECORDS) }, (_, index) =>
    values.slice(index * BLOCK_RECORDS, (index + 1) * BLOCK_RECORDS),
  );
