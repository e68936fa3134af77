import {
  streamEvent,
  streamRecord,
  wireRecord,
  type StreamRecord,
} from '../../local/dynamo/stream-records.ts';
import { objectText } from '../../local/json-text.ts';

/** A record as the engine of a laptop writes it, on its way to a function. */
export const streamRecordOf = (wire: object, table: string): StreamRecord => {
  const record = wireRecord(objectText(JSON.stringify(wire)));
  return streamRecord(record, streamEvent(record, table));
};
