import { spawnSync } from 'node:child_process';
import * as z from 'zod';
import {
  burnOn,
  isRateBroken,
  judgeBuckets,
  learn,
  NO_BASELINE,
  NO_BURN,
  slowBurn,
} from '../../lambdas/sre/score/statistics.ts';
import { seeded, type Seeded } from '../../test/simulation/seeded.ts';
import { poisson } from '../../test/support/poisson.ts';
import { START_MS } from '../../test/support/sre/entries.ts';
import { FoldedTenant } from '../../test/support/sre/folded-tenant.ts';
import { healthyShop } from '../../test/support/sre/healthy-shop.ts';
import { lengthOf, play, shifted } from '../../test/support/sre/play.ts';
import { shown } from '../kit/figures.ts';
import type { Row, RowGroup } from './group.ts';

const SERVICES = 5_000;
const QUICK_SERVICES = 100;
const DAY_BUCKETS = 8_640;
const BURST = 30;
/** Failures and records in ten seconds: services that never fail, and services that always fail a little. */
const FAILURES_MEANS = [0.001, 0.01, 0.05, 0.1, 0.3, 0.5, 1, 2, 3];
const RECORDS_TIMES = 20;
const OPEN_BUCKETS = 6;

/** What windows say of what is well, what they miss, and what an evaluation takes. */
export const windows: RowGroup = {
  name: 'windows',
  about: 'false emissions and recall on Poisson services, memory and processor of evaluate',
  rows: ({ isQuick }) => {
    const services = isQuick ? QUICK_SERVICES : SERVICES;
    return [...healthyDay(services), healthyMinutes(isQuick ? 2 : 30), ...evaluation(isQuick)];
  },
};

/** Every bucket of a day of healthy services by the rules of a fold; then a burst in each. */
const healthyDay = (services: number): readonly Row[] => {
  const random = seeded(2_026);
  let emissions = 0;
  let seen = 0;
  let straddling = 0;
  for (let service = 0; service < services; service++) {
    const mean = FAILURES_MEANS[service % FAILURES_MEANS.length] ?? 0;
    const day = new Day(random, mean);
    for (let bucket = 0; bucket < DAY_BUCKETS; bucket++) if (day.step(0)) emissions += 1;
    if (day.sees([BURST])) seen += 1;
    const first = random.below(BURST + 1);
    if (day.sees([first, BURST - first])) straddling += 1;
  }
  const share = (count: number): string => shown(count / services, 3);
  return [
    {
      what: `false emissions a day, ${services} healthy Poisson services`,
      measured: String(emissions),
      goal: '0',
    },
    { what: `recall of a burst of ${BURST} in a bucket`, measured: share(seen), goal: '>= .97' },
    { what: '- anywhere on two buckets', measured: share(straddling), goal: '' },
  ];
};

/** One service, bucket by bucket, judged as `findFailures` judges it. */
class Day {
  private baseline = NO_BASELINE;
  private burn = NO_BURN;
  private usual = { total: 0, failing: 0 };
  private open: readonly number[] = Array.from({ length: OPEN_BUCKETS }, () => 0);
  private readonly random: Seeded;
  private readonly mean: number;

  constructor(random: Seeded, mean: number) {
    this.random = random;
    this.mean = mean;
    for (let bucket = 0; bucket < 60; bucket++) this.step(0);
  }

  step(extra: number): boolean {
    const count = poisson(this.random, this.mean) + extra;
    const [closed = 0, ...rest] = this.open;
    this.open = [...rest, count];
    const bucket = { total: closed + RECORDS_TIMES * this.mean, failing: closed };
    this.baseline = learn(this.baseline, closed);
    this.burn = burnOn(this.burn, bucket, false);
    this.usual = { total: this.usual.total + bucket.total, failing: this.usual.failing + closed };
    return this.isFiring();
  }

  /** Does it fire with so many failures more? The day continues as if they had never been. */
  sees(extras: readonly number[]): boolean {
    const before = this.open;
    let isSeen = false;
    for (const extra of [...extras, 0, 0]) {
      this.open = [...this.open.slice(1), poisson(this.random, this.mean) + extra];
      isSeen ||= this.isFiring();
    }
    this.open = before;
    return isSeen;
  }

  private isFiring(): boolean {
    const failing = this.open.reduce((sum, count) => sum + count, 0);
    const now = { total: failing + OPEN_BUCKETS * RECORDS_TIMES * this.mean, failing };
    return (
      judgeBuckets(this.open.slice(-3), this.baseline) !== null ||
      isRateBroken(now, this.usual) ||
      slowBurn(this.burn) !== null
    );
  }
}

/** The recorded minutes of a healthy shop, again and again, as if each were the next one. */
const healthyMinutes = (rounds: number): Row => {
  let minutes = 0;
  let found = 0;
  for (const recording of healthyShop()) {
    const tenant = new FoldedTenant();
    const stepMs = lengthOf(recording);
    for (let round = 0; round < rounds; round++)
      play(tenant, shifted(recording, START_MS + round * stepMs));
    minutes += (rounds * stepMs) / 60_000;
    found += tenant.found().filter(({ band }) => band !== 'low').length;
  }
  return {
    what: `anomalies above low in ${Math.round(minutes)} healthy minutes of Nezha`,
    measured: String(found),
    goal: '0',
  };
};

const figures = z.object({
  cpuMs: z.number(),
  peakMb: z.number(),
  partBytesMax: z.number(),
  stateBytes: z.number(),
  anomalies: z.number(),
});

const TENANT_SERVICES = 1_000;
/** What is not needed is given back within this: without a bound the garbage of a minute counts as memory. */
const HEAP = ['--max-old-space-size=128', '--max-semi-space-size=16'];

/** In a process of its own, whose memory is all counted: the twin of the tables too. */
const evaluation = (isQuick: boolean): readonly Row[] => {
  const probe = ['bench/probes/evaluate-windows.ts', String(TENANT_SERVICES)];
  const args = [...HEAP, ...probe, isQuick ? '5' : '60'];
  const done = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
  const { cpuMs, peakMb, partBytesMax, stateBytes, anomalies } = figures.parse(
    JSON.parse(done.stdout),
  );
  const kilobytes = (bytes: number): string => shown(bytes / 1_024, 1);
  const row = (what: string, measured: string, goal = ''): Row => ({ what, measured, goal });
  return [
    row(
      `peak memory of evaluate, ${TENANT_SERVICES} services, 100 batches a second, MB`,
      shown(peakMb, 0),
      '<= 200',
    ),
    row('- processor time of one, ms', shown(cpuMs, 0)),
    row('- state of 100 services, KB', kilobytes((100 * stateBytes) / TENANT_SERVICES), '16'),
    row('- the largest part, KB', kilobytes(partBytesMax), '<= 400'),
    row('- anomalies', String(anomalies), '0'),
  ];
};
