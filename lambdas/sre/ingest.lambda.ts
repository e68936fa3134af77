import { httpApiEntry } from '../platform/http-api-entry.ts';
import { rememberedMaskers } from './in/mask/masker.ts';
import { createSkewMemory } from './in/normalise/times.ts';
import { readBatch } from './in/read-batch.ts';
import { ingestDoor } from './routes/ingest-routes.ts';
import { signalsOf } from './score/signals/signals-of.ts';
import { wireIngest } from './wire/ingest.ts';

const maskerOf = rememberedMaskers();
const reader = { skews: createSkewMemory(), signalsOf };

/** OTLP over HTTP: logs, traces, metrics. */
export const handler = httpApiEntry(
  ingestDoor({
    ...wireIngest(),
    readBatch: (input, nowMs, own) => readBatch({ ...reader, masker: maskerOf(own) }, input, nowMs),
  }),
);
