import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';
import type { ArrivedBlock } from '../domain/evaluation.ts';

const image = z.object({
  tenant: z.object({ S: z.string() }),
  sk: z.object({ S: z.string() }),
  stamp_sk: z.object({ S: z.string() }),
  summary: z.object({ S: z.string() }),
});

/** A record of the Logs stream as what arrived. Throws on another item. */
export const arrivedBlock = ({ dynamodb }: DynamoDBRecord): ArrivedBlock => {
  const { tenant, sk, stamp_sk: stamp, summary } = image.parse(dynamodb?.NewImage);
  return {
    tenant: tenant.S,
    block: sk.S,
    stampMs: Number(stamp.S.split('#')[0]),
    summary: summary.S,
  };
};
