import * as z from 'zod';
import { read } from '../http/api-v2.ts';
import type { Resource } from '../template.ts';
import type { QueueConfig } from './queue-store.ts';

const redrivePolicy = z.strictObject({
  deadLetterTargetArn: z.string(),
  maxReceiveCount: z.coerce.number().int().min(1).max(1_000),
});

/** Standard queues alone: what else a template may say stops the start. */
const queueSchema = z.strictObject({
  QueueName: z.string().optional(),
  VisibilityTimeout: z.number().int().min(0).max(43_200).default(30),
  DelaySeconds: z.number().int().min(0).max(900).default(0),
  MessageRetentionPeriod: z.number().int().min(60).max(1_209_600).default(345_600),
  RedrivePolicy: redrivePolicy.optional(),
  SqsManagedSseEnabled: z.boolean().optional(),
  Tags: z.unknown().optional(),
});

/** Every queue of the template. */
export const queuesOf = (resources: readonly Resource[]): readonly QueueConfig[] =>
  resources
    .filter(({ type }) => type === 'AWS::SQS::Queue')
    .map(({ id, properties }) => {
      const queue = read(id, queueSchema, properties);
      const redrive = queue.RedrivePolicy;
      return {
        id,
        visibilityMs: queue.VisibilityTimeout * 1_000,
        delayMs: queue.DelaySeconds * 1_000,
        retentionMs: queue.MessageRetentionPeriod * 1_000,
        redrive:
          redrive === undefined
            ? null
            : {
                queueId: redrive.deadLetterTargetArn.split(':').at(-1) ?? '',
                receivesMax: redrive.maxReceiveCount,
              },
      };
    });
