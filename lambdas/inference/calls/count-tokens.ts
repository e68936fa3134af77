import { AppError } from '../../shared/app-error.ts';
import { routeModel } from '../models/route-model.ts';
import { inputTokensCounted } from './bound.ts';
import { anthropicCall } from '../wires/anthropic-messages/call.ts';
import type { CompleteAnswer, CompleteDeps } from './call-types.ts';

const TIMEOUT_MS = 20_000;

export interface CountInput {
  readonly bodyText: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Counts a message's input: by the provider, which does not bill it; by an upper estimate where it is simulated. */
export const countTokens = async (
  deps: Pick<CompleteDeps, 'accounts' | 'modelClient' | 'loadTokenizer'>,
  input: CountInput,
): Promise<CompleteAnswer> => {
  const call = anthropicCall.parse(input.bodyText);
  const route = routeModel(call.model);
  const account = route === null ? null : await deps.accounts.get(route.provider);
  if (route === null || account === null || account.dialect !== 'anthropic')
    throw new AppError({
      code: 'model_not_found',
      publicMessage: `The model ${call.model} cannot be counted here.`,
      facts: { param: 'model' },
    });
  if (account.simulated) {
    const tokens = inputTokensCounted(
      call,
      route.provider,
      route.model,
      await deps.loadTokenizer(),
    );
    return {
      status: 200,
      headers: { 'x-sluice-simulated': 'true' },
      body: JSON.stringify({ input_tokens: tokens }),
    };
  }
  const beta = input.headers['anthropic-beta'];
  const answer = await deps.modelClient.send(
    {
      account,
      path: '/v1/messages/count_tokens',
      headers: {
        'anthropic-version': input.headers['anthropic-version'] ?? '2023-06-01',
        ...(beta === undefined ? {} : { 'anthropic-beta': beta }),
        ...(account.apiKey === null ? {} : { 'x-api-key': account.apiKey }),
      },
      body: anthropicCall.upstreamBody(call, route.model, null),
    },
    AbortSignal.timeout(TIMEOUT_MS),
  );
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return { status: answer.status, headers: {}, body: Buffer.concat(chunks).toString('utf8') };
};
