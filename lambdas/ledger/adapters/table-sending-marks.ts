import type { ItemKey, Tables } from '../../platform/tables/tables.ts';
import { newAttemptId } from '../../shared/ids.ts';
import { NOTICE_LIMITS } from '../domain/notice.ts';
import type { Sending, SendingMarks } from '../ports/notices.ts';
import { ITEM_SCHEMA } from './item-schema.ts';
import { keyUpdate } from './key-update.ts';

/**
 * Longer than whoever claims may send, and shorter than Lambda waits before it runs a failed event again, which is a
 * minute: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export const CLAIM_MS = 50_000;
/** No event comes again after so long: failed ones are kept for 90 days. */
const KEPT_SECONDS = 400 * 86_400;
const OPEN = 0;
const ENDED = 1;
const CLAIMED = 2;

/** `NOTICE#<notice> / SENT#<audience>#<news>` */
export const tableSendingMarks = ({ tables }: { readonly tables: Tables }): SendingMarks => ({
  claim: async (sending, nowMs) => {
    const token = newAttemptId();
    const untilMs = nowMs + CLAIM_MS;
    const outcome = await tables.update(
      keyUpdate({
        key: keyOf(sending),
        condition:
          'attribute_not_exists(progress) OR progress = :open OR (progress = :claimed AND claimed_until <= :now)',
        update:
          'SET progress = :claimed, claimed_until = :until, claimed_by = :token, #schema = :schema, #ttl = :ttl ADD tries :one',
        names: { '#schema': 'schema', '#ttl': 'ttl' },
        values: {
          ':open': OPEN,
          ':claimed': CLAIMED,
          ':now': nowMs,
          ':until': untilMs,
          ':token': token,
          ':schema': ITEM_SCHEMA,
          ':one': 1,
          ':ttl': Math.ceil(nowMs / 1_000) + KEPT_SECONDS,
        },
      }),
    );
    if (outcome.kind === 'refused')
      return { kind: outcome.item?.['progress'] === ENDED ? 'ended' : 'pending' };
    return {
      kind: 'claimed',
      claim: { sending, token, untilMs, tries: Number(outcome.item['tries']) },
      counted: countedOf(outcome.item['counted']),
    };
  },
  end: async ({ sending }, nowMs) => {
    await tables.update(
      keyUpdate({
        key: keyOf(sending),
        condition: 'attribute_exists(progress)',
        update: 'SET progress = :ended, ended_at = :now REMOVE claimed_until, claimed_by',
        names: {},
        values: { ':ended': ENDED, ':now': nowMs },
      }),
    );
  },
  free: async ({ sending, token }, counted) => {
    await tables.update(
      keyUpdate({
        key: keyOf(sending),
        condition: 'progress = :claimed AND claimed_by = :token',
        update: 'SET progress = :open, counted = :counted REMOVE claimed_until, claimed_by',
        names: {},
        values: { ':open': OPEN, ':claimed': CLAIMED, ':token': token, ':counted': counted },
      }),
    );
  },
});

/** An earlier release sent to all or to nobody, and said which. */
const countedOf = (stored: unknown): number | null => {
  if (stored === true) return NOTICE_LIMITS.addressesMax;
  return typeof stored === 'number' ? stored : null;
};

const keyOf = ({ noticeId, newsId, audience }: Sending): ItemKey => ({
  pk: `NOTICE#${noticeId}`,
  sk: `SENT#${audience}#${newsId}`,
});
