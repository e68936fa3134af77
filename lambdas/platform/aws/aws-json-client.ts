import { parseAnyOrder } from './any-order-json.ts';
import type { SendAws } from './aws-client.ts';
import { isRecord } from './aws-error.ts';

export interface JsonProtocol {
  readonly version: '1.0' | '1.1';
  /** What an operation's name follows in `x-amz-target`. */
  readonly target: string;
}

/** One call of a service that speaks AWS JSON. */
export type JsonCall = (
  operation: string,
  input: object,
) => Promise<Readonly<Record<string, unknown>>>;

/** https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html */
export const awsJsonCalls = (send: SendAws, { version, target }: JsonProtocol): JsonCall => {
  const contentType = `application/x-amz-json-${version}`;
  return async (operation, input) => {
    const answer = await send({
      method: 'POST',
      path: '/',
      headers: { 'content-type': contentType, 'x-amz-target': `${target}.${operation}` },
      body: JSON.stringify(input),
    });
    const output = parseAnyOrder(answer.body.toString('utf8'));
    if (!isRecord(output)) throw new Error(`${operation} answered with no object`);
    return output;
  };
};
