import * as z from 'zod';

const result = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});

/** A request as API Gateway hands it to a function, as far as ours read it. */
export const proxyEvent = (
  method: string,
  target: string,
  resources: readonly string[],
  body: unknown,
  key: string | null,
): object => {
  const { pathname, searchParams } = new URL(target, 'http://gateway');
  const matched = resources
    .map((resource) => ({ resource, params: paramsOf(resource, pathname) }))
    .find(({ params }) => params !== null);
  return {
    httpMethod: method,
    path: pathname,
    resource: matched?.resource ?? pathname,
    pathParameters: matched?.params ?? null,
    queryStringParameters: Object.fromEntries(searchParams),
    headers: key === null ? {} : { Authorization: `Bearer ${key}` },
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    isBase64Encoded: false,
  };
};

/** Runs a buffered handler as Lambda does. */
export const invoke = async (handler: (...args: never[]) => unknown, event: object) => {
  const answer: unknown = await Reflect.apply(handler, null, [event, { functionName: 'test' }]);
  const { statusCode, headers, body } = result.parse(answer);
  return { status: statusCode, headers, body };
};

const paramsOf = (resource: string, pathname: string): Record<string, string> | null => {
  const pattern = resource
    .replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')
    .replaceAll(/\{(\w+)\+\}/g, '(?<$1>.+)');
  const match = new RegExp(`^${pattern}$`).exec(pathname);
  return match === null ? null : { ...match.groups };
};
