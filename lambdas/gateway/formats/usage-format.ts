import * as z from 'zod';
import { itemKeyText } from '../../http/item-key-text.ts';
import { queryNumber } from '../../http/query-number.ts';
import { ENDINGS } from '../../ledger/domain/settlement.ts';
import { figuresOf, figuresView, type Settlement } from '../../ledger/domain/usage.ts';
import type { RunningCall, UsageTotals } from '../../ledger/ports.ts';
import { cursorInvalid, decodeCursor, encodeCursor } from '../../shared/cursor.ts';
import { requestIdOf } from '../../shared/ids.ts';
import { microsFromNanoUsd } from '../../shared/money.ts';

const time = queryNumber(0, 8_640_000_000_000_000);
const SPAN_DAYS_MAX = 400;

const GROUPS_WITH_SERIES = /^(key|user|cohort\..+)$/;
const GROUPS = 'key, user, model, feature, thread, cohort.<name>, hour or day';
const groupBy = z.union([
  z.enum(['key', 'user', 'model', 'feature', 'thread', 'hour', 'day'], { error: GROUPS }),
  z.string().regex(/^cohort\.[\w.-]{1,64}$/, GROUPS),
]);

/** GET /v1/usage */
export const usageQuery = z
  .strictObject({
    key_id: z.string().max(64).optional(),
    user_id: itemKeyText.optional(),
    from_ms: time.optional(),
    to_ms: time.optional(),
    group_by: groupBy.optional(),
    interval: z
      .enum(['hour', 'day'])
      .optional()
      .describe(
        'steps of series; each group of key, user or cohort.<name> has one of its own then',
      ),
  })
  .refine(
    ({ group_by: word = 'key', interval }) =>
      interval === undefined || GROUPS_WITH_SERIES.test(word),
    {
      path: ['interval'],
      error: 'only without group_by, or with one of key, user or cohort.<name>',
    },
  );

/** GET /v1/usage/export */
export const exportQuery = z.strictObject({
  key_id: z.string().max(64).optional(),
  user_id: itemKeyText.optional(),
  from_ms: time.optional(),
  to_ms: time.optional(),
  group_by: groupBy.default('model').describe('what divides each hour of a key'),
  format: z.enum(['csv', 'ndjson']).default('csv'),
});

/** GET /v1/keys/{key_id}/usage */
export const eventsQuery = z.strictObject({
  from_ms: time.optional(),
  to_ms: time.optional(),
  limit: queryNumber(1, 200).default(50),
  cursor: z.string().max(512).optional(),
});

/** GET /v1/calls */
export const callsQuery = z.strictObject({
  key_id: z.string().max(64).optional(),
  user_id: itemKeyText.optional(),
  thread_id: itemKeyText.optional(),
  status: z.enum(ENDINGS).optional(),
  from_ms: time.optional(),
  to_ms: time.optional(),
  limit: queryNumber(1, 200).default(50),
  cursor: z.string().max(512).optional(),
});

/** A place in the list of calls: the hour of the last call that was shown, and its hold. */
export interface CallPlace {
  readonly hourMs: number;
  readonly holdId: string;
}

const HOLD = /^[0-9a-z]{26}$/;
const HOUR = /^\d{1,13}$/;

/** The cursor of a key's calls names the item that was shown last. */
export const keyCallsCursor = (holdId: string | null): string | null =>
  holdId === null ? null : encodeCursor([`CALL#${holdId}`]);

/** Throws AppError `cursor_invalid`. */
export const parseKeyCallsCursor = (cursor: string | undefined): string | null => {
  if (cursor === undefined) return null;
  const [place = ''] = decodeCursor(cursor, 1);
  const holdId = place.slice('CALL#'.length);
  if (place === `CALL#${holdId}` && HOLD.test(holdId)) return holdId;
  throw cursorInvalid();
};

export const callsCursor = (place: CallPlace | null): string | null =>
  place === null ? null : encodeCursor([String(place.hourMs), place.holdId]);

/** Throws AppError `cursor_invalid`. */
export const parseCallsCursor = (cursor: string | undefined): CallPlace | null => {
  if (cursor === undefined) return null;
  const [hour = '', holdId = ''] = decodeCursor(cursor, 2);
  if (HOUR.test(hour) && HOLD.test(holdId)) return { hourMs: Number(hour), holdId };
  throw cursorInvalid();
};

export const DEFAULT_SPAN_MS = 30 * 86_400_000;
export const SPAN_MS_MAX = SPAN_DAYS_MAX * 86_400_000;

export const totalsView = (totals: UsageTotals): object => ({
  cost_micros: microsFromNanoUsd(totals.costNanoUsd),
  request_count: totals.requestCount,
  errors: totals.errorCount,
  ...figuresView(totals.counts),
});

/** A call in flight on the wire: what it holds is the most that it may cost. */
export const runningView = (call: RunningCall): object => ({
  object: 'call',
  request_id: requestIdOf(call.keyId, call.holdId),
  key_id: call.keyId,
  status: 'running',
  model: call.model,
  provider: call.provider,
  feature: call.feature,
  held_micros: microsFromNanoUsd(call.heldNanoUsd),
  started_at: call.startedAtMs,
  expires_at: call.expiresAtMs,
});

/** One call on the wire. */
export const callView = (settlement: Settlement): object => ({
  object: 'call',
  request_id: settlement.requestId,
  key_id: settlement.keyId,
  status: settlement.status,
  model: settlement.model,
  provider: settlement.provider,
  feature: settlement.feature,
  thread_id: settlement.threadId,
  cost_micros: microsFromNanoUsd(settlement.costNanoUsd),
  estimated: settlement.estimated,
  usage: figuresView(figuresOf(settlement.tokens)),
  started_at: settlement.startedAtMs,
  settled_at: settlement.settledAtMs,
  first_token_ms: settlement.firstTokenMs,
  total_ms: settlement.totalMs,
  ...(settlement.route === undefined ? {} : { route: settlement.route }),
});
