import * as z from 'zod';
import type { Row } from './local-view.ts';

/** What the API of the stack answers an admin. Throws when it answers an error. */
export type AskApi = (path: string) => Promise<unknown>;

export interface SpendView {
  readonly spend: readonly Row[];
  readonly keys: readonly Row[];
  readonly calls: readonly Row[];
  readonly anomalies: readonly Row[];
  readonly prices: readonly Row[];
}

const ROWS_MAX = 20;

const usageSchema = z.object({
  groups: z.array(
    z.object({
      user_id: z.string(),
      cost_micros: z.number(),
      request_count: z.number(),
      errors: z.number(),
      input_tokens: z.number(),
      output_tokens: z.number(),
    }),
  ),
});
const keysSchema = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      user_id: z.string().nullable(),
      status: z.string(),
      cap_micros: z.number().nullable(),
      spent_micros: z.number(),
      available_micros: z.number().nullable(),
    }),
  ),
});
const callsSchema = z.object({
  data: z.array(
    z.object({
      settled_at: z.number(),
      key_id: z.string(),
      model: z.string(),
      usage: z.object({ input_tokens: z.number(), output_tokens: z.number() }),
      cost_micros: z.number(),
      status: z.string(),
      total_ms: z.number(),
      request_id: z.string(),
    }),
  ),
});

const anomaliesSchema = z.object({
  data: z.array(
    z.object({
      kind: z.string(),
      severity: z.string(),
      source: z.object({ service: z.string() }),
      opened_at: z.number(),
      ended_at: z.number().nullable(),
      why: z.string(),
      score: z.object({ score: z.number() }),
    }),
  ),
});

const catalogSchema = z.object({
  prices: z.object({
    source: z.string(),
    as_of: z.string(),
    age_days: z.number(),
    is_old: z.boolean(),
  }),
});

/** Asks the front door with the admin key as it is by then: it may have been rotated. */
export const askAs =
  (baseUrl: string, adminKey: () => string): AskApi =>
  async (path) => {
    const headers = { authorization: `Bearer ${adminKey()}` };
    const answer = await fetch(`${baseUrl}${path}`, { headers });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return await answer.json();
  };

/** Who spent what and what is wrong, as the API shows it: the functions of the stack answer, so their own invocations count too. */
export const spendView = async (ask: AskApi): Promise<SpendView> => {
  const [usage, keys, calls, anomalies, catalog] = await Promise.all([
    ask('/v1/usage?group_by=user'),
    ask(`/v1/keys?limit=${ROWS_MAX}`),
    ask(`/v1/calls?limit=${ROWS_MAX}`),
    ask(`/v1/anomalies?limit=${ROWS_MAX}`),
    ask('/v1/catalog'),
  ]);
  const { data } = keysSchema.parse(keys);
  const names = new Map(data.map(({ id, name }) => [id, name]));
  return {
    spend: usageSchema
      .parse(usage)
      .groups.toSorted(
        (left, right) =>
          right.cost_micros - left.cost_micros || left.user_id.localeCompare(right.user_id),
      )
      .slice(0, ROWS_MAX)
      .map((row) => ({
        user: row.user_id === '' ? '(keys without a user)' : row.user_id,
        calls: row.request_count,
        errors: row.errors,
        input_tokens: row.input_tokens,
        output_tokens: row.output_tokens,
        cost: usd(row.cost_micros),
      })),
    // Those that a check made and revoked are in no one's way.
    keys: data
      .filter(({ status }) => status !== 'revoked')
      .map((key) => ({
        name: key.name,
        user: key.user_id,
        status: key.status,
        cap: key.cap_micros === null ? 'none' : usd(key.cap_micros),
        spent: usd(key.spent_micros),
        left: key.available_micros === null ? null : usd(key.available_micros),
        used: usedPart(key),
      })),
    calls: callsSchema.parse(calls).data.map((call) => ({
      at: timeOf(call.settled_at),
      key: names.get(call.key_id) ?? call.key_id,
      model: call.model,
      input_tokens: call.usage.input_tokens,
      output_tokens: call.usage.output_tokens,
      cost: usd(call.cost_micros),
      status: call.status,
      ms: call.total_ms,
      request: call.request_id,
    })),
    prices: [catalogSchema.parse(catalog).prices].map(({ source, as_of, age_days, is_old }) => ({
      source,
      as_of,
      age_days,
      state: is_old ? 'old: take a newer release' : 'fresh enough',
    })),
    anomalies: anomaliesSchema.parse(anomalies).data.map((one) => ({
      since: timeOf(one.opened_at),
      band: one.severity,
      service: one.source.service === '' ? '(no name)' : one.source.service,
      kind: one.kind,
      score: one.score.score,
      until: one.ended_at === null ? 'no end is seen' : timeOf(one.ended_at),
      why: one.why,
    })),
  };
};

const usedPart = (key: {
  readonly cap_micros: number | null;
  readonly spent_micros: number;
}): string | null =>
  key.cap_micros === null || key.cap_micros === 0
    ? null
    : `${Math.min(100, Math.round((key.spent_micros / key.cap_micros) * 100))} %`;

const timeOf = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
const usd = (micros: number): string => `$${(micros / 1e6).toFixed(6)}`;
