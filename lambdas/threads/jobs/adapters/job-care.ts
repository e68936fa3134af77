import type { Tables } from '../../../platform/tables/tables.ts';
import { sweepDue } from '../../adapters/threads/sweep-due.ts';
import type { JobStore } from '../ports/job-store.ts';
import { jobOf } from './job-items.ts';
import { jobPlaceOf, jobStateKey, jobSweepShards } from './job-keys.ts';

const NAMES = { '#status': 'status' };

/** What is done for jobs without their worker: the tries of webhooks, and what the sweep looks at. */
export const jobCare = (
  tables: Tables,
): Pick<JobStore, 'beginNotice' | 'endNotice' | 'due' | 'later'> => ({
  beginNotice: async (job, nextMs) => {
    if (job.webhook === null) return null;
    const outcome = await tables.update({
      kind: 'update',
      table: 'threads',
      key: jobStateKey(job),
      condition:
        'webhook.#status = :pending AND webhook.tries = :tries AND attribute_not_exists(deleted_at)',
      update: 'SET webhook.tries = :next, sweep_at = :at',
      names: NAMES,
      values: {
        ':pending': 'pending',
        ':tries': job.webhook.tries,
        ':next': job.webhook.tries + 1,
        ':at': nextMs,
      },
    });
    return outcome.kind === 'written' ? jobOf(job, outcome.item).webhook : null;
  },
  endNotice: async (place, webhook, atMs) => {
    await tables.write({
      kind: 'update',
      table: 'threads',
      key: jobStateKey(place),
      condition: 'webhook.#status = :pending AND attribute_not_exists(deleted_at)',
      update: 'SET webhook = :webhook, sweep_at = :at',
      names: NAMES,
      values: { ':webhook': webhook, ':pending': 'pending', ':at': atMs },
    });
  },
  due: async (nowMs, limit) =>
    (await sweepDue(tables, jobSweepShards(), nowMs, limit))
      .map(({ pk }) => jobPlaceOf(pk))
      .filter((place) => place !== null),
  later: async (place, atMs) => {
    await tables.write({
      kind: 'update',
      table: 'threads',
      key: jobStateKey(place),
      // What is deleted stays due until it is gone.
      condition: 'attribute_exists(pk) AND attribute_not_exists(deleted_at)',
      update: 'SET sweep_at = :at',
      values: { ':at': atMs },
    });
  },
});
