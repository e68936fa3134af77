import { streamBatchEntry } from '../platform/stream-batch-entry.ts';
import { storedBlock } from './formats/stored-block.ts';
import { indexBlocks } from './usecases/index-blocks.ts';
import { wireIndex } from './wire/index-logs.ts';

const deps = wireIndex();

/** Blocks of the Logs stream, where a stage searches by OpenSearch; the mapping lets no other item through. */
export const handler = streamBatchEntry(
  async (records) => await indexBlocks(deps, records.map(storedBlock)),
);
