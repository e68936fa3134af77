import { emptyBaseline, type Baseline } from '../../lambdas/sre/correlate/baseline.ts';
import { callsOf, type Call } from '../../lambdas/sre/correlate/calls.ts';
import { causeOf } from '../../lambdas/sre/correlate/cause-of.ts';
import { flagCalls } from '../../lambdas/sre/correlate/flags.ts';
import { hotMetricsOf } from '../../lambdas/sre/correlate/hot-metrics.ts';
import { learnFacts, learnMinute } from '../../lambdas/sre/correlate/learn.ts';
import { Usual } from '../../lambdas/sre/correlate/usual.ts';
import type { Cause } from '../../lambdas/sre/domain/cause.ts';
import type { MetricMinute } from '../../lambdas/sre/domain/metric-minute.ts';
import {
  readShopDay,
  shopDays,
  type Recording,
  type ShopDay,
  type ShopMinute,
} from '../../test/support/sre/faulty-shop.ts';
import { shown } from '../kit/figures.ts';
import { correlationCost } from './correlation-cost.ts';
import type { Row, RowGroup } from './group.ts';

const MINUTE_MS = 60_000;
const ROUNDS = 5;
export const NAMED = 2;
export const SURE = 4;

/** What a run keeps of the telemetry: everything else is the same. */
interface Kept {
  readonly name: string;
  readonly traces: number;
  readonly hasSpans: boolean;
  readonly hasLines: boolean;
  /** Lines of traces that are not sampled too. */
  readonly areLinesWhole: boolean;
  readonly hasMetrics: boolean;
}

export const ALL: Kept = {
  name: 'logs and spans',
  traces: 1,
  hasSpans: true,
  hasLines: true,
  areLinesWhole: true,
  hasMetrics: false,
};

const OTHERS: readonly Kept[] = [
  { ...ALL, name: 'with processor levels', hasMetrics: true },
  { ...ALL, name: '50 % of traces', traces: 0.5, areLinesWhole: false },
  { ...ALL, name: '25 % of traces', traces: 0.25, areLinesWhole: false },
  { ...ALL, name: '25 % of spans, all logs', traces: 0.25 },
  { ...ALL, name: 'spans alone', hasLines: false },
  { ...ALL, name: 'logs alone', hasSpans: false },
];

/** Root causes of injected faults, one configuration, each minute learned after it was judged. */
export const causes: RowGroup = {
  name: 'causes',
  about: 'root causes of the development faults of Nezha, time and memory of a correlation',
  rows: ({ isQuick }) => {
    const days = shopDays().map(readShopDay);
    const all = new Trial(ALL).run(days);
    const others = (isQuick ? [] : OTHERS).map((kept) => ({
      kept,
      found: new Trial(kept).run(days),
    }));
    return [
      ...mainRows(all),
      ...others.map(({ kept, found }) => otherRow(kept, found)),
      ...correlationCost(days, isQuick ? 1 : ROUNDS),
    ];
  },
};

/** Where a fault's service stands among the suspects. */
export interface Answer {
  /** 0: not among the first five. */
  readonly rank: number;
  readonly confidence: number;
  readonly isNamed: boolean;
}

interface Found {
  readonly two: Answer[];
  readonly five: Answer[];
  readonly early: Answer[];
  /** Of windows before a fault. */
  readonly usual: Answer[];
}

export class Trial {
  private readonly kept: Kept;
  private readonly baseline: Baseline = emptyBaseline();
  private readonly found: Found = { two: [], five: [], early: [], usual: [] };

  constructor(kept: Kept) {
    this.kept = kept;
  }

  run(days: Iterable<ShopDay>): Found {
    for (const { usual, recordings, metrics } of days) {
      for (const minute of usual) this.learn(this.callsIn([minute]), minute.fromMs);
      const minutes = recordings.flatMap((recording) => recording.minutes);
      let metricsFromMs = 0;
      for (const recording of recordings) {
        const [first] = recording.minutes;
        if (first === undefined) continue;
        const before = metrics.filter(
          ({ minute }) =>
            minute * MINUTE_MS >= metricsFromMs && minute * MINUTE_MS < first.fromMs - MINUTE_MS,
        );
        for (const minute of before)
          learnFacts(this.baseline, { minute: minute.minute, versions: [], metrics: [minute] });
        metricsFromMs = first.fromMs - MINUTE_MS;
        this.judgeRecording(recording, first, minutes, this.kept.hasMetrics ? metrics : []);
        for (const minute of recording.minutes) this.learn(this.callsIn([minute]), minute.fromMs);
      }
    }
    return this.found;
  }

  private judgeRecording(
    { minutes, fault }: Recording,
    first: ShopMinute,
    all: readonly ShopMinute[],
    metrics: readonly MetricMinute[],
  ): void {
    if (fault === null) return;
    const { two, five, early, usual } = this.found;
    const { service, atMs } = fault;
    const calls = this.callsIn(minutes);
    const judge = (from: readonly Call[], fromMs: number, toMs: number): Answer =>
      this.judge(from, metrics, { fromMs, toMs, service });
    two.push(judge(calls, atMs, atMs + 2 * MINUTE_MS));
    early.push(judge(calls, atMs, atMs + MINUTE_MS / 2));
    const endMs = first.fromMs + minutes.length * MINUTE_MS;
    const near = all.filter(({ fromMs }) => fromMs >= endMs - 5 * MINUTE_MS && fromMs < endMs);
    five.push(judge(this.callsIn(near), endMs - 5 * MINUTE_MS, endMs));
    const middleMs = (first.fromMs + atMs) / 2;
    usual.push(
      judge(calls, first.fromMs, atMs),
      judge(calls, first.fromMs, middleMs),
      judge(calls, middleMs, atMs),
    );
  }

  private judge(
    calls: readonly Call[],
    metrics: readonly MetricMinute[],
    {
      fromMs,
      toMs,
      service,
    }: { readonly fromMs: number; readonly toMs: number; readonly service: string },
  ): Answer {
    const within = calls.filter(({ startMs }) => startMs >= fromMs && startMs < toMs);
    const levels = metrics.filter(
      ({ minute }) => minute * MINUTE_MS >= fromMs - MINUTE_MS && minute * MINUTE_MS < toMs,
    );
    const { root, confidence, suspects }: Cause = causeOf({
      anomalies: [],
      flagged: flagCalls(within, new Usual(this.baseline)),
      baseline: this.baseline,
      deploys: [],
      hotMetrics: hotMetricsOf(levels, this.baseline),
      records: within.length,
      isCut: false,
    });
    const rank = suspects.findIndex(({ source }) => source.service === service) + 1;
    return { rank, confidence, isNamed: root !== null };
  }

  private learn(calls: readonly Call[], fromMs: number): void {
    learnMinute(this.baseline, {
      minute: Math.floor(fromMs / MINUTE_MS),
      flagged: flagCalls(calls, new Usual(this.baseline)),
    });
  }

  private callsIn(minutes: readonly ShopMinute[]): readonly Call[] {
    const { traces, hasSpans, hasLines, areLinesWhole } = this.kept;
    const isKept = (traceId: string | null): boolean =>
      Number.parseInt((traceId ?? '').slice(0, 6), 16) / 0x1_00_00_00 < traces;
    return callsOf(
      hasSpans
        ? minutes.flatMap(({ spans }) => spans.filter(({ traceId }) => isKept(traceId)))
        : [],
      hasLines
        ? minutes.flatMap(({ lines }) =>
            lines.filter(({ record }) => areLinesWhole || isKept(record.traceId)),
          )
        : [],
    );
  }
}

export const shareOf = (answers: readonly Answer[], isGood: (answer: Answer) => boolean): string =>
  shown(answers.filter(isGood).length / answers.length, 3);

export const atOne = (answers: readonly Answer[]): string =>
  shareOf(answers, ({ rank }) => rank === 1);

export const atThree = (answers: readonly Answer[]): string =>
  shareOf(answers, ({ rank }) => rank >= 1 && rank <= 3);

const mainRows = ({ two, five, early, usual }: Found): readonly Row[] => {
  const named = two.filter(({ isNamed }) => isNamed);
  return [
    {
      what: `root at rank 1 / among three, ${two.length} faults, 2 minutes`,
      measured: `${atOne(two)} / ${atThree(two)}`,
      goal: '>= .95 / 1.0',
    },
    {
      what: 'of those that are named, right',
      measured: `${named.filter(({ rank }) => rank === 1).length} of ${named.length}`,
      goal: '',
    },
    {
      what: '5 minutes, unknown onset',
      measured: `${atOne(five)} / ${atThree(five)}`,
      goal: '>= .87',
    },
    {
      what: '30 s after the onset',
      measured: `${atOne(early)} / ${atThree(early)}`,
      goal: '>= .60',
    },
    {
      what: `usual windows that name somebody, of ${usual.length}`,
      measured: shareOf(usual, ({ confidence }) => confidence >= NAMED),
      goal: '<= .05',
    },
    {
      what: `the same, at confidence ${SURE}`,
      measured: String(usual.filter(({ confidence }) => confidence >= SURE).length),
      goal: '0',
    },
  ];
};

const otherRow = ({ name }: Kept, { two, usual }: Found): Row => ({
  what: `${name}: rank 1 / among three / usual windows named`,
  measured: `${atOne(two)} / ${atThree(two)} / ${shareOf(usual, ({ confidence }) => confidence >= NAMED)}`,
  goal: '',
});
