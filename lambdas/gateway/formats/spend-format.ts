import * as z from 'zod';
import { queryNumber } from '../../http/query-number.ts';
import { USAGE_FIGURES } from '../../ledger/domain/usage.ts';
import { nanoUsdFromUsd } from '../../shared/money.ts';

const RULES_MAX = 50;
const PERCENT_MAX = 10_000;
const PARTS_A_PERCENT = 100;
const MARGIN_MAX = 0.95;

const time = queryNumber(0, 8_640_000_000_000_000);
const span = { from_ms: time.optional(), to_ms: time.optional() };
const month = z.string().regex(/^20\d\d-(0[1-9]|1[0-2])$/, 'a month, as 2026-11');
const wordName = z.string().regex(/^[\w.-]{1,64}$/);

/** GET /v1/cohorts */
export const cohortsQuery = z.strictObject({ by: wordName, ...span });

/** GET /v1/leads */
export const leadsQuery = z.strictObject({ month: month.optional() });

/** GET /v1/prices/advice */
export const adviceQuery = z.strictObject({
  margin: z
    .string()
    .regex(/^0(\.\d{1,4})?$/, 'a share below 1, as 0.7')
    .transform(Number)
    .pipe(z.number().min(0).max(MARGIN_MAX))
    .meta({ override: { type: 'number', minimum: 0, maximum: MARGIN_MAX } })
    .optional(),
  ...span,
});

const usd = z.union([z.number(), z.string()]).transform((value, context) => {
  const nano = nanoUsdFromUsd(value);
  if (nano !== null) return BigInt(nano);
  context.addIssue({
    code: 'custom',
    message: 'dollars from 0 to 9000000 with at most 9 decimals',
  });
  return z.NEVER;
});
const percent = z
  .number()
  .min(0)
  .max(PERCENT_MAX)
  .transform((value) => BigInt(Math.round(value * PARTS_A_PERCENT)));
const figure = z.enum(USAGE_FIGURES.map(({ view }) => view));
const cohort = z.partialRecord(wordName, z.string().max(512)).default({});

const rule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('cost_plus'), cohort, markup_percent: percent }),
  z.strictObject({
    kind: z.literal('per_token'),
    cohort,
    usd_per_million: z.partialRecord(figure, usd),
  }),
  z.strictObject({
    kind: z.literal('flat'),
    cohort,
    usd,
    included_usd: usd,
    markup_percent: percent.optional(),
  }),
]);

export type AskedRule = z.infer<typeof rule>;

/** POST /v1/invoices */
export const invoicesBody = z.strictObject({
  month,
  rules: z.array(rule).min(1).max(RULES_MAX),
});

/** The whole month, UTC: `toMs` is the first instant after it. */
export const monthSpan = (name: string): { readonly fromMs: number; readonly toMs: number } => {
  const from = new Date(`${name}-01T00:00:00Z`);
  return {
    fromMs: from.getTime(),
    toMs: Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1, 1),
  };
};
