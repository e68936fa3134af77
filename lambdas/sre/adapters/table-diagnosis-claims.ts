import * as z from 'zod';
import type { ItemKey, Tables } from '../../platform/tables/tables.ts';
import type { DiagnosisTurn } from '../diagnose/diagnosis.ts';
import type { DiagnosisClaims } from '../ports/diagnoses.ts';

/** No message about an incident lives for longer. */
const TTL_SECONDS = 30 * 86_400;
const FREE = 0;

const claimItem = z.object({
  attempt_id: z.string(),
  tries: z.number(),
  lease_until: z.number(),
});

/** `DGN#<tenant> / I#<incident>`, and `I#<incident>#<generation>` from the second on: who is asking a model about it, until when, and how many have. */
export const tableDiagnosisClaims = ({ tables }: { readonly tables: Tables }): DiagnosisClaims => ({
  claim: async (turn, { attemptId, nowMs, leaseMs }) => {
    const outcome = await tables.update({
      kind: 'update',
      table: 'sre',
      key: keyOf(turn),
      condition: 'attribute_not_exists(pk) OR lease_until <= :now',
      update:
        'SET attempt_id = :attempt, lease_until = :until, tries = if_not_exists(tries, :none) + :one, #ttl = :ttl',
      names: { '#ttl': 'ttl' },
      values: {
        ':attempt': attemptId,
        ':now': nowMs,
        ':until': nowMs + leaseMs,
        ':none': 0,
        ':one': 1,
        ':ttl': Math.ceil(nowMs / 1_000) + TTL_SECONDS,
      },
    });
    const claim = outcome.item === null ? null : claimItem.parse(outcome.item);
    // It was removed by its time between the write and the look: whoever comes next finds nobody.
    if (claim === null) return { kind: 'held', untilMs: nowMs };
    // The same attempt again is the same: the answer to its first write was lost.
    return outcome.kind === 'written' || claim.attempt_id === attemptId
      ? { kind: 'claimed', tries: claim.tries }
      : { kind: 'held', untilMs: claim.lease_until };
  },
  release: async (turn, attemptId) => {
    await tables.write({
      kind: 'update',
      table: 'sre',
      key: keyOf(turn),
      condition: 'attempt_id = :attempt',
      update: 'SET lease_until = :free',
      values: { ':attempt': attemptId, ':free': FREE },
    });
  },
});

const keyOf = ({ tenant, incidentId, generation }: DiagnosisTurn): ItemKey => ({
  pk: `DGN#${encodeURIComponent(tenant)}`,
  sk: generation === 1 ? `I#${incidentId}` : `I#${incidentId}#${generation}`,
});
