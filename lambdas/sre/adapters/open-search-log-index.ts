import * as z from 'zod';
import type { OpenSearchCall } from '../../platform/open-search.ts';
import { AppError } from '../../shared/app-error.ts';
import { once } from '../../shared/once.ts';
import type { IndexedBlock, LogIndex } from '../ports/search.ts';
import {
  ALIAS,
  dayOf,
  documentsOf,
  indexOfDay,
  indexTemplate,
  type IndexedDocument,
  type IndexSize,
} from './open-search-documents.ts';

/** The smallest domains take 10 MiB a request, and a character is three bytes at most: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html */
const BULK_CHARS_MAX = 3_000_000;

export interface OpenSearchIndexDeps {
  readonly call: OpenSearchCall;
  readonly nowMs: () => number;
  readonly keptDays: number;
  readonly size: IndexSize;
  readonly onRefused: (reason: string) => void;
}

/**
 * Shared indexes, one a day of events. A document is created under its record's id, so that what was delivered twice is
 * there once. One document that is refused costs itself alone; whatever may be taken later fails the whole.
 */
export const openSearchLogIndex = (deps: OpenSearchIndexDeps): LogIndex => {
  // An index that came without its template would have fields as it guesses them.
  const prepared = once(async () => await prepare(deps));
  return {
    add: async (blocks) => {
      await prepared();
      return await add(deps, blocks);
    },
  };
};

const prepare = async (deps: OpenSearchIndexDeps): Promise<void> => {
  await deps.call('PUT', `/_index_template/${ALIAS}`, indexTemplate(deps.size));
  await keepPolicy(deps);
};

const keptPolicy = z.object({ policy: z.object({ description: z.string() }) });
const POLICY_PATH = `/_plugins/_ism/policies/${ALIAS}`;

/** Days that exist keep the policy that they began with. https://docs.opensearch.org/2.19/im-plugin/ism/api/ */
const keepPolicy = async ({ call, keptDays }: OpenSearchIndexDeps): Promise<void> => {
  const description = `deletes a day of logs after ${keptDays} days`;
  const kept = await call('GET', POLICY_PATH);
  if (kept.status !== 404) {
    if (keptPolicy.parse(kept.body).policy.description === description) return;
    await call('DELETE', POLICY_PATH);
  }
  // 409: another instance was faster.
  await call('PUT', POLICY_PATH, {
    policy: {
      description,
      default_state: 'kept',
      states: [
        {
          name: 'kept',
          actions: [],
          // From its making, which is the day's beginning.
          transitions: [
            { state_name: 'deleted', conditions: { min_index_age: `${keptDays + 1}d` } },
          ],
        },
        { name: 'deleted', actions: [{ delete: {} }], transitions: [] },
      ],
      ism_template: [{ index_patterns: [`${ALIAS}-*`], priority: 1 }],
    },
  });
};

const add = async (
  deps: OpenSearchIndexDeps,
  blocks: AsyncIterable<IndexedBlock>,
): Promise<number> => {
  // A day that is over would come back, to be kept from then on.
  const oldestDay = dayOf(deps.nowMs()) - deps.keptDays;
  let refused = 0;
  let lines: string[] = [];
  let chars = 0;
  const flush = async (): Promise<void> => {
    if (lines.length > 0) refused += await sendBulk(deps, lines.join(''));
    lines = [];
    chars = 0;
  };
  for await (const { tenant, hash, content } of blocks)
    for (const document of documentsOf(tenant, hash, content)) {
      if (dayOf(document.timeMs) < oldestDay) continue;
      const line = bulkLine(document);
      if (chars + line.length > BULK_CHARS_MAX) await flush();
      lines.push(line);
      chars += line.length;
    }
  await flush();
  return refused;
};

const bulkLine = ({ timeMs, name, fields }: IndexedDocument): string =>
  `${JSON.stringify({ create: { _index: indexOfDay(dayOf(timeMs)), _id: name } })}\n${JSON.stringify(fields)}\n`;

const bulkAnswer = z.object({
  items: z.array(
    z.object({ create: z.object({ status: z.int(), error: z.unknown().optional() }) }),
  ),
});

/** Answers how many documents were refused for good. */
const sendBulk = async (
  { call, onRefused }: OpenSearchIndexDeps,
  body: string,
): Promise<number> => {
  const answer = await call('POST', '/_bulk', body);
  let refused = 0;
  for (const { create } of bulkAnswer.parse(answer.body).items) {
    if (create.status < 300 || create.status === 409) continue;
    const reason = JSON.stringify(create.error ?? null).slice(0, REASON_CHARS_MAX);
    if (create.status !== 400)
      throw new AppError({
        code: 'storage_unavailable',
        publicMessage: 'The index of logs is unavailable; try again.',
        internal: `OpenSearch did not take a record (${create.status}): ${reason}`,
      });
    refused += 1;
    if (refused === 1) onRefused(reason);
  }
  return refused;
};

const REASON_CHARS_MAX = 500;
