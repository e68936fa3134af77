import type { Context } from 'aws-lambda';
import { expect, test } from 'vitest';
import type { HttpRequest } from '../../../lambdas/http/request.ts';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import {
  atCallersPlace,
  placeIn,
} from '../../../lambdas/threads/dialects/responses/routes/callers-place.ts';

const BODY = {
  model: 'm',
  input: [{ role: 'user', content: 'hi' }, { type: 'function_call_output' }],
  tools: [{ type: 'namespace', tools: [{ name: 'a' }] }],
  text: { format: { type: 'text' } },
};

test.each([
  ['input.0.content.0.text', 'input.0.content'],
  ['input.1.call_id', 'input.1.call_id'],
  ['input.1.output.0.text', 'input.1.output'],
  ['input.7', 'input.7'],
  ['tools.0.tools.0.name', 'tools.0.tools.0.name'],
  ['reasoning.effort', 'reasoning'],
  ['colour', 'colour'],
])('%s is as near as the body goes: %s', (param, place) => {
  expect(placeIn(BODY, param)).toBe(place);
});

test('a text for all of the input is one place', () => {
  expect(placeIn({ input: 'hi' }, 'input.0.content.0.text')).toBe('input');
});

const request = { body: Buffer.from(JSON.stringify(BODY)), headers: {} };
const failing = async (reason: unknown): Promise<unknown> => {
  const routes = atCallersPlace({ route: async () => await Promise.reject(reason) });
  const [outcome] = await Promise.allSettled([routes['route']?.(requestOf(), contextOf())]);
  return outcome?.status === 'rejected' ? outcome.reason : null;
};
const requestOf = (): HttpRequest => ({
  ...request,
  requestId: 'req_1',
  holdId: 'hold_1',
  secret: null,
  route: 'POST /v1/responses',
  path: '/v1/responses',
  params: {},
  query: {},
});
const contextOf = (): Context => ({
  callbackWaitsForEmptyEventLoop: false,
  functionName: '',
  functionVersion: '',
  invokedFunctionArn: '',
  memoryLimitInMB: '',
  awsRequestId: '',
  logGroupName: '',
  logStreamName: '',
  getRemainingTimeInMillis: () => 1_000,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
});

test.each([
  ['max_tokens', 'max_output_tokens'],
  ['max_completion_tokens', 'max_output_tokens'],
  ['messages.3.content.0', 'input'],
  ['system.0', 'instructions'],
  ['response_format.json_schema', 'text.format'],
  ['parallelToolCalls', 'parallel_tool_calls'],
  ['reasoning_effort', 'reasoning'],
  ['model', 'model'],
])('an error about the translated %s names %s, in its words too', async (param, place) => {
  const error = new AppError({
    code: 'feature_not_priced',
    publicMessage: `${param}: is not served`,
    facts: { param, limit: 3 },
    retryAfterSeconds: 5,
  });
  expect(await failing(error)).toMatchObject({
    code: 'feature_not_priced',
    publicMessage: `${place}: is not served`,
    facts: { param: place, limit: 3 },
    retryAfterSeconds: 5,
  });
});

test('an error that names no place, or is none of ours, stays what it is', async () => {
  const none = new AppError({ code: 'storage_unavailable', publicMessage: 'Away.' });
  const other = new Error('boom');
  expect(await failing(none)).toBe(none);
  expect(await failing(other)).toBe(other);
});
