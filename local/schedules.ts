import * as z from 'zod';
import type { FunctionHost } from './function-host.ts';
import type { Resource } from './template.ts';

/** Runs each schedule rule of the template until `signal` aborts. */
export const startSchedules = (
  resources: readonly Resource[],
  functions: ReadonlyMap<string, FunctionHost>,
  signal: AbortSignal,
): void => {
  for (const { id, type, properties } of resources) {
    if (type !== 'AWS::Events::Rule') continue;
    if (properties['ScheduleExpression'] !== 'rate(1 minute)')
      throw new Error(`${id}: the local runtime knows schedules of one minute only`);
    const targets = z.array(z.object({ Arn: z.string() })).parse(properties['Targets']);
    const timer = setInterval(() => {
      for (const { Arn } of targets)
        void functions
          .get(Arn.split(':').at(-1) ?? '')
          ?.invoke({
            source: 'aws.events',
            'detail-type': 'Scheduled Event',
            time: new Date().toISOString(),
            detail: {},
          })
          .catch((error: unknown) => console.error(id, error));
    }, 60_000);
    signal.addEventListener('abort', () => clearInterval(timer));
  }
};
