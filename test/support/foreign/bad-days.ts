import type { WireName } from '../../../lambdas/inference/models/families.ts';
import { utf8Text } from '../../../lambdas/shared/utf8.ts';
import type { Script } from '../scripted-upstream.ts';
import { codec } from './event-stream.ts';
import { speak } from './spoken.ts';

/** What a provider may say of a call that it does not take up. */
export type RefusalKind =
  | 'rate'
  | 'busy'
  | 'broken'
  | 'tooLong'
  | 'noModel'
  | 'unreadable'
  | 'account'
  | 'region';

interface Told {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** So that nobody waits: every SDK that reads it prefers it to `retry-after`. */
const SOON = { 'retry-after-ms': '1' };

const openai = (
  status: number,
  type: string,
  message: string,
  code: string | null = null,
): Told => ({ status, body: { error: { message, type, param: null, code } }, headers: SOON });

const anthropic = (status: number, type: string, message: string): Told => ({
  status,
  body: { type: 'error', error: { type, message }, request_id: 'req_theirs' },
  headers: { ...SOON, 'request-id': 'req_theirs' },
});

const google = (
  code: number,
  status: string,
  message: string,
  details: readonly object[] = [],
): Told => ({
  status: code,
  body: { error: { code, message, status, details } },
});

const aws = (status: number, kind: string, message: string): Told => ({
  status,
  body: { message },
  headers: { 'x-amzn-errortype': kind },
});

/**
 * A refusal in the words of each wire: https://platform.openai.com/docs/guides/error-codes,
 * https://platform.claude.com/docs/en/api/errors, https://ai.google.dev/gemini-api/docs/troubleshooting,
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
 */
const REFUSALS: Readonly<Record<WireName, Readonly<Record<RefusalKind, Told>>>> = {
  'openai-chat': {
    rate: openai(429, 'requests', 'Rate limit reached for requests.', 'rate_limit_exceeded'),
    busy: openai(503, 'server_error', 'The engine is currently overloaded.'),
    broken: openai(500, 'server_error', 'The server had an error.'),
    tooLong: openai(
      400,
      'invalid_request_error',
      "This model's maximum context length is 128000 tokens.",
      'context_length_exceeded',
    ),
    noModel: openai(404, 'invalid_request_error', 'The model does not exist.', 'model_not_found'),
    unreadable: openai(422, 'invalid_request_error', 'A field is wrong.'),
    account: openai(
      401,
      'invalid_request_error',
      'Incorrect API key: sk-secret.',
      'invalid_api_key',
    ),
    region: openai(
      403,
      'request_forbidden',
      'Country, region, or territory not supported',
      'unsupported_country_region_territory',
    ),
  },
  'anthropic-messages': {
    rate: anthropic(429, 'rate_limit_error', 'Number of requests has exceeded your rate limit.'),
    busy: anthropic(529, 'overloaded_error', 'Overloaded'),
    broken: anthropic(500, 'api_error', 'Internal server error'),
    tooLong: anthropic(
      400,
      'invalid_request_error',
      'prompt is too long: 300000 tokens > 200000 maximum',
    ),
    noModel: anthropic(404, 'not_found_error', 'model: claude'),
    unreadable: anthropic(422, 'invalid_request_error', 'A field is wrong.'),
    account: anthropic(401, 'authentication_error', 'invalid x-api-key'),
    region: anthropic(403, 'forbidden', 'Request not allowed'),
  },
  gemini: {
    rate: google(429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).', [
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '0.01s' },
    ]),
    busy: google(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'),
    broken: google(500, 'INTERNAL', 'An internal error has occurred.'),
    tooLong: google(
      400,
      'INVALID_ARGUMENT',
      'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
    ),
    noModel: google(404, 'NOT_FOUND', 'models/gemini is not found for API version v1beta.'),
    unreadable: google(400, 'INVALID_ARGUMENT', 'A field is wrong.'),
    account: google(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.'),
    region: google(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'),
  },
  'bedrock-converse': {
    rate: aws(429, 'ThrottlingException', 'Too many tokens, please wait before trying again.'),
    busy: aws(503, 'ServiceUnavailableException', 'Bedrock is unable to process your request.'),
    broken: aws(500, 'InternalServerException', 'The system encountered an unexpected error.'),
    tooLong: aws(400, 'ValidationException', 'Input is too long for requested model.'),
    noModel: aws(404, 'ResourceNotFoundException', 'Could not resolve the foundation model.'),
    unreadable: aws(400, 'ValidationException', 'A field is wrong.'),
    account: aws(403, 'UnrecognizedClientException', 'The security token is invalid.'),
    region: aws(
      403,
      'AccessDeniedException',
      "You don't have access to the model with the specified model ID.",
    ),
  },
};

export const refusalBy = (wire: WireName, kind: RefusalKind): Script => {
  const { status, body, headers = {} } = REFUSALS[wire][kind];
  return { status, type: 'application/json', headers, chunks: [JSON.stringify(body)] };
};

/** A page of whoever stands before a provider. */
export const PAGE: Script = { type: 'text/html', chunks: ['<html><body>busy</body></html>'] };
export const NOTHING: Script = { type: 'application/json', chunks: [] };

/** The error that a wire has for a busy day, under a status that says that all is well. */
export const errorUnderGoodStatus = (wire: WireName): Script => ({
  type: 'application/json',
  chunks: [JSON.stringify(REFUSALS[wire].busy.body)],
});

/** The error that a wire ends a stream with. */
export const errorEvent = (wire: WireName): string | Uint8Array => {
  const json = JSON.stringify(REFUSALS[wire].busy.body);
  switch (wire) {
    case 'openai-chat':
      return `data: ${json}\n\n`;
    case 'anthropic-messages':
      return `event: error\ndata: ${json}\n\n`;
    case 'gemini':
      return `data: ${json}\r\n\r\n`;
    case 'bedrock-converse':
      return codec.encode({
        headers: {
          ':message-type': { type: 'string', value: 'exception' },
          ':exception-type': { type: 'string', value: 'serviceUnavailableException' },
          ':content-type': { type: 'string', value: 'application/json' },
        },
        body: Buffer.from(json),
      });
  }
};

const WORDS = { words: ['Hel', 'lo'] };

/** An answer of two words that breaks off behind them. */
export const begun = (wire: WireName, model: string): NonNullable<Script['chunks']> => {
  const chunks = speak(wire, model, WORDS).chunks ?? [];
  const last = chunks.findLastIndex((chunk) => textIn(chunk).includes('lo"'));
  return chunks.slice(0, last + 1);
};

const textIn = (chunk: string | Uint8Array): string =>
  typeof chunk === 'string' ? chunk : utf8Text(chunk);

/** What becomes of a count; null: it is not said. */
type CountChange = (count: number) => number | null;

export type CountDay = 'twice' | 'shrinking' | 'growing' | 'none' | 'negative';

/** The same answer whole, with its counts as they come on some days. */
export const counted = (wire: WireName, model: string, day: CountDay): Script => {
  const { chunks = [], ...spoken } = speak(wire, model, WORDS);
  return { ...spoken, chunks: chunks.flatMap((chunk) => countedFrames(wire, chunk, day)) };
};

const COUNT = /((?:_tokens|TokenCount|Tokens)":)(\d+)/g;
const FEW = 3;

const countedFrames = (
  wire: WireName,
  chunk: string | Uint8Array,
  day: CountDay,
): readonly (string | Uint8Array)[] => {
  const text = textIn(chunk);
  if (text.search(COUNT) < 0) return [chunk];
  const few = withCounts(wire, chunk, (count) => Math.min(count, FEW));
  // A stream begins once.
  const isStart = text.includes('message_start');
  switch (day) {
    case 'twice':
      return isStart ? [chunk] : [chunk, chunk];
    case 'shrinking':
      return isStart ? [chunk] : [chunk, few];
    case 'growing':
      return isStart ? [few] : [few, chunk];
    case 'none':
      return [withCounts(wire, chunk, () => null)];
    case 'negative':
      return [withCounts(wire, chunk, (count) => -count)];
  }
};

const withCounts = (
  wire: WireName,
  chunk: string | Uint8Array,
  change: CountChange,
): string | Uint8Array => {
  const replaced = (text: string): string =>
    text.replaceAll(
      COUNT,
      (_all, name: string, count: string) => `${name}${change(Number(count))}`,
    );
  if (wire !== 'bedrock-converse' || typeof chunk === 'string') return replaced(textIn(chunk));
  const { headers, body } = codec.decode(chunk);
  return codec.encode({ headers, body: Buffer.from(replaced(utf8Text(body))) });
};
