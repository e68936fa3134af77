import { randomUUID } from 'node:crypto';
import type { TurnMessage } from '../../../inference/domain/turn.ts';
import { credentialOf, type Handler } from '../../../inference/door.ts';
import { checked, featureOf, jsonBody } from '../../../inference/formats/read-request.ts';
import { AppError } from '../../../shared/app-error.ts';
import { compactionRequest, keptMessages, systemOf } from '../../domain/compaction.ts';
import { saidStep } from '../../domain/said-step.ts';
import { turnMessages } from '../../domain/select-context.ts';
import { compactedResponse } from '../../formats/responses/responses-compaction.ts';
import { compactBody, type CompactBody } from '../../formats/responses/responses-request.ts';
import { askOnce, type AskedOnce } from '../../usecases/ask-once.ts';
import { buildRequest } from '../../usecases/build-request.ts';
import { deadlineOf } from '../deadline.ts';
import { callerOf } from '../reach.ts';
import type { TurnRouteDeps } from '../thread-routes.ts';
import { unstoredMessagesOf } from './response-messages.ts';
import { responseById, type FoundResponse } from './response-reach.ts';

/** What these calls are told apart by in the usage, unless their caller names something else. */
const FEATURE = 'response-compaction';

/** A conversation summed up by one metered call; nothing is written. */
export const compactRoutes = (deps: TurnRouteDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/responses/compact': async (request, context) => {
    const caller = await callerOf(deps, request);
    const body = checked(compactBody, jsonBody(request.bodyText));
    const said = unstoredMessagesOf(body.input ?? [], body.model, 'input');
    const nowMs = deps.timers.nowMs();
    const own = turnMessages(said.map((message) => saidStep(message, '', nowMs)));
    const id = body.previous_response_id ?? null;
    const found = id === null ? null : await responseById(deps, caller, id, 'previous_response_id');
    const messages = found === null ? own : await withHistory(deps, body, found, own);
    const asked = compactionRequest(body.model, body.instructions ?? null, messages);
    if (asked === null)
      throw new AppError({
        code: 'invalid_request',
        publicMessage: 'input: says nothing',
        facts: { param: 'input' },
      });
    const deadlineMs = deadlineOf(deps, context);
    const turn = {
      credential: credentialOf(request),
      call: { requestId: request.requestId, holdId: request.holdId },
      request: asked,
      feature: featureOf(request) ?? FEATURE,
      threadId: found?.thread.threadId ?? null,
      deadlineMs,
    };
    const answer = await askOnce(
      deps.model,
      turn,
      Math.min(deadlineMs - deps.timers.nowMs(), deps.callMsMax),
    );
    return {
      status: 200,
      body: compactedResponse({
        name: randomUUID().replaceAll('-', ''),
        createdAtMs: nowMs,
        kept: keptMessages(messages),
        summary: wholeSummary(answer),
        tokens: answer.tokens,
      }),
    };
  },
});

/** What the next response would be told: as much of the thread as the model's window takes. */
const withHistory = async (
  deps: TurnRouteDeps,
  body: CompactBody,
  { thread, run }: FoundResponse,
  own: readonly TurnMessage[],
): Promise<readonly TurnMessage[]> => {
  const settings = {
    model: body.model,
    system: systemOf(body.instructions ?? null),
    maxTokens: null,
    temperature: null,
    controls: {},
  };
  const place = { ...thread, seq: run.seq + 1, settings };
  return (await buildRequest(deps, place, own, [])).request.messages;
};

/** Half a summary in the place of a conversation would lose the rest of it without a word. */
const wholeSummary = ({ words, stopReason }: AskedOnce): string => {
  if (stopReason === 'max_tokens')
    throw new AppError({
      code: 'answer_too_large',
      publicMessage: 'The summary did not fit the answer that this model or this budget allows.',
    });
  const summary = words.trim();
  if (summary !== '') return summary;
  throw new AppError({ code: 'provider_error', publicMessage: 'The model gave no summary.' });
};
