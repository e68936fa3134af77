import type * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { answers, chapter, json } from '../../http/openapi-parts.ts';
import {
  diagnosisSettingsSchema,
  patchDiagnosisBody,
  type diagnosisSchema,
} from '../formats/diagnosis-schemas.ts';

const incidents = chapter('Incidents');

const LINE = '9f2c61d0b7a14e58#12';

export const DIAGNOSIS: z.input<typeof diagnosisSchema> = {
  status: 'given',
  why: null,
  at: 1_796_000_009_000,
  model: 'claude-sonnet-5-5',
  confidence: 'medium',
  summary: [{ text: 'checkout runs out of memory and is killed.', cites: [LINE] }],
  root_cause: [{ text: 'Version 2.14.0 holds every order in memory.', cites: ['deploy-1', LINE] }],
  blast_radius: [{ text: 'Nobody can pay while checkout restarts.', cites: ['cause'] }],
  fix_steps: [{ text: 'Roll checkout back to 2.13.2.', cites: ['deploy-1'] }],
  dropped_claims: 0,
};

const SETTINGS: z.input<typeof diagnosisSettingsSchema> = {
  object: 'diagnosis_settings',
  model: 'claude-sonnet-5-5',
  min_severity: 'high',
  max_spend_usd_per_day: 1,
  key_id: 'key_4m2t6q8r0v5w7y3b',
};

export const DIAGNOSIS_PATHS: ZodOpenApiPathsObject = {
  '/v1/diagnosis': {
    get: {
      ...incidents('getDiagnosisSettings', 'See which model is asked about incidents'),
      ...answers('200', 'What is set', json(diagnosisSettingsSchema, SETTINGS)),
    },
    patch: {
      ...incidents('setDiagnosisSettings', 'Set which model is asked about incidents'),
      requestBody: json(patchDiagnosisBody, { model: 'claude-sonnet-5-5', min_severity: 'high' }),
      ...answers(
        '200',
        'What is set, from the next incident on',
        json(diagnosisSettingsSchema, SETTINGS),
      ),
    },
  },
};
