import { beforeEach, describe, expect, test } from 'vitest';
import type { DynamoDBRecord } from 'aws-lambda';
import { storedBlock } from '../../../../lambdas/sre/formats/stored-block.ts';
import type { IndexedBlock } from '../../../../lambdas/sre/ports/search.ts';
import { indexBlocks } from '../../../../lambdas/sre/usecases/index-blocks.ts';
import { recordOf } from '../../../support/sre/records.ts';
import { memoryBlocks } from '../../../support/sre/search-engines.ts';
import { logBatch } from '../../../support/sre/stored-batch.ts';

/** As the stream shows an item. */
const streamed = (hash: string, bytes: Uint8Array | null, size = 1): DynamoDBRecord => ({
  dynamodb: {
    NewImage: {
      tenant: { S: 't' },
      sk: { S: hash },
      stored_bytes: { N: String(size) },
      ...(bytes === null ? {} : { block: { B: Buffer.from(bytes).toString('base64') } }),
    },
  },
});

describe('blocks of the Logs stream', () => {
  const blocks = memoryBlocks();
  const inline = logBatch([recordOf({ text: 'inline' })]);
  const large = logBatch([recordOf({ text: 'object' })]);
  let added: IndexedBlock[];
  let reported: string[];
  let unindexed: number;
  beforeEach(async () => {
    added = [];
    reported = [];
    unindexed = 0;
    await blocks.put({ tenant: 't', batch: large, stampMs: Date.now() });
  });

  const run = async (refused: number, ...records: readonly DynamoDBRecord[]): Promise<void> =>
    await indexBlocks(
      {
        blocks,
        index: {
          add: async (all) => {
            for await (const block of all) added.push(block);
            return refused;
          },
        },
        metrics: { record: ({ unindexedRecords = 0 }) => void (unindexed += unindexedRecords) },
        report: (message) => void reported.push(message),
      },
      records.map(storedBlock),
    );

  test('are indexed from the item, or from their object when it holds none', async () => {
    await run(0, streamed(inline.hash, inline.block), streamed(large.hash, null));
    expect(added.map(({ content }) => content.logs[0]?.text)).toEqual(['inline', 'object']);
    expect(added.map(({ tenant, hash }) => [tenant, hash])).toEqual([
      ['t', inline.hash],
      ['t', large.hash],
    ]);
    expect(unindexed).toBe(0);
  });

  test('that are empty, gone or no blocks cost nobody else', async () => {
    await run(
      0,
      streamed('a', null, 0),
      streamed('b', null),
      streamed('c', Buffer.from('no block')),
      streamed(inline.hash, inline.block),
    );
    expect(added).toHaveLength(1);
    expect(reported).toEqual(['block not indexed']);
    expect(unindexed).toBe(1);
  });

  test('have their refused records counted', async () => {
    await run(2, streamed(inline.hash, inline.block));
    expect(unindexed).toBe(2);
  });

  test('of another item fail the batch', () => {
    expect(() => storedBlock({ dynamodb: { NewImage: { sk: { S: 'x' } } } })).toThrow('tenant');
  });
});
