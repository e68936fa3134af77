import type { Metrics } from '../../shared/deps.ts';
import type { StampedSummary } from '../domain/summary.ts';
import { evaluate, type EvaluateDeps } from './evaluate.ts';

export interface EvaluateTenantDeps extends EvaluateDeps {
  readonly metrics: Metrics;
}

export interface EvaluateTenantInput {
  readonly tenant: string;
  readonly hot: readonly StampedSummary[];
  /** Begins no further evaluation from then on. */
  readonly untilMs: number;
}

/** Evaluates a tenant until it has caught up, or until time is up: then the next tick continues. */
export const evaluateTenant = async (
  deps: EvaluateTenantDeps,
  { tenant, hot, untilMs }: EvaluateTenantInput,
): Promise<void> => {
  for (let isBehind = true; isBehind && deps.clock.nowMs() < untilMs;) {
    const evaluated = await evaluate(deps, { tenant, hot });
    ({ isBehind } = evaluated);
    const found = evaluated.changes.filter(({ kind }) => kind === 'found').length;
    deps.metrics.record({
      evaluations: 1,
      evaluateLagMs: evaluated.lagMs,
      ...(found === 0 ? {} : { anomalies: found }),
    });
  }
};
