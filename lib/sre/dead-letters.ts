import { Duration } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { AlarmDefinition } from '../shared/alarms.ts';
import { QUARTER_MINUTES } from '../shared/monitored.ts';

const DEAD_DAYS = 14;

export interface QueueLimits {
  readonly receivesMax: number;
  readonly visibleAgain: Duration;
  readonly kept: Duration;
}

/** A queue, and where its messages end that nobody could handle: `<id>Dead`. */
export const queueWithDead = (
  scope: Construct,
  id: string,
  { receivesMax, visibleAgain, kept }: QueueLimits,
): readonly [sqs.Queue, sqs.Queue] => {
  const dead = new sqs.Queue(scope, `${id}Dead`, {
    enforceSSL: true,
    retentionPeriod: Duration.days(DEAD_DAYS),
  });
  const queue = new sqs.Queue(scope, id, {
    enforceSSL: true,
    visibilityTimeout: visibleAgain,
    retentionPeriod: kept,
    deadLetterQueue: { queue: dead, maxReceiveCount: receivesMax },
  });
  return [queue, dead];
};

/** One dead letter is one too many: `measure` names what is counted, `why` what its death means. */
export const deadLetterAlarm = (
  dead: sqs.Queue,
  words: Pick<AlarmDefinition, 'id' | 'measure' | 'why'>,
): AlarmDefinition => ({
  ...words,
  question: 'What broke?',
  metric: dead.metricApproximateNumberOfMessagesVisible({
    period: Duration.minutes(QUARTER_MINUTES),
    statistic: 'Maximum',
  }),
  rule: 'at least',
  threshold: 1,
  spanMinutes: QUARTER_MINUTES,
  bad: 1,
  of: 1,
});
