import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { LOGHUB_SYSTEMS, loghubLines } from '../../test/support/development-data.ts';
import { median, shown } from '../kit/figures.ts';
import { pythonBin } from '../kit/python.ts';
import type { Row, RowGroup } from './group.ts';

const ROUNDS = 5;
const DRAIN3 = 'bench/peers/drain3';

const ours = z.object({ first: z.number(), warm: z.number(), cold: z.number() });
const theirs = z.object({ warm: z.number(), cold: z.number() });
type Figures = z.infer<typeof ours>;
type Theirs = z.infer<typeof theirs>;

/** Both in turn, each in a fresh process, on the same lines; one core's processor time, whatever else runs. */
export const throughput: RowGroup = {
  name: 'throughput',
  about: 'lines a second of miner and signals, beside Drain3 in the same rounds',
  rows: ({ isQuick }) => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-sre-'));
    try {
      const file = join(folder, 'lines.json');
      const lines = LOGHUB_SYSTEMS.flatMap((system) =>
        loghubLines(system).map(({ content }) => content),
      );
      writeFileSync(file, JSON.stringify(lines));
      return rowsOf(
        file,
        pythonBin('drain3', 'Drain3', join(DRAIN3, 'requirements.txt')),
        isQuick ? 1 : ROUNDS,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

const rowsOf = (file: string, bin: string | null, rounds: number): readonly Row[] => {
  const own: Figures[] = [];
  const peer: Theirs[] = [];
  for (let round = 0; round < rounds; round += 1) {
    own.push(ours.parse(run(process.execPath, ['bench/probes/mine-lines.ts', file])));
    if (bin !== null)
      peer.push(theirs.parse(run(join(bin, 'python'), [join(DRAIN3, 'mine.py'), file])));
  }
  const figure = (of: (figures: Figures) => number): number => median(own.map(of));
  const row = (what: string, linesASecond: number, goal: string): Row => ({
    what: `${what}, lines a second`,
    measured: `${Math.round(linesASecond / 1_000)}k`,
    goal,
  });
  return [
    row(
      'miner and signals, warm',
      figure(({ warm }) => warm),
      '>= 200k',
    ),
    row(
      '- cold: a new miner',
      figure(({ cold }) => cold),
      '>= 80k',
    ),
    row(
      '- the first 16,000 lines of a process',
      figure(({ first }) => first),
      '',
    ),
    ...(bin === null ? [MISSING] : peerRows(own, peer, row)),
  ];
};

const MISSING: Row = { what: 'Drain3', measured: 'missing: it did not install', goal: '' };

const peerRows = (
  own: readonly Figures[],
  peer: readonly Theirs[],
  row: (what: string, linesASecond: number, goal: string) => Row,
): readonly Row[] => {
  const ratio = (kind: 'warm' | 'cold'): string =>
    shown(
      median(own.map((figures, round) => figures[kind] / (peer[round]?.[kind] ?? Number.NaN))),
      1,
    );
  return [
    row('Drain3, warm', median(peer.map(({ warm }) => warm)), ''),
    row('Drain3, cold', median(peer.map(({ cold }) => cold)), ''),
    { what: 'times Drain3, warm', measured: ratio('warm'), goal: '>= 5' },
    { what: 'times Drain3, cold', measured: ratio('cold'), goal: '' },
  ];
};

const run = (command: string, args: readonly string[]): unknown => {
  const done = spawnSync(command, [...args], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${done.stderr}`);
  return JSON.parse(done.stdout);
};
