import { randomUUID } from 'node:crypto';
import type { TurnMessage } from '../../../../inference/turn/turn.ts';
import { credentialOf, type Handler } from '../../../../http/door.ts';
import { featureOf } from '../../../../http/request.ts';
import { countsOf, type TokenUsage } from '../../../../ledger/domain/usage.ts';
import { AppError } from '../../../../shared/app-error.ts';
import { bodyHash } from '../../../domain/body-hash.ts';
import {
  compactionRequest,
  compactionSettings,
  keptMessages,
  systemOf,
} from '../../../domain/compaction.ts';
import { foldSteps } from '../../../domain/fold-steps.ts';
import { isTerminal, type RunEvent } from '../../../domain/run-event.ts';
import { stepOfMessage } from '../../../domain/step-of-message.ts';
import { turnMessages } from '../../../domain/select-context.ts';
import { compactedResponse } from '../formats/responses-compaction.ts';
import { compactBody, type CompactBody } from '../formats/responses-request.ts';
import { buildRequest } from '../../../usecases/build-request.ts';
import { postMessage } from '../../../usecases/post-message.ts';
import { deadlineOf } from '../../../routes/deadline.ts';
import { callerOf, placeOnly, type Caller } from '../../../routes/reach.ts';
import type { TurnRouteDeps } from '../../../routes/route-deps.ts';
import { requestIdOf } from '../../../routes/request-id.ts';
import { referredMessages } from './referred-items.ts';
import { unstoredMessagesOf } from './response-messages.ts';
import { responseById, type FoundResponse } from './response-reach.ts';
import { unstoredThread } from './response-target.ts';
import { checked, jsonBody } from '../../../../http/body.ts';

/** What distinguishes these calls in the usage, unless their caller names something else. */
export const COMPACTION_FEATURE = 'response-compaction';

/**
 * A conversation summed up by a run of its own, in a thread that is in no list and kept for an hour: asked again with its
 * key it is the same summary, and paid once.
 */
export const compactRoutes = (deps: TurnRouteDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/responses/compact': async (request, context) => {
    const caller = await callerOf(deps, request);
    const body = checked(compactBody, jsonBody(request));
    const requestId = requestIdOf(request, undefined);
    const messages = await messagesToCompact(deps, caller, body);
    const asked = compactionRequest(body.model, body.instructions ?? null, messages);
    if (asked === null)
      throw new AppError({
        code: 'invalid_request',
        publicMessage: 'input: says nothing',
        facts: { param: 'input' },
      });
    const thread = unstoredThread(deps, caller, ['compaction', requestId]);
    const { run, events } = await postMessage(deps, {
      place: placeOnly(thread),
      fresh: thread,
      credential: credentialOf(request),
      requestId,
      bodyHash: bodyHash(request.path, body),
      call: { requestId: request.requestId, holdId: request.holdId },
      messages: asked.messages.map(({ content }) => ({ role: 'user', content })),
      supersedesFrom: null,
      settings: compactionSettings(asked, featureOf(request) ?? COMPACTION_FEATURE),
      concurrency: 'queue',
      nonce: randomUUID(),
      deadlineMs: deadlineOf(deps, context),
    });
    const all: RunEvent[] = [];
    for await (const page of events) all.push(...page.map(({ event }) => event));
    const { summary, tokens } = wholeSummary(all);
    return {
      status: 200,
      body: compactedResponse({
        name: run.threadId.replace(/^thread_/, ''),
        createdAtMs: run.createdAtMs,
        kept: keptMessages(messages),
        summary,
        tokens,
      }),
    };
  },
});

export const messagesToCompact = async (
  deps: TurnRouteDeps,
  caller: Caller,
  body: Pick<CompactBody, 'model' | 'input' | 'instructions' | 'previous_response_id'>,
): Promise<readonly TurnMessage[]> => {
  const items = body.input ?? [];
  const referred = await referredMessages(deps, caller, items, 'input');
  const messages = unstoredMessagesOf(items, body.model, 'input', referred);
  const own = turnMessages(messages.map((message) => stepOfMessage(message, '', 0)));
  const id = body.previous_response_id ?? null;
  if (id === null) return own;
  const found = await responseById(deps, caller, id, 'previous_response_id');
  return await withHistory(deps, body, found, own);
};

/** What the next response would be given: as much of the thread as the model's window holds. */
const withHistory = async (
  deps: TurnRouteDeps,
  body: Pick<CompactBody, 'model' | 'instructions'>,
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
const wholeSummary = (
  events: readonly RunEvent[],
): { readonly summary: string; readonly tokens: TokenUsage } => {
  const end = events.findLast(isTerminal);
  if (end?.type === 'run.completed') {
    const content = foldSteps(events).flatMap((step) => step.content);
    const summary = content
      .map((block) => (block.type === 'text' ? block.text : ''))
      .join('')
      .trim();
    if (summary !== '') return { summary, tokens: countsOf(end.usage) };
    throw new AppError({ code: 'provider_error', publicMessage: 'The model gave no summary.' });
  }
  if (end?.stop_reason === 'max_tokens')
    throw new AppError({
      code: 'answer_too_large',
      publicMessage: 'The summary did not fit the answer that this model or this budget allows.',
    });
  if (end === undefined || end.stop_reason === 'deadline')
    throw new AppError({
      code: 'provider_timeout',
      publicMessage: 'The summary took longer than a call may.',
    });
  throw new AppError({
    code: 'provider_error',
    publicMessage: end.error?.message ?? 'The summary broke off.',
  });
};
