import * as z from 'zod';
import type { Inventory, Resource } from './inventory.ts';

/** Months are 730 hours here, as on AWS's own pages. */
export const MONTH_SECONDS = 730 * 3_600;

export interface FunctionPart {
  readonly id: string;
  readonly memoryGb: number;
}

const functionSchema = z.object({ MemorySize: z.number().default(128) });

/** Functions by what their logical id contains: `chatcompletions`, `rollupusage`. */
export const functionNamed = (inventory: Inventory, part: string): FunctionPart => {
  const found = inventory
    .of('AWS::Lambda::Function')
    .find(({ id }) => id.toLowerCase().includes(part));
  if (found === undefined) throw new Error(`the template has no function ${part}`);
  return functionPart(found);
};

const functionPart = ({ id, properties }: Resource): FunctionPart => ({
  id,
  memoryGb: functionSchema.parse(properties).MemorySize / 1_024,
});

const keys = z.array(z.object({ AttributeName: z.string() }));
const tableSchema = z.object({
  GlobalSecondaryIndexes: z
    .array(
      z.object({
        IndexName: z.string(),
        KeySchema: keys,
        Projection: z.object({ ProjectionType: z.string() }),
      }),
    )
    .default([]),
  Replicas: z
    .array(
      z.object({
        PointInTimeRecoverySpecification: z
          .object({ PointInTimeRecoveryEnabled: z.boolean() })
          .optional(),
      }),
    )
    .default([]),
});

export interface TablePart {
  readonly id: string;
  readonly hasBackup: boolean;
  readonly indexes: readonly {
    readonly name: string;
    readonly keys: readonly string[];
    readonly isWhole: boolean;
  }[];
}

const tables = (inventory: Inventory): readonly TablePart[] =>
  inventory.of('AWS::DynamoDB::GlobalTable').map(({ id, properties }) => {
    const table = tableSchema.parse(properties);
    return {
      id,
      hasBackup: table.Replicas.some(
        (replica) => replica.PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled === true,
      ),
      indexes: table.GlobalSecondaryIndexes.map((index) => ({
        name: index.IndexName,
        keys: index.KeySchema.map(({ AttributeName }) => AttributeName),
        isWhole: index.Projection.ProjectionType === 'ALL',
      })),
    };
  });

export const tableNamed = (inventory: Inventory, id: string): TablePart => {
  const found = tables(inventory).find((table) => table.id === id);
  if (found === undefined) throw new Error(`the template has no table ${id}`);
  return found;
};

const textOr = (otherwise: string, value: unknown): string =>
  typeof value === 'string' ? value : otherwise;

const rate = /^rate\((\d+) (minute|hour|day)s?\)$/;
const SECONDS = { minute: 60, hour: 3_600, day: 86_400 } as const;

/** Scheduled invocations a month by the function they go to; Scheduler bills them, EventBridge rules do not. */
export const schedules = (inventory: Inventory) =>
  ['AWS::Events::Rule', 'AWS::Scheduler::Schedule'].flatMap((type) =>
    inventory.of(type).flatMap(({ id, properties }) => {
      const expression = properties['ScheduleExpression'];
      if (typeof expression !== 'string') return [];
      const [, count, unit] = rate.exec(expression) ?? [];
      const perMonth =
        unit === 'minute' || unit === 'hour' || unit === 'day'
          ? MONTH_SECONDS / (Number(count) * SECONDS[unit])
          : // A cron expression of ours is at most daily.
            MONTH_SECONDS / SECONDS.day;
      const text = JSON.stringify(properties['Targets'] ?? properties['Target'] ?? '');
      const target = inventory
        .of('AWS::Lambda::Function')
        .find((fn) => text.includes(`"${fn.id}"`));
      return [
        {
          id,
          perMonth,
          isScheduler: type === 'AWS::Scheduler::Schedule',
          /** What its function does, in the words of the template. */
          name: textOr(id, target?.properties['Description']),
          function: target === undefined ? null : functionPart(target),
        },
      ];
    }),
  );

/** Mappings that poll a queue; those of a stream are polled free of charge. */
export const polledQueues = (inventory: Inventory): number =>
  inventory
    .of('AWS::Lambda::EventSourceMapping')
    .filter(({ properties }) => !/stream/i.test(JSON.stringify(properties['EventSourceArn'])))
    .length;

const metricSchema = z.looseObject({
  Metrics: z.array(z.looseObject({ MetricStat: z.unknown().optional() })).optional(),
});

/** Metrics that alarms watch, each billed. */
export const alarmMetrics = (inventory: Inventory): number =>
  inventory.of('AWS::CloudWatch::Alarm').reduce((sum, { properties }) => {
    const { Metrics } = metricSchema.parse(properties);
    const watched = Metrics?.filter(({ MetricStat }) => MetricStat !== undefined).length ?? 1;
    return sum + watched;
  }, 0);

const stageSchema = z.object({
  MethodSettings: z.array(z.object({ ThrottlingRateLimit: z.number().optional() })).default([]),
  AccessLogSetting: z.object({ Format: z.unknown() }).optional(),
});

/** Requests a second that the REST stage lets through; null: the account's own limit. */
export const restThrottle = (inventory: Inventory): number | null => {
  const settings = inventory
    .of('AWS::ApiGateway::Stage')
    .flatMap(({ properties }) => stageSchema.parse(properties).MethodSettings);
  return settings[0]?.ThrottlingRateLimit ?? null;
};

export const hasAccessLog = (inventory: Inventory): boolean =>
  inventory
    .of('AWS::ApiGateway::Stage')
    .some(({ properties }) => stageSchema.parse(properties).AccessLogSetting !== undefined);

const samplingSchema = z.object({
  SamplingRule: z.object({ FixedRate: z.number(), ReservoirSize: z.number() }),
});

/** Share of requests that are traced beyond the reservoir; X-Ray's own rule says 5 %. */
export const traceShare = (inventory: Inventory): number => {
  const isTraced = JSON.stringify(
    inventory.of('AWS::Lambda::Function').map(({ properties }) => properties['TracingConfig']),
  ).includes('"Active"');
  if (!isTraced) return 0;
  const rules = inventory
    .of('AWS::XRay::SamplingRule')
    .map(({ properties }) => samplingSchema.parse(properties).SamplingRule);
  return rules[0]?.FixedRate ?? 0.05;
};

export const hasSocketApi = (inventory: Inventory): boolean =>
  inventory
    .of('AWS::ApiGatewayV2::Api')
    .some(({ properties }) => properties['ProtocolType'] === 'WEBSOCKET');
