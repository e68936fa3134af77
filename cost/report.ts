import { costNanoUsd } from '../lambdas/inference/models/cost.ts';
import { priceOf } from '../lambdas/inference/models/prices.ts';
import { NO_TOKENS } from '../lambdas/ledger/domain/usage.ts';
import { callCost, usdOf, type Component } from './call-cost.ts';
import { callLogBytes, turnLogBytes } from './log-bytes.ts';
import { hasSearch, idleCost, type IdleLine } from './idle-cost.ts';
import type { Inventory } from './inventory.ts';
import { logYear, type LogYear } from './log-year.ts';
import { diagnosisCosts, type DiagnosisCost } from './diagnosis-cost.ts';
import { busySeries } from './metric-series.ts';
import { hasSocketApi, MONTH_SECONDS } from './parts.ts';
import { PRICES } from './prices.ts';
import { quotaHits, type QuotaHit } from './quotas.ts';
import type { Traffic } from './traffic.ts';
import { turnCost } from './turn-cost.ts';
import { turnQuotas, type TurnQuota } from './turn-quotas.ts';

const GOALS = { idleUsd: 12, idleWithSearchUsd: 40, callUsd: 0.000015 } as const;
/** The model that the bill names beside AWS's. */
const MODEL = { provider: 'openai', name: 'gpt-4o-mini' } as const;
const PRICED_AT_MS = Date.UTC(2026, 10, 25);

export interface CostReport {
  readonly traffic: Traffic;
  readonly idle: readonly IdleLine[];
  readonly idleUsd: number;
  readonly idleGoalUsd: number;
  readonly call: readonly Component[];
  /** One call, without its Lambda seconds, its egress and what it leaves behind. */
  readonly callRunUsd: number;
  readonly callStreamUsd: number;
  readonly callKeptUsd: number;
  readonly callGoalUsd: number;
  /** One turn of a thread. */
  readonly turn: readonly Component[];
  readonly turnRunUsd: number;
  readonly turnStreamUsd: number;
  readonly turnKeptUsd: number;
  /** What CloudWatch ingests for one call and one turn, bytes, and in the month, GB. */
  readonly logs: { readonly callBytes: number; readonly turnBytes: number; readonly gb: number };
  readonly bill: readonly { readonly service: string; readonly usd: number }[];
  readonly billUsd: number;
  readonly modelUsd: number;
  /** Series of our own metrics that CloudWatch bills in a month with traffic. */
  readonly metricSeries: number;
  /** A year of telemetry, beside the traffic above. */
  readonly logYear: LogYear;
  /** One incident that a model diagnoses, by model. */
  readonly diagnoses: readonly DiagnosisCost[];
  readonly quotas: readonly QuotaHit[];
  readonly turnQuotas: readonly TurnQuota[];
  /** Calls in the busiest second. */
  readonly peakCallsPerSecond: number;
  readonly peakTurnsPerSecond: number;
}

/** The whole model of one stage and one month. */
export const reportOf = (inventory: Inventory, traffic: Traffic): CostReport => {
  const idle = idleCost(inventory);
  const call = callCost(inventory, traffic);
  const turn = turnCost(inventory, traffic);
  const logs = logsOf(inventory, traffic);
  const series = traffic.calls === 0 ? 0 : busySeries(inventory);
  const services = new Map<string, number>();
  for (const { service, usd } of [
    ...idle,
    ...call.map((each) => ({ service: each.service, usd: each.usd * traffic.calls })),
    ...turn.map((each) => ({ service: each.service, usd: each.usd * traffic.turns })),
    ...(hasSocketApi(inventory)
      ? [{ service: 'API Gateway', usd: traffic.socketMinutes * PRICES.socketMinute.usd }]
      : []),
    { service: 'CloudWatch', usd: series * PRICES.metric.usd },
  ])
    services.set(service, (services.get(service) ?? 0) + usd);
  const bill = [...services]
    .map(([service, usd]) => ({ service, usd }))
    .toSorted((left, right) => right.usd - left.usd);
  return {
    traffic,
    idle,
    idleUsd: sum(idle),
    idleGoalUsd: hasSearch(inventory) ? GOALS.idleWithSearchUsd : GOALS.idleUsd,
    call,
    callRunUsd: usdOf(call, 'run'),
    callStreamUsd: usdOf(call, 'stream'),
    callKeptUsd: usdOf(call, 'kept'),
    callGoalUsd: GOALS.callUsd,
    turn,
    turnRunUsd: usdOf(turn, 'run'),
    turnStreamUsd: usdOf(turn, 'stream'),
    turnKeptUsd: usdOf(turn, 'kept'),
    logs,
    bill,
    billUsd: sum(bill),
    metricSeries: busySeries(inventory),
    modelUsd:
      traffic.calls * modelUsd(traffic.inputTokens, traffic.outputTokens) +
      traffic.turns * modelUsd(traffic.inputTokens, traffic.turnTokens),
    logYear: logYear(inventory),
    diagnoses: diagnosisCosts(inventory, PRICED_AT_MS),
    quotas: quotaHits(inventory, traffic),
    turnQuotas: turnQuotas(inventory, traffic),
    peakCallsPerSecond: (traffic.calls / MONTH_SECONDS) * traffic.peak,
    peakTurnsPerSecond: (traffic.turns / MONTH_SECONDS) * traffic.peak,
  };
};

const logsOf = (inventory: Inventory, traffic: Traffic): CostReport['logs'] => {
  const callBytes = callLogBytes(inventory);
  const turnBytes = turnLogBytes(inventory, traffic.turnReaders + traffic.queuedShare);
  const gb = (traffic.calls * callBytes + traffic.turns * turnBytes) / 1e9;
  return { callBytes, turnBytes, gb };
};

const modelUsd = (inputTokens: number, outputTokens: number): number => {
  const price = priceOf(MODEL.provider, MODEL.name, PRICED_AT_MS);
  if (price === null) throw new Error(`${MODEL.name} has no price`);
  const tokens = { ...NO_TOKENS, input: inputTokens, output: outputTokens };
  return costNanoUsd(price.rates, tokens) / 1e9;
};

export const modelName = MODEL.name;

const sum = (lines: readonly { readonly usd: number }[]): number =>
  lines.reduce((total, { usd }) => total + usd, 0);
