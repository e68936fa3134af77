import type { DialectAlias } from '../../../ports/alias.ts';
import { QLAUD_VERSIONS } from '../formats/qlaud-dialect.ts';
import { fromQlaudResult, fromQlaudTurn } from '../formats/qlaud-request.ts';
import { qlaudSeq } from '../formats/qlaud-rows.ts';
import {
  defaultModelOf,
  fromQlaudListQuery,
  fromQlaudPatch,
  fromQlaudThread,
  qlaudThread,
} from '../formats/qlaud-threads.ts';
import { qlaudHistory } from './qlaud-history.ts';

/** The qlaud API on the native routes. https://docs.qlaud.ai/concepts/api-surfaces */
export const qlaudAlias: DialectAlias = {
  name: 'qlaud',
  versions: QLAUD_VERSIONS,
  isOpenOverWaits: true,
  readTurn: (raw, thread) => fromQlaudTurn(raw, defaultModelOf(thread)),
  renderAnswer: (row, run) => ({ ...row, seq: qlaudSeq(run.seq, 0) }),
  readNewThread: fromQlaudThread,
  readThreadPatch: fromQlaudPatch,
  readThreadQuery: fromQlaudListQuery,
  renderThread: qlaudThread,
  readToolResult: fromQlaudResult,
  lateResult: 'not_found',
  runHeaders: (run) => ({
    'x-qlaud-thread-id': run.threadId,
    'x-qlaud-assistant-seq': String(qlaudSeq(run.seq, 0)),
    'x-qlaud-resolved-model': run.settings.model,
  }),
  webhookHeaders: ({ timestampMs, signature }) => ({
    'x-qlaud-timestamp': String(timestampMs),
    'x-qlaud-signature': signature,
  }),
  readHistory: qlaudHistory,
};
