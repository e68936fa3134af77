import type { ServerResponse } from 'node:http';
import { isRecord } from '../../../lambdas/http/body.ts';
import { anthropicRefusals } from './anthropic-body.ts';
import { countRefusals } from './anthropic-count.ts';
import { bedrockRefusals } from './bedrock-body.ts';
import { geminiProblems, geminiRefusals } from './gemini-body.ts';
import { deepseekRefusals, openaiRefusals } from './openai-body.ts';
import { keepSentBody } from './sent-bodies.ts';

/** What a provider answers to a body that it does not take. */
export interface Refusal {
  readonly status: 400;
  readonly body: object;
}

/** null: the provider whose model it is takes the body. A model of nobody's is asked of a server that reads what it knows. */
export const refusalOf = (
  path: string,
  headers: Readonly<Record<string, unknown>>,
  bodyText: string,
): Refusal | null => {
  const body: unknown = JSON.parse(bodyText, (name, value: unknown) =>
    isHalf(name) || isHalf(value) ? HALF : value,
  );
  if (JSON.stringify(body).includes(HALF)) return refused(path, HALF);
  const [first] = refusalsOf(path, headers, body);
  if (first !== undefined) return refused(path, first);
  keepSentBody(path, headers, bodyText);
  return null;
};

/** What a path asks after the model's name. */
const GEMINI_PATH = /\/models\/([^/]+):(?:generateContent|streamGenerateContent)(?:\?|$)/;

const CONVERSE_PATH = /\/model\/([^/]+)\/converse(?:-stream)?$/;

const HALF = 'The request body is not valid JSON: no low surrogate in string.';

const isHalf = (value: unknown): boolean => typeof value === 'string' && !value.isWellFormed();

const refusalsOf = (
  path: string,
  headers: Readonly<Record<string, unknown>>,
  body: unknown,
): readonly string[] => {
  const model = isRecord(body) ? String(body['model']) : '';
  if (path.endsWith(':countTokens')) return geminiProblems('CountTokensRequest', body);
  const [, gemini] = GEMINI_PATH.exec(path) ?? [];
  if (gemini !== undefined) return geminiRefusals(body, gemini);
  const [, named] = CONVERSE_PATH.exec(path) ?? [];
  if (named !== undefined) return bedrockRefusals(decodeURIComponent(named), body);
  const beta =
    typeof headers['anthropic-beta'] === 'string' ? headers['anthropic-beta'] : undefined;
  if (path.endsWith('/messages')) return anthropicRefusals(body, beta);
  if (path.endsWith('/messages/count_tokens')) return countRefusals(body, beta);
  if (/^(gpt-(?!oss)|chatgpt-|o\d|ft:)/.test(model)) return openaiRefusals(body);
  return model.startsWith('deepseek-') ? deepseekRefusals(body) : [];
};

/** Answers a body that the provider does not take. false: it takes it. */
export const isRefused = (
  response: ServerResponse,
  path: string,
  headers: Readonly<Record<string, unknown>>,
  bodyText: string,
): boolean => {
  const refusal = refusalOf(path, headers, bodyText);
  if (refusal === null) return false;
  response.writeHead(refusal.status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(refusal.body));
  return true;
};

const refused = (path: string, message: string): Refusal => ({
  status: 400,
  body: GEMINI_PATH.test(path)
    ? { error: { code: 400, message, status: 'INVALID_ARGUMENT' } }
    : path.includes('/messages')
      ? { type: 'error', error: { type: 'invalid_request_error', message } }
      : { error: { message, type: 'invalid_request_error', param: null, code: null } },
});
