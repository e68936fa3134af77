import * as z from 'zod';
import { CONFIDENCES } from '../diagnose/diagnosis.ts';
import { BANDS } from './sre-schemas.ts';

const MODEL_CHARS_MAX = 200;
const USD_MAX = 1_000_000;

const model = z
  .string()
  .min(1)
  .max(MODEL_CHARS_MAX)
  .nullable()
  .describe('as in a call of this gateway; null: no model is asked');
const minSeverity = z.enum(BANDS).describe('incidents below it are not diagnosed');
const cap = z
  .number()
  .positive()
  .max(USD_MAX)
  .nullable()
  .describe('of a day (UTC); null: no cap, for a model without a price');

export const diagnosisSettingsSchema = z
  .strictObject({
    object: z.literal('diagnosis_settings'),
    model,
    min_severity: minSeverity,
    max_spend_usd_per_day: cap,
    key_id: z
      .string()
      .nullable()
      .describe('the key that pays; null: it is made with the first diagnosis'),
  })
  .meta({ id: 'DiagnosisSettings' });

/** PATCH /v1/diagnosis */
export const patchDiagnosisBody = z
  .strictObject({
    model: model.optional(),
    min_severity: minSeverity.optional(),
    max_spend_usd_per_day: cap.optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'name something to change');

const claims = z.array(
  z.strictObject({
    text: z.string(),
    cites: z.array(z.string()).describe('ids of records that the model was given'),
  }),
);

/** Of one incident. */
export const diagnosisSchema = z
  .strictObject({
    status: z
      .enum(['given', 'none', 'waiting', 'not_asked'])
      .describe('`none`: a model was asked, and `why` says why there is no diagnosis'),
    why: z.string().nullable().describe('why there is none, or not yet'),
    at: z.int().nullable().describe('epoch ms, UTC'),
    model: z.string().nullable(),
    confidence: z
      .enum(CONFIDENCES)
      .nullable()
      .describe('never above what `cause_confidence` allows'),
    summary: claims,
    root_cause: claims,
    blast_radius: claims,
    fix_steps: claims,
    dropped_claims: z.int().describe('claims of the model that named no record it was given'),
  })
  .meta({ id: 'Diagnosis' });
