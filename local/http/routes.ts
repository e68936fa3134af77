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

/** A route, with the path parameters of one request. */
export interface Matched {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds the most specific route of a request: exact parts win over `{id}`, those over `{id+}`, a method over ANY. */
export const routeMatcher = (
  routes: readonly Route[],
): ((method: string, path: string) => Matched | null) => {
  const ranked = routes
    .map((route) => ({ route, words: partsOf(route.resource).map(wordOf) }))
    .map((known) => ({ ...known, rank: rankOf(known) }))
    .toSorted((left, right) => left.rank.localeCompare(right.rank));
  const find = (method: string, path: string): Matched | null => {
    const parts = partsOf(path);
    for (const { route, words } of ranked) {
      if (route.method !== method && route.method !== 'ANY') continue;
      const params = paramsOf(words, parts);
      if (params !== null) return { route, params };
    }
    return null;
  };
  const known = new Map<string, Matched | null>();
  return (method, path) => {
    const key = `${method} ${path}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const found = find(method, path);
    if (known.size < KNOWN_MAX) known.set(key, found);
    return found;
  };
};

/** The paths of models are asked again and again; those that name something are without end. */
const KNOWN_MAX = 256;

const rankOf = ({ route, words }: { readonly route: Route; readonly words: readonly Word[] }) =>
  `${words.map(({ rank }) => rank).join('')} ${route.method === 'ANY' ? 1 : 0}`;

const partsOf = (path: string): readonly string[] => path.split('/').filter((part) => part !== '');

/** One part of a route's path, and how specific it is: 0 is itself, 1 a part of any name, 2 all that is left. */
interface Word {
  readonly rank: 0 | 1 | 2;
  readonly name: string;
}

const wordOf = (part: string): Word => {
  const greedy = /^\{(.+)\+\}$/.exec(part)?.[1];
  if (greedy !== undefined) return { rank: 2, name: greedy };
  const name = /^\{(.+)\}$/.exec(part)?.[1];
  return name === undefined ? { rank: 0, name: part } : { rank: 1, name };
};

/** Null: the path is none of the route's. */
const paramsOf = (
  words: readonly Word[],
  parts: readonly string[],
): Readonly<Record<string, string>> | null => {
  const params: Record<string, string> = {};
  for (const [index, { rank, name }] of words.entries()) {
    const part = parts[index];
    if (part === undefined || (rank === 0 && part !== name)) return null;
    if (rank === 2) return { ...params, [name]: decodePart(parts.slice(index).join('/')) };
    if (rank === 1) params[name] = decodePart(part);
  }
  return words.length === parts.length ? params : null;
};

const decodePart = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};
