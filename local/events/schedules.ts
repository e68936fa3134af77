import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { FunctionHost } from '../lambda/function-host.ts';
import { ruleArn, type Resource } from '../template.ts';

export interface ScheduleStatus {
  readonly id: string;
  readonly expression: string;
  readonly functionIds: readonly string[];
  runs: number;
  failures: number;
  lastRunAtMs: number | null;
}

export interface ScheduleDeps {
  readonly functions: ReadonlyMap<string, FunctionHost>;
  readonly onError: (ruleId: string, error: unknown) => void;
  readonly signal: AbortSignal;
}

/** Runs each schedule rule of the template until `signal` aborts. */
export const startSchedules = (
  deps: ScheduleDeps,
  resources: readonly Resource[],
): readonly ScheduleStatus[] =>
  resources.flatMap(({ id, type, properties }) => {
    const expression = properties['ScheduleExpression'];
    if (type !== 'AWS::Events::Rule' || typeof expression !== 'string') return [];
    const targets = z.array(z.object({ Arn: z.string() })).parse(properties['Targets']);
    const functionIds = targets.map(({ Arn }) => Arn.split(':').at(-1) ?? '');
    const status = { id, expression, functionIds, runs: 0, failures: 0, lastRunAtMs: null };
    const timer = setInterval(() => run(deps, status), everyMs(id, expression));
    deps.signal.addEventListener('abort', () => clearInterval(timer));
    return [status];
  });

const run = (deps: ScheduleDeps, status: ScheduleStatus): void => {
  status.runs += 1;
  status.lastRunAtMs = Date.now();
  for (const functionId of status.functionIds)
    deps.functions
      .get(functionId)
      ?.invoke(scheduledEvent(status.id))
      .catch((error: unknown) => {
        status.failures += 1;
        deps.onError(status.id, error);
      });
};

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html */
const scheduledEvent = (ruleId: string): object => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: '000000000000',
  time: `${new Date().toISOString().slice(0, 19)}Z`,
  region: 'us-east-1',
  resources: [ruleArn(ruleId)],
  detail: {},
});

const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

const everyMs = (id: string, expression: string): number => {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (unit === 'minute' || unit === 'hour' || unit === 'day') return Number(count) * UNIT_MS[unit];
  throw new Error(`${id}: the local runtime does not know the schedule ${expression}`);
};
