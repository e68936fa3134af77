import type { Anomaly, AnomalyKind } from '../domain/anomaly.ts';
import { SIGNAL_GROUPS, type SignalGroup } from '../domain/signal.ts';

/** What to look at first, by what the lines say; the first that applies. */
const BY_SIGNAL: Readonly<Record<SignalGroup, string>> = {
  oom: 'Compare its memory with its limit over the last hour. If it grows without end, roll back the last deployment; if the load grew, raise the limit or add instances.',
  crash:
    'Read the stack below and check whether the crashes began with a deployment; if they did, roll it back. Check whether it restarts, and how often.',
  resource:
    'Find out which resource ran out: disk, file descriptors, threads or connections. Free it or raise its limit, then find who holds it.',
  dependency:
    'Look at the health of the service or API that the lines name, and whether others see the same. If it is down, switch to what stands in for it, or shed the load that needs it.',
  database:
    'Look at the database: connections in use, locks, slow queries, replication. Look for a migration or a deployment just before.',
  timeout:
    'Look at the latency of what it calls, and at queues in between. A longer timeout hides it; less load, or a faster callee, cures it.',
  connection:
    'Check whether the address that it connects to resolves and listens, and whether rules of the network or certificates changed.',
  auth: 'Check whether credentials expired or were rotated, and whether one client alone is refused.',
};

const BY_KIND: Partial<Readonly<Record<AnomalyKind, string>>> = {
  went_silent:
    'Check whether the service runs, and whether its exporter or collector does. What is dead and what is cut off look the same from here.',
  telemetry_lost:
    'Look at the collector and its key first: nothing comes from any service. Until it does, nobody watches them.',
  burn: 'Look at what changed when the rate of failures rose: deployments, settings, load. The budget of errors is being used up.',
  drift:
    'Compare the hours before and after it began: deployments, settings, who sends what, how much data there is by now. If it is meant, resolve it: after a week it is what is usual.',
  spend:
    'Check what the key was used for in the last hour, and lower its cap or pause it if nobody expected that.',
  latency: 'Look at the latency of the provider and of the model that the key uses.',
  errors: 'Look at the errors of the provider for this key, and whether its requests changed.',
  retries: 'Look at the client of this key: it repeats one request again and again.',
  failures: 'Read the lines below, and check what was deployed or set just before they began.',
};

/** The same for the same anomalies: what their groups and kinds say, and no line. null: nothing fits. */
export const suggestedFix = (worstFirst: readonly Anomaly[]): string | null => {
  for (const { kind, score } of worstFirst) {
    const told = score.parts.find(({ category }) => category === 'pattern')?.because ?? [];
    const group = SIGNAL_GROUPS.find((one) => one === kind || told.includes(one));
    const fix = group === undefined ? BY_KIND[kind] : BY_SIGNAL[group];
    if (fix !== undefined) return fix;
  }
  return null;
};
