import * as z from 'zod';
import type { ItemKey, Tables } from '../../platform/tables/tables.ts';
import { NO_DIAGNOSES } from '../diagnose/plan-diagnosis.ts';
import type { DiagnosisSettingsBook } from '../ports/diagnoses.ts';

const settingsItem = z.object({
  model: z.string().nullable(),
  band_min: z.enum(['low', 'medium', 'high', 'critical']),
  cap_nano_usd: z.number().nullable(),
  key_number: z.number(),
});

/** `DGN#<tenant> / SETTINGS` */
export const tableDiagnosisSettings = ({
  tables,
}: {
  readonly tables: Tables;
}): DiagnosisSettingsBook => ({
  get: async (tenant) => {
    const item = await tables.get('sre', keyOf(tenant));
    if (item === null) return NO_DIAGNOSES;
    const { model, band_min, cap_nano_usd, key_number } = settingsItem.parse(item);
    return { model, bandMin: band_min, capNanoUsd: cap_nano_usd, keyNumber: key_number };
  },
  put: async (tenant, { model, bandMin, capNanoUsd, keyNumber }) => {
    const key = keyOf(tenant);
    const item = {
      ...key,
      schema: 1,
      model,
      band_min: bandMin,
      cap_nano_usd: capNanoUsd,
      key_number: keyNumber,
    };
    await tables.write({ kind: 'put', table: 'sre', key, item });
  },
});

const keyOf = (tenant: string): ItemKey => ({
  pk: `DGN#${encodeURIComponent(tenant)}`,
  sk: 'SETTINGS',
});
