import { AppError } from '../../../../shared/app-error.ts';
import { compactionRequest, compactionSettings } from '../../../domain/compaction.ts';
import type { NewMessage, RunSettings, Thread } from '../../../domain/thread.ts';
import type { Caller } from '../../../routes/reach.ts';
import type { TurnRouteDeps } from '../../../routes/route-deps.ts';
import { COMPACTION_ECHO } from '../formats/responses-body.ts';
import type { InputItem } from '../formats/responses-input.ts';
import type { ResponseBody } from '../formats/responses-request.ts';
import { responsesEcho } from '../formats/responses-settings.ts';
import { COMPACTION_FEATURE, messagesToCompact } from './compact-routes.ts';
import { unstoredThread } from './response-target.ts';

/** Does the request ask for a summary? Throws AppError (400) where something is said after that. */
export const asksForSummary = (items: readonly InputItem[]): boolean => {
  const index = items.findIndex(({ type }) => type === 'compaction_trigger');
  if (index !== -1 && index !== items.length - 1)
    throw invalid(`input.${index}`, 'a compaction_trigger is the last item');
  return index !== -1;
};

export interface CompactionTurn {
  readonly thread: Thread;
  readonly messages: readonly NewMessage[];
  readonly settings: RunSettings;
}

/**
 * A response whose one item sums up what was said before it, as `/v1/responses/compact` does: in a thread of its own that is
 * in no list and gone in an hour. Its client continues with the item.
 */
export const compactionTurn = async (
  deps: TurnRouteDeps,
  caller: Caller,
  body: ResponseBody,
  { requestId, settings }: { readonly requestId: string; readonly settings: RunSettings },
): Promise<CompactionTurn> => {
  if (body.store !== false) throw invalid('store', 'a compaction_trigger comes with store: false');
  const messages = await messagesToCompact(deps, caller, body);
  const asked = compactionRequest(body.model, body.instructions ?? null, messages);
  if (asked === null) throw invalid('input', 'says nothing');
  return {
    thread: unstoredThread(deps, caller, ['compaction', requestId]),
    messages: asked.messages.map(({ content }) => ({ role: 'user', content })),
    settings: {
      ...compactionSettings(asked, settings.feature ?? COMPACTION_FEATURE),
      dialects: settings.dialects,
      echo: { ...responsesEcho(settings), ...COMPACTION_ECHO },
    },
  };
};

const invalid = (param: string, problem: string): AppError =>
  new AppError({
    code: 'invalid_request',
    publicMessage: `${param}: ${problem}`,
    facts: { param },
  });
