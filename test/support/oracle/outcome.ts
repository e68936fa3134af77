import Anthropic, { APIError as AnthropicError } from '@anthropic-ai/sdk';
import OpenAI, { APIError as OpenAIError } from 'openai';
import type { Shape } from './shape.ts';

/** All that a program sees of a call. */
export interface Outcome {
  /** What the SDK gave: the answer, or everything of its stream. */
  readonly answer: readonly unknown[];
  readonly error: { readonly name: string; readonly status: number | null } | null;
}

export interface Clients {
  readonly openai: OpenAI;
  readonly anthropic: Anthropic;
}

export const clientsOf = (baseUrl: string, apiKey: string): Clients => ({
  openai: new OpenAI({ baseURL: `${baseUrl}/v1`, apiKey }),
  anthropic: new Anthropic({ baseURL: baseUrl, apiKey }),
});

/** Asks as any program does: nothing is set but what must be. */
export const outcomeOf = async (
  clients: Clients,
  shape: Shape,
  question: string,
): Promise<Outcome> => {
  const answer: unknown[] = [];
  try {
    for await (const told of ask(clients, shape, question)) answer.push(plain(told));
    return { answer, error: null };
  } catch (error) {
    return { answer, error: errorOf(error) };
  }
};

async function* ask(clients: Clients, shape: Shape, content: string): AsyncGenerator {
  const messages = [{ role: 'user' as const, content }];
  const { isStream, wire } = shape;
  switch (wire) {
    case 'openai-chat': {
      const { completions } = clients.openai.chat;
      const body = { model: 'gpt-4o-mini', messages, max_tokens: 100 };
      if (isStream)
        yield* await completions.create({
          ...body,
          stream: true,
          stream_options: { include_usage: true },
        });
      else yield await completions.create(body);
      return;
    }
    case 'anthropic-messages': {
      const body = { model: 'claude-sonnet-4-5', messages, max_tokens: 100 };
      if (isStream) yield* await clients.anthropic.messages.create({ ...body, stream: true });
      else yield await clients.anthropic.messages.create(body);
      return;
    }
  }
}

/** Without what an SDK adds of its own. */
const plain = (told: unknown): unknown =>
  told === undefined ? null : JSON.parse(JSON.stringify(told));

const errorOf = (error: unknown): Outcome['error'] => {
  if (error instanceof OpenAIError || error instanceof AnthropicError)
    return { name: error.constructor.name, status: error.status ?? null };
  return { name: error instanceof Error ? error.constructor.name : typeof error, status: null };
};
