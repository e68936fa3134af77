import { streamBatchEntry } from '../platform/stream-batch-entry.ts';
import { sreChange } from './formats/sre-change.ts';
import { announce } from './usecases/announce.ts';
import { wireAnnounce } from './wire/announce.ts';

const deps = wireAnnounce();

/** Anomalies and incidents of the Sre stream; the mapping lets no other item through. */
export const handler = streamBatchEntry(
  async (records) =>
    await announce(
      deps,
      records.map(sreChange).filter((change) => change !== null),
    ),
);
