import * as z from 'zod';
import { SWEEP_SHARDS } from '../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import type { Inventory } from './inventory.ts';
import { alarmMetrics, polledQueues, schedules, traceShare } from './parts.ts';
import { PRICES, SEARCH_HOURS, SEARCH_INSTANCES } from './prices.ts';

/** A scheduled function that has nothing to do. */
const SCHEDULED_MS = 150;
const SCHEDULED_LOG_BYTES = 1_000;
/** Lambda keeps five pollers on a queue, each waits 20 s. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const POLLS_A_MONTH = (5 * 730 * 3_600) / 20;
const MONTH_HOURS = 730;

export interface IdleLine {
  readonly service: string;
  readonly what: string;
  readonly count: number;
  readonly usd: number;
}

/** A month without a single call. */
export const idleCost = (inventory: Inventory): readonly IdleLine[] => {
  const line = (service: string, what: string, count: number, usdEach: number): IdleLine => ({
    service,
    what,
    count,
    usd: count * usdEach,
  });
  const rules = inventory
    .of('AWS::WAFv2::WebACL')
    .reduce(
      (sum, { properties }) => sum + z.array(z.unknown()).parse(properties['Rules']).length,
      0,
    );
  return [
    line(
      'Secrets Manager',
      'secrets',
      inventory.count('AWS::SecretsManager::Secret'),
      PRICES.secretMonth.usd,
    ),
    line(
      'CloudWatch',
      'dashboards',
      inventory.count('AWS::CloudWatch::Dashboard'),
      PRICES.dashboard.usd,
    ),
    line('CloudWatch', 'metrics of alarms', alarmMetrics(inventory), PRICES.alarmMetric.usd),
    line(
      'CloudWatch',
      'composite alarms',
      inventory.count('AWS::CloudWatch::CompositeAlarm'),
      PRICES.compositeAlarm.usd,
    ),
    line('WAF', 'web ACLs', inventory.count('AWS::WAFv2::WebACL'), PRICES.webAclMonth.usd),
    line('WAF', 'rules', rules, PRICES.webRuleMonth.usd),
    line('KMS', 'keys', inventory.count('AWS::KMS::Key'), PRICES.keyMonth.usd),
    line(
      'SQS',
      'queues that Lambda polls',
      polledQueues(inventory),
      POLLS_A_MONTH * PRICES.queueRequest.usd,
    ),
    ...scheduleLines(inventory),
    ...inventory.of('AWS::OpenSearchService::Domain').map(searchLine),
  ].filter(({ count }) => count > 0);
};

const scheduleLines = (inventory: Inventory): readonly IdleLine[] =>
  schedules(inventory).map((schedule) => {
    const memoryGb = schedule.function?.memoryGb ?? 0;
    const isSweep = /expireholds/i.test(schedule.function?.id ?? '');
    // Queries of the sweep's shards, eventually consistent: half a unit each.
    const reads = isSweep ? SWEEP_SHARDS / 2 : 0;
    const each =
      PRICES.lambdaRequest.usd +
      memoryGb * (SCHEDULED_MS / 1_000) * PRICES.lambdaArmGbSecond.usd +
      reads * PRICES.dynamoReadUnit.usd +
      (SCHEDULED_LOG_BYTES / 1e9) * PRICES.logsGb.usd +
      // At once a minute every invocation is within the sampler's reservoir.
      (traceShare(inventory) > 0 ? PRICES.traceRecorded.usd : 0) +
      (schedule.isScheduler ? PRICES.scheduledInvocation.usd : 0);
    return {
      service: 'Lambda',
      what: `schedule “${schedule.name}”: invocations, reads, logs, traces`,
      count: Math.round(schedule.perMonth),
      usd: schedule.perMonth * each,
    };
  });

const domainSchema = z.object({
  ClusterConfig: z.object({
    InstanceType: z.enum(SEARCH_INSTANCES, {
      error: `cost/prices.ts has prices of ${SEARCH_INSTANCES.join(', ')} alone`,
    }),
    InstanceCount: z.number(),
  }),
  EBSOptions: z.object({ VolumeSize: z.number() }),
});

const searchLine = ({ properties }: Inventory['resources'][number]): IdleLine => {
  const { ClusterConfig, EBSOptions } = domainSchema.parse(properties);
  const each =
    MONTH_HOURS * SEARCH_HOURS[ClusterConfig.InstanceType].usd +
    EBSOptions.VolumeSize * PRICES.searchGbMonth.usd;
  return {
    service: 'OpenSearch',
    what: 'instances with their disks',
    count: ClusterConfig.InstanceCount,
    usd: ClusterConfig.InstanceCount * each,
  };
};

export const hasSearch = (inventory: Inventory): boolean =>
  inventory.count('AWS::OpenSearchService::Domain') > 0;
