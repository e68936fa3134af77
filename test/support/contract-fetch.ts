import * as z from 'zod';
import { expectContract, type ContractName } from './responses-contract.ts';

/** What each route of Responses and Conversations answers, by OpenAI's document. */
const ROUTES: readonly (readonly [RegExp, ContractName])[] = [
  [/^DELETE \/v1\/conversations\/[^/]+$/, 'DeletedConversationResource'],
  [/^POST \/v1\/responses\/input_tokens$/, 'TokenCountsResource'],
  [/^POST \/v1\/responses\/compact$/, 'CompactResource'],
  [/^GET \/v1\/responses\/[^/]+\/input_items$/, 'ResponseItemList'],
  [/^(GET|POST) \/v1\/responses(\/[^/]+(\/cancel)?)?$/, 'Response'],
  [/^(GET|POST) \/v1\/conversations\/[^/]+\/items$/, 'ConversationItemList'],
  [/^GET \/v1\/conversations\/[^/]+\/items\/[^/]+$/, 'ConversationItem'],
  [/^\w+ \/v1\/conversations/, 'ConversationResource'],
];

/** Fetches, and fails where an answer of those routes is not what OpenAI's document says, each event of a stream too. */
export const contractFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  const { pathname } = new URL(input instanceof Request ? input.url : input);
  const route = `${init?.method ?? 'GET'} ${pathname}`;
  if (!/^\w+ \/v1\/(responses|conversations)/.test(route)) return response;
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream')) return withEventsChecked(response);
  if (type.startsWith('application/json')) {
    const name = response.ok
      ? ROUTES.find(([pattern]) => pattern.test(route))?.[1]
      : 'ErrorResponse';
    // No definition says what the answer to a deleted response is.
    if (name !== undefined) expectContract(name, await response.clone().json());
  }
  return response;
};

const withEventsChecked = (response: Response): Response => {
  let text = '';
  const decoder = new TextDecoder();
  const check = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      text += decoder.decode(chunk, { stream: true });
      const frames = text.split('\n\n');
      text = frames.pop() ?? '';
      for (const frame of frames) checkFrame(frame);
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body?.pipeThrough(check), response);
};

const checkFrame = (frame: string): void => {
  const [, data] = /^data: (.*)$/m.exec(frame) ?? [];
  if (data !== undefined)
    expectContract('ResponseStreamEvent', z.looseObject({}).parse(JSON.parse(data)));
};
