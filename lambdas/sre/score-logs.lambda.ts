import { streamBatchEntry } from '../platform/stream-batch-entry.ts';
import { arrivedBlock } from './formats/arrived-block.ts';
import { scoreBlocks } from './usecases/score-blocks.ts';
import { wireAsking } from './wire/asking.ts';

const deps = wireAsking();

/** Hot blocks of the Logs stream; the mapping lets no other through. */
export const handler = streamBatchEntry(
  async (records) => await scoreBlocks(deps, records.map(arrivedBlock)),
);
