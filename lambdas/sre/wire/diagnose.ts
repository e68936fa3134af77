import { randomBytes } from 'node:crypto';
import { wireInference } from '../../inference/wire.ts';
import { wireKeyRegister } from '../../ledger/wire.ts';
import { readEnv } from '../../platform/env.ts';
import { queueSender } from '../../platform/queues.ts';
import { timers } from '../../platform/timers.ts';
import { newAttemptId } from '../../shared/ids.ts';
import { meteredQuestionModel } from '../adapters/metered-question-model.ts';
import { queueDiagnoses } from '../adapters/queue-diagnoses.ts';
import { compileMask } from '../adapters/re2-masks.ts';
import { rememberedMasks } from '../adapters/remembered-masks.ts';
import { s3BlockObjects } from '../adapters/s3-block-objects.ts';
import { scanLogSearch } from '../adapters/scan-log-search.ts';
import { tableBlockStore } from '../adapters/table-block-store.ts';
import { tableDeployBook } from '../adapters/table-deploy-book.ts';
import { tableDiagnosisClaims } from '../adapters/table-diagnosis-claims.ts';
import { tableDiagnosisSettings } from '../adapters/table-diagnosis-settings.ts';
import { tableIncidentStore } from '../adapters/table-incident-store.ts';
import { tableRunbookBook } from '../adapters/table-runbook-book.ts';
import { findRunbooks } from '../usecases/find-runbooks.ts';
import { tableMaskBook } from '../adapters/table-mask-book.ts';
import type { BlockContent } from '../domain/block.ts';
import type { OwnMask } from '../domain/mask-pattern.ts';
import { diagnoseEnv } from '../env.ts';
import { diagnosisText } from '../formats/diagnosis-message.ts';
import type { DiagnoseDeps } from '../usecases/diagnose-incident.ts';
import { sreTables } from './tables.ts';

const BOUNDARY_BYTES = 16;

/** What asks models about incidents. */
export const wireDiagnose = ({
  open,
  maskWith,
}: {
  readonly open: (block: Uint8Array) => BlockContent;
  readonly maskWith: (own: OwnMask | null) => (text: string) => string;
}): DiagnoseDeps => {
  const env = readEnv(diagnoseEnv);
  const tables = sreTables(env);
  const inference = wireInference();
  const objects = s3BlockObjects({ bucket: env.BLOCKS_BUCKET });
  const blocks = tableBlockStore({ tables, objects, keptDays: 0 });
  const search = scanLogSearch({ blocks, open });
  const masks = rememberedMasks({ book: tableMaskBook({ tables }), compile: compileMask });
  const incidents = tableIncidentStore({ tables });
  const runbooks = tableRunbookBook({ tables });
  return {
    incidents,
    settings: tableDiagnosisSettings({ tables }),
    claims: tableDiagnosisClaims({ tables }),
    deploys: tableDeployBook({ tables }),
    runbooks: {
      find: async (incident, known) => {
        const [best] = await findRunbooks({ runbooks, incidents }, incident, { known, max: 1 });
        return best === undefined ? null : { id: best.id, title: best.name, text: best.text };
      },
    },
    linesOf: async (tenant, ids) => await search.records(tenant, ids),
    maskOf: async (tenant, nowMs) => maskWith(await masks.of(tenant, nowMs)),
    keys: wireKeyRegister(),
    model: meteredQuestionModel(inference),
    queue: queueDiagnoses({ send: queueSender(env.DIAGNOSES_QUEUE_URL), textOf: diagnosisText }),
    timers,
    metrics: inference.metrics,
    report: inference.report,
    newAttemptId,
    newBoundary: () => randomBytes(BOUNDARY_BYTES).toString('hex'),
  };
};
