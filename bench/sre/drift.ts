import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import * as z from 'zod';
import { driftText } from '../../lambdas/sre/domain/drift-text.ts';
import { emptyHour } from '../../lambdas/sre/domain/hours.ts';
import { newSourceDrift, stepSource } from '../../lambdas/sre/domain/source-drift.ts';
import type { Measure } from '../../lambdas/sre/score/drift/measure.ts';
import type { SeriesKind } from '../../lambdas/sre/score/drift/rules.ts';
import { newSeries, stepSeries } from '../../lambdas/sre/score/drift/series.ts';
import { seeded, type Seeded } from '../../test/simulation/seeded.ts';
import { poisson } from '../../test/support/poisson.ts';
import {
  CHANGES,
  driftingSeries,
  SERIES_HOURS,
  type DriftChange,
  type DriftingSeries,
} from '../../test/support/sre/drifting-series.ts';
import { shown } from '../kit/figures.ts';
import { pythonBin } from '../kit/python.ts';
import { windowedGaussian } from './drift/gaussian.ts';
import { bestThreshold, nabScore, nabSeries, type NabSeries } from './drift/nab-score.ts';
import type { Row, RowGroup } from './group.ts';

/** The detector was made on seeds below 1,000. */
const FIRST_SEED = 10_000;
const SERIES_A_CHANGE = 3;
const HEALTHY_SERIES = 6;
const QUICK_SHARE = 3;
/** Rows of NAB's own windows (its published one and an early one), and of a week. */
const GAUSSIAN_ROWS = [6_400, 1_000, 168];
const DAY_HOURS = 24;
const WATCHED_SERIES = 500;
const POISSON_SERVICES = 5_000;
const POISSON_HOURS = 1_008;
const POISSON_MEANS = [0.4, 4, 18, 36, 108, 180, 360, 720, 1_080];

interface Case {
  readonly change: DriftChange | null;
  readonly given: DriftingSeries;
  readonly nab: NabSeries;
}

/** The drift detector by the score of the Numenta Anomaly Benchmark, beside two others, on the same series. */
export const drift: RowGroup = {
  name: 'drift',
  about: 'drift by the score of NAB, against a windowed Gaussian and a random cut forest: minutes',
  rows: ({ isQuick }) => {
    const cases = casesOf(isQuick ? 1 : SERIES_A_CHANGE, isQuick ? 2 : HEALTHY_SERIES);
    const ours = cases.map((one) => ({ ...one, told: toldIn(one.given.kind, one.given.measures) }));
    const scoreOf = (rows: typeof ours): string =>
      shown(nabScore(rows.map(({ nab: series, told }) => ({ series, told }))), 1);
    const share = isQuick ? QUICK_SHARE : 1;
    return [
      row(`NAB score, ${cases.length} series of ${SERIES_HOURS} hours`, scoreOf(ours), 'ahead'),
      ...CHANGES.map((change) =>
        row(`- ${change}`, scoreOf(ours.filter((one) => one.change === change))),
      ),
      ...gaussianRows(cases),
      ...forestRows(cases),
      row(
        `drifts told of ${WATCHED_SERIES / share} healthy series with days and weekends`,
        String(healthySeasons(Math.floor(WATCHED_SERIES / share))),
        '0',
      ),
      row(
        `- of ${POISSON_SERVICES / share} Poisson services in six weeks, failures and records`,
        String(healthyPoisson(Math.floor(POISSON_SERVICES / share))),
        '0',
      ),
      ...stateRows(),
    ];
  },
};

const row = (what: string, measured: string, goal = ''): Row => ({ what, measured, goal });

const casesOf = (perChange: number, healthy: number): readonly Case[] => {
  const made = (change: DriftChange | null, seed: number): Case => {
    const given = driftingSeries(seeded(seed), change);
    const onsets = given.change === null ? [] : [given.change.from];
    return { change, given, nab: nabSeries(SERIES_HOURS, onsets) };
  };
  return [
    ...CHANGES.flatMap((change, place) =>
      Array.from({ length: perChange }, (_, index) =>
        made(change, FIRST_SEED + place * 100 + index),
      ),
    ),
    ...Array.from({ length: healthy }, (_, index) => made(null, FIRST_SEED + 900 + index)),
  ];
};

/** Hours in which a drift is told first. */
const toldIn = (kind: SeriesKind, measures: readonly Measure[]): readonly number[] => {
  let series = newSeries();
  let isOn = false;
  return measures.flatMap((measure, hour) => {
    const step = stepSeries(series, { kind, hour, measure, sensitivity: 'normal' });
    ({ series } = step);
    const isNew = step.drift !== null && !isOn;
    isOn = step.drift !== null;
    return isNew ? [hour] : [];
  });
};

type ToldBy = (scores: readonly number[], threshold: number) => readonly number[];

/** As NAB counts: each row above the threshold. */
const everyRow: ToldBy = (scores, threshold) =>
  scores.flatMap((score, at) => (score >= threshold ? [at] : []));

/** With the calm of ours: what continues is reported once. */
const onceADay: ToldBy = (scores, threshold) => {
  let until = 0;
  return everyRow(scores, threshold).filter((at) => {
    const isNew = at >= until;
    until = at + DAY_HOURS;
    return isNew;
  });
};

/** Each with the one threshold that serves it best on these very series; ours has one that was set before. */
const peerRow = (
  name: string,
  cases: readonly Case[],
  scores: readonly (readonly number[])[],
): Row => {
  const corpus = cases.map(({ nab: series }, index) => ({ series, scores: scores[index] ?? [] }));
  const [every, once] = [everyRow, onceADay].map((told) => bestThreshold(corpus, told).score);
  return row(
    `${name}, at its best threshold; told once a day`,
    `${shown(every ?? 0, 1)}; ${shown(once ?? 0, 1)}`,
  );
};

const gaussianRows = (cases: readonly Case[]): readonly Row[] =>
  GAUSSIAN_ROWS.map((rows) =>
    peerRow(
      `windowed Gaussian of ${rows} rows`,
      cases,
      cases.map(({ given }) => windowedGaussian(given.values, rows)),
    ),
  );

const forestScores = z.array(z.array(z.number()));

/** rrcf from PyPI as its own streaming example sets it. */
const forestRows = (cases: readonly Case[]): readonly Row[] => {
  const bin = pythonBin('rrcf', 'rrcf', 'bench/peers/rrcf/requirements.txt');
  if (bin === null) return [row('random cut forest', 'it could not be installed')];
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-drift-'));
  try {
    const file = join(folder, 'series.json');
    writeFileSync(file, JSON.stringify(cases.map(({ given }) => given.values)));
    const done = spawnSync(join(bin, 'python'), ['bench/peers/rrcf/score.py', file], {
      encoding: 'utf8',
      maxBuffer: 100_000_000,
    });
    if (done.status !== 0) throw new Error(done.stderr);
    return [
      peerRow('random cut forest (rrcf)', cases, forestScores.parse(JSON.parse(done.stdout))),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const healthySeasons = (count: number): number => {
  let told = 0;
  for (let index = 0; index < count; index++) {
    const { kind, measures } = driftingSeries(seeded(FIRST_SEED * 2 + index), null);
    told += toldIn(kind, measures).length;
  }
  return told;
};

const healthyPoisson = (services: number): number => {
  const random = seeded(2_026);
  let told = 0;
  for (let service = 0; service < services; service++) {
    const mean = POISSON_MEANS[service % POISSON_MEANS.length] ?? 0;
    const among = Math.max(1, Math.round(20 * mean));
    const counts = Array.from({ length: POISSON_HOURS }, () => countOf(random, mean));
    const failures = counts.map((count): Measure => ({ kind: 'count', count, among }));
    const records = counts.map((count): Measure => ({ kind: 'count', count, among: 1 }));
    told += toldIn('failures', failures).length + toldIn('records', records).length;
  }
  return told;
};

/** Above a hundred a Poisson count is a sum of small ones, which is dear: the same variance by one of 100. */
const countOf = (random: Seeded, mean: number): number => {
  if (mean <= 100) return poisson(random, mean);
  const deviations = (poisson(random, 100) - 100) / 10;
  return Math.max(0, Math.round(mean + Math.sqrt(mean) * deviations));
};

/** What is stored of a service after six weeks: of one that is as usual, and of one that says all it can. */
const stateRows = (): readonly Row[] => {
  const bytes = [0, 12].map((kinds) => {
    const random = seeded(3);
    let state = newSourceDrift();
    for (let hour = 1; hour <= POISSON_HOURS; hour++) {
      const lines = new Map(
        Array.from({ length: kinds }, (_, kind) => [
          `k${kind}`,
          { count: poisson(random, 5 + kind), text: `${'a line that is long '.repeat(6)}${kind}` },
        ]),
      );
      const records = 2_000 + Math.round(1_500 * Math.sin((2 * Math.PI * hour) / DAY_HOURS));
      const latencies = new Map([
        [3, records],
        [6, poisson(random, records / 20)],
      ]);
      const counts = { records: records + poisson(random, 90), failing: poisson(random, 20) };
      state = stepSource(
        state,
        { ...emptyHour(hour), ...counts, latencies, lines },
        'normal',
      ).drift;
    }
    return zstdCompressSync(Buffer.from(driftText(state))).length;
  });
  return [
    row(
      'state of a service by the hour of the week, bytes; with eight kinds of lines',
      bytes.join('; '),
      '<= 8,000',
    ),
  ];
};
