import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { Agent, request } from '../http/node-http.ts';

/** The engines on a laptop ask for the parts of a signature and check none of them. */
const UNSIGNED = {
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
  'x-amz-date': '20260101T000000Z',
  'content-type': 'application/x-amz-json-1.0',
};
const TIMEOUT_MS = 10_000;
const agent = new Agent({ keepAlive: true });

/**
 * One call to the storage engine on DynamoDB's own wire, JSON to JSON. The SDK would take a record of a stream apart into
 * dates and bytes, which Lambda's event has as the wire has them, and ten times the time.
 */
export const engineCall = async (
  endpoint: string,
  target: string,
  input: object,
): Promise<unknown> => JSON.parse(await engineText(endpoint, target, input));

/** The same, for whoever reads the answer himself. */
export const engineText = async (
  endpoint: string,
  target: string,
  input: object,
): Promise<string> => {
  const { status, body } = await answerTo(endpoint, target, JSON.stringify(input));
  if (status !== 200) throw new EngineError(target, body);
  return body;
};

/** What the engine refused, by DynamoDB's own name for the reason. */
export class EngineError extends Error {
  override readonly name: string;

  constructor(target: string, body: string) {
    super(`${target}: ${body}`);
    this.name = refusal.parse(body);
  }
}

/** `com.amazonaws.dynamodb.v20120810#ResourceInUseException` -> `ResourceInUseException` */
const refusal = z
  .string()
  .transform((body): unknown => JSON.parse(body))
  .pipe(z.object({ __type: z.string() }))
  .transform(({ __type }) => __type.slice(__type.indexOf('#') + 1))
  .catch('UnknownError');

/** An operation of DynamoDB's own API. */
export const dynamoCall = async (
  endpoint: string,
  operation: string,
  input: object,
): Promise<unknown> => await engineCall(endpoint, `DynamoDB_20120810.${operation}`, input);

interface Answer {
  readonly status: number;
  readonly body: string;
}

const answerTo = async (endpoint: string, target: string, body: string): Promise<Answer> => {
  const headers = {
    ...UNSIGNED,
    'x-amz-target': target,
    'content-length': Buffer.byteLength(body),
  };
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const call = request(endpoint, { method: 'POST', agent, timeout: TIMEOUT_MS, headers });
  call.on('response', (response) => {
    text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
  });
  call.on('error', (error) => {
    // The engine closed a kept connection while it was taken: https://nodejs.org/api/http.html#requestreusedsocket
    if (call.reusedSocket && 'code' in error && error.code === 'ECONNRESET')
      resolve(answerTo(endpoint, target, body));
    else reject(error);
  });
  call.on('timeout', () => call.destroy(new Error(`${target} took ${TIMEOUT_MS} ms`)));
  call.end(body);
  return await promise;
};
