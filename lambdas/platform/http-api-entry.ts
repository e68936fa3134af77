import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import { inInvocation, type InvocationFacts } from './invocation.ts';
import { countColdStart } from './metrics.ts';

/** What a function of an HTTP API answers: bytes, whatever they are. */
export interface BytesAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** How a room reads requests of an HTTP API. `answer` throws nothing: what failed has an answer too. */
export interface HttpApiDoor<R extends { readonly requestId: string }> {
  read(event: APIGatewayProxyEventV2): R;
  facts(request: R): InvocationFacts;
  answer(request: R, context: Context): Promise<BytesAnswer>;
}

/** An entry of an HTTP API, which decodes base64 for every client. */
export const httpApiEntry =
  <R extends { readonly requestId: string }>(door: HttpApiDoor<R>) =>
  async (
    event: APIGatewayProxyEventV2,
    context: Context,
  ): Promise<APIGatewayProxyStructuredResultV2> => {
    const request = door.read(event);
    return await inInvocation(door.facts(request), async () => {
      countColdStart(context.functionName);
      const { status, headers, body } = await door.answer(request, context);
      return {
        statusCode: status,
        headers: { ...headers, 'x-request-id': request.requestId },
        body: Buffer.from(body).toString('base64'),
        isBase64Encoded: true,
      };
    });
  };
