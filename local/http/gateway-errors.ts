import * as z from 'zod';
import type { Resource } from '../template.ts';

const words = z.record(z.string(), z.string()).catch({});

/** The gateway responses of a template, by their type. */
export const gatewayErrorsOf = (resources: readonly Resource[]): ReadonlyMap<string, Resource> =>
  new Map(
    resources
      .filter(({ type }) => type === 'AWS::ApiGateway::GatewayResponse')
      .map((resource) => [String(resource.properties['ResponseType']), resource]),
  );

/** What API Gateway answers by itself, in place of a function; `status` is its own where the template says none. */
export const gatewayError = (
  resource: Resource | undefined,
  status: number,
  requestId: string,
): { readonly status: number; readonly headers: Record<string, string>; readonly body: string } => {
  const { 'application/json': template = '{}' } = words.parse(
    resource?.properties['ResponseTemplates'],
  );
  return {
    status: Number(resource?.properties['StatusCode'] ?? status),
    headers: { 'content-type': 'application/json', ...headersOf(resource, requestId) },
    body: template.replaceAll('$context.requestId', requestId),
  };
};

/** What the template maps: words in quotes as they are, and the request's id. */
const headersOf = (resource: Resource | undefined, requestId: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(words.parse(resource?.properties['ResponseParameters'])).map(([name, value]) => [
      name.replace(/^gatewayresponse\.header\./, ''),
      value === 'context.requestId' ? requestId : value.replace(/^'(.*)'$/, '$1'),
    ]),
  );
