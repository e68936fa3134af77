import type { DialectAlias } from '../../../ports/alias.ts';
import { QLAUD_VERSIONS } from '../formats/qlaud-dialect.ts';
import { fromQlaudResult, fromQlaudTurn } from '../formats/qlaud-request.ts';
import { qlaudSeq } from '../formats/qlaud-rows.ts';
import { qlaudHistory } from './qlaud-history.ts';

/** The qlaud API on the native routes. https://docs.qlaud.ai/concepts/api-surfaces */
export const qlaudAlias: DialectAlias = {
  name: 'qlaud',
  versions: QLAUD_VERSIONS,
  isOpenOverWaits: true,
  readTurn: fromQlaudTurn,
  readToolResult: fromQlaudResult,
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
