import * as z from 'zod';
import type { Resource } from '../template.ts';

export interface Route {
  readonly method: string;
  /** As API Gateway writes it: `/v1/keys/{key_id}`, `/{proxy+}`. */
  readonly resource: string;
  readonly functionId: string;
  readonly isStreamed: boolean;
}

const methodSchema = z.object({
  RestApiId: z.string(),
  HttpMethod: z.string(),
  ResourceId: z.string(),
  Integration: z.object({
    Type: z.literal('AWS_PROXY'),
    Uri: z.string(),
    ResponseTransferMode: z.enum(['STREAM', 'BUFFERED']).optional(),
  }),
});

/** A route, with the ids of its method and its API. */
interface Method {
  readonly id: string;
  readonly apiId: string;
  readonly route: Route;
}

export const routesOf = (resources: readonly Resource[]): readonly Route[] =>
  methodsOf(resources).map(({ route }) => route);

/** Methods of the REST API with the whole path of their resource. */
export const methodsOf = (resources: readonly Resource[]): readonly Method[] => {
  const parts = new Map(
    resources
      .filter(({ type }) => type === 'AWS::ApiGateway::Resource')
      .map(({ id, properties }) => [
        id,
        z.object({ PathPart: z.string(), ParentId: z.string() }).parse(properties),
      ]),
  );
  const pathOf = (id: string): string => {
    const part = parts.get(id);
    return part === undefined ? '' : `${pathOf(part.ParentId)}/${part.PathPart}`;
  };
  return resources
    .filter(({ type }) => type === 'AWS::ApiGateway::Method')
    .map(({ id, properties }) => {
      const method = methodSchema.parse(properties);
      const route = {
        method: method.HttpMethod,
        resource: pathOf(method.ResourceId) === '' ? '/' : pathOf(method.ResourceId),
        functionId: /function:([^/]+)\//.exec(method.Integration.Uri)?.[1] ?? '',
        isStreamed: method.Integration.ResponseTransferMode === 'STREAM',
      };
      return { id, apiId: method.RestApiId, route };
    });
};

/** The most specific route for a request, with its path parameters: exact parts win over `{id}`, those over `{id+}`. */
export const matchRoute = (
  routes: readonly Route[],
  method: string,
  path: string,
): { readonly route: Route; readonly params: Readonly<Record<string, string>> } | null => {
  const parts = path.split('/').filter((part) => part !== '');
  const found = routes
    .filter((route) => route.method === method || route.method === 'ANY')
    .flatMap((route) => {
      const matched = matchParts(
        route.resource.split('/').filter((part) => part !== ''),
        parts,
      );
      return matched === null ? [] : [{ route, ...matched }];
    })
    .toSorted((left, right) => left.rank.localeCompare(right.rank));
  return found[0] ?? null;
};

const matchParts = (
  pattern: readonly string[],
  parts: readonly string[],
): { readonly params: Record<string, string>; readonly rank: string } | null => {
  const params: Record<string, string> = {};
  let rank = '';
  for (const [index, word] of pattern.entries()) {
    const part = parts[index];
    const greedy = /^\{(.+)\+\}$/.exec(word)?.[1];
    if (greedy !== undefined)
      return part === undefined
        ? null
        : {
            params: { ...params, [greedy]: decodePart(parts.slice(index).join('/')) },
            rank: `${rank}2`,
          };
    if (part === undefined) return null;
    const name = /^\{(.+)\}$/.exec(word)?.[1];
    if (name !== undefined) params[name] = decodePart(part);
    else if (word !== part) return null;
    rank += name === undefined ? '0' : '1';
  }
  return pattern.length === parts.length ? { params, rank } : null;
};

const decodePart = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};
