import { queueEntry } from '../platform/queue-entry.ts';
import { readDiagnosis } from './formats/diagnosis-message.ts';
import { readBlock } from './in/blocks/read-block.ts';
import { rememberedMaskers } from './in/mask/masker.ts';
import { diagnoseIncident } from './usecases/diagnose-incident.ts';
import { wireDiagnose } from './wire/diagnose.ts';

const maskerOf = rememberedMaskers();
const deps = wireDiagnose({ open: readBlock, maskWith: (own) => maskerOf(own).text });

/** An incident a message. */
export const handler = queueEntry(
  async ({ body }) => await diagnoseIncident(deps, readDiagnosis(body)),
);
