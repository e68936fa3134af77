import type { Handler } from '../../../../http/door.ts';
import { stepOfMessage } from '../../../domain/step-of-message.ts';
import { turnMessages } from '../../../domain/select-context.ts';
import { conversationOf, inputTokensBody } from '../formats/responses-request.ts';
import { askedSettings } from '../formats/responses-settings.ts';
import { buildRequest } from '../../../usecases/build-request.ts';
import { callerOf, type Caller } from '../../../routes/reach.ts';
import { referredMessages } from './referred-items.ts';
import { unstoredMessagesOf } from './response-messages.ts';
import { responseById } from './response-reach.ts';
import { conversationThread, type TargetBody } from './response-target.ts';
import type { TurnRouteDeps } from '../../../routes/route-deps.ts';
import { checked, jsonBody } from '../../../../http/body.ts';

/** What a response would be given, counted; nothing is written and no model is asked. */
export const inputTokensRoutes = (deps: TurnRouteDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/responses/input_tokens': async (request, context) => {
    const caller = await callerOf(deps, request);
    const body = checked(inputTokensBody, jsonBody(request));
    const { clientTools, controls } = askedSettings(body);
    const items = body.input ?? [];
    const referred = await referredMessages(deps, caller, items, 'input');
    const messages = unstoredMessagesOf(items, body.model, 'input', referred);
    const own = turnMessages(
      messages.map((message) => stepOfMessage(message, '', deps.timers.nowMs())),
    );
    const asked = {
      model: body.model,
      system: body.instructions ?? null,
      messages: own,
      tools: clientTools,
      maxTokens: null,
      temperature: null,
      controls,
    };
    const before = await placeBefore(deps, caller, body);
    const history =
      before === null
        ? []
        : (await buildRequest(deps, { ...before, settings: asked }, own, clientTools)).request
            .messages;
    const { tokens, headers } = await deps.model.countTokens(
      { ...asked, messages: before === null ? own : history },
      {
        key: caller.key,
        deadlineMs: deps.timers.nowMs() + context.getRemainingTimeInMillis(),
      },
    );
    return {
      status: 200,
      headers,
      body: { object: 'response.input_tokens', input_tokens: tokens },
    };
  },
});

/** The place after what the response would continue from; null: from nothing. */
const placeBefore = async (deps: TurnRouteDeps, caller: Caller, body: TargetBody) => {
  const conversation = conversationOf(body);
  if (conversation !== null) {
    const thread = await conversationThread(deps, caller, conversation);
    return { ...thread, seq: thread.lastSeq + 1 };
  }
  if (body.previous_response_id == null) return null;
  const id = body.previous_response_id;
  const { thread, run } = await responseById(deps, caller, id, 'previous_response_id');
  return { ...thread, seq: run.seq + 1 };
};
