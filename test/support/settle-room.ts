import { once } from 'node:events';
import { complete } from '../../lambdas/inference/calls/complete.ts';
import type { UpstreamAnswer, UpstreamRequest } from '../../lambdas/inference/ports/providers.ts';
import type { Settlement } from '../../lambdas/ledger/domain/usage.ts';
import { AppError } from '../../lambdas/shared/app-error.ts';
import type { WireName } from '../../lambdas/inference/models/families.ts';
import { newHoldId, requestIdOf } from '../../lambdas/shared/ids.ts';
import { bodyOf, chatRoom } from './chat-room.ts';
import { textOf } from './engine-room.ts';
import { KEY_ID, PROJECT } from './key-items.ts';

/** What a provider answers next: pieces as they arrive, and how they end. */
export interface ProviderAnswer {
  readonly status?: number;
  readonly type: string;
  readonly pieces: readonly Uint8Array[];
  readonly isBroken?: boolean;
  /** It ends when it is left. */
  readonly isOpen?: boolean;
  /** It is left because nothing came in time. */
  readonly isSilent?: boolean;
}

/** What of a settlement must be the same on every route. */
export type Settled = Pick<Settlement, 'tokens' | 'costNanoUsd' | 'estimated' | 'status'>;

export const TURN_ROUTES = ['a thread', 'Responses', 'AI chat'] as const;
export type TurnRoute = (typeof TURN_ROUTES)[number];

/** The routes of calls and of turns over one ledger, and a provider that says its bytes piece by piece. */
export const settleRoom = async () => {
  const { room, ask } = await chatRoom('http://127.0.0.1:9');
  await room.deps.keys.patch(PROJECT, KEY_ID, { capNanoUsd: null }, Date.now());
  const asked: UpstreamRequest[] = [];
  let answer: ProviderAnswer = { type: 'application/json', pieces: [] };
  room.deps.modelClient = {
    send: async (request, signal): Promise<UpstreamAnswer> => {
      asked.push(request);
      const { status = 200, type } = answer;
      return { status, headers: { 'content-type': type }, body: bytesOf(answer, signal) };
    },
  };
  let count = 0;
  const post = async (route: TurnRoute, model: string, words: string): Promise<string> => {
    const id = `chat-${++count}`;
    switch (route) {
      case 'a thread': {
        const made = JSON.parse(await bodyOf(await ask('POST /v1/threads', {})));
        return await bodyOf(
          await ask(
            'POST /v1/threads/{thread_id}/messages',
            { model, content: words, max_tokens: 500 },
            { params: { thread_id: String(made.id) } },
          ),
        );
      }
      case 'Responses':
        return await bodyOf(
          await ask('POST /v1/responses', {
            model,
            input: words,
            stream: true,
            max_output_tokens: 500,
          }),
        );
      case 'AI chat':
        return await bodyOf(
          await ask('POST /v1/ai/chat', {
            id,
            model,
            trigger: 'submit-message',
            messages: [{ id: `m-${id}`, role: 'user', parts: [{ type: 'text', text: words }] }],
          }),
        );
    }
  };
  const settled = async (): Promise<Settled> => {
    const last = await room.last();
    if (last == null) throw new Error('nothing was settled');
    const { tokens, costNanoUsd, estimated, status } = last;
    return { tokens, costNanoUsd, estimated, status };
  };
  return {
    room,
    /** What a turn settles, what its caller read, and the body that its provider got. */
    turn: async (route: TurnRoute, model: string, next: ProviderAnswer) => {
      answer = next;
      const said = await post(route, model, 'hi');
      return { settled: await settled(), said, body: asked.at(-1)?.body ?? Buffer.alloc(0) };
    },
    /** What a call settles that asks its provider the same. */
    call: async (
      wire: WireName,
      body: Uint8Array,
      next: ProviderAnswer,
      /** For a wire whose path names it. */
      model = '',
    ) => {
      answer = next;
      const holdId = newHoldId(Date.now());
      const said = await complete(room.deps, {
        wire,
        path: { model, isStream: true },
        credential: { keyId: KEY_ID, secretHash: 'hash' },
        requestId: requestIdOf(KEY_ID, holdId),
        holdId,
        headers: {},
        body,
        feature: null,
        deadlineMs: Date.now() + 60_000,
      }).then(textOf, String);
      return { settled: await settled(), said };
    },
  };
};

async function* bytesOf(
  { pieces, isBroken = false, isOpen = false, isSilent = false }: ProviderAnswer,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  yield* pieces;
  if (isOpen && !signal.aborted) await once(signal, 'abort');
  if (isSilent)
    throw new AppError({ code: 'provider_timeout', publicMessage: 'Silent.', isFinal: true });
  if (isBroken) throw new Error('the connection broke');
}
