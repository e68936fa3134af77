import * as z from 'zod';
import { apiV2Of, read, type ApiV2 } from '../http/api-v2.ts';
import type { Resource } from '../template.ts';

export interface SocketRoute {
  readonly functionId: string;
  /** Does what the function returns go back to the client? */
  readonly hasResponse: boolean;
}

/** The template's WebSocket API. */
export interface SocketApi {
  readonly id: string;
  readonly stage: string;
  /** Path inside the JSON of a message that names its route: `['type']` for `$request.body.type`. */
  readonly selector: readonly string[];
  readonly routes: ReadonlyMap<string, SocketRoute>;
}

const apiSchema = z.strictObject({
  Name: z.string(),
  Description: z.string().optional(),
  ProtocolType: z.literal('WEBSOCKET'),
  RouteSelectionExpression: z.string().regex(/^\$request\.body(\.\w+)+$/),
  IpAddressType: z.string().optional(),
  Tags: z.unknown().optional(),
});
const integrationSchema = z.strictObject({
  ApiId: z.string(),
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: z.string(),
  Description: z.string().optional(),
});
const routeSchema = z.strictObject({
  ApiId: z.string(),
  AuthorizationType: z.literal('NONE').default('NONE'),
  RouteKey: z.string(),
  OperationName: z.string().optional(),
  RouteResponseSelectionExpression: z.literal('$default').optional(),
  Target: z.string(),
});
const stageSchema = z.looseObject({ ApiId: z.string(), StageName: z.string() });

/** Null when the template has none; more than one, or one with an authorizer, stops the start. */
export const socketApiOf = (resources: readonly Resource[]): SocketApi | null => {
  const api = apiV2Of(resources, 'WEBSOCKET');
  if (api === null) return null;
  const { RouteSelectionExpression } = read(api.id, apiSchema, api.properties);
  const [stage] = api.parts('Stage', stageSchema);
  if (stage === undefined) throw new Error(`${api.id}: the WebSocket API has no stage`);
  return {
    id: api.id,
    stage: stage.properties.StageName,
    selector: RouteSelectionExpression.split('.').slice(2),
    routes: routesOf(api),
  };
};

const routesOf = (api: ApiV2): ReadonlyMap<string, SocketRoute> => {
  const integrations = new Map(
    api
      .parts('Integration', integrationSchema)
      .map(({ id, properties }) => [
        id,
        /function:([^/]+)\//.exec(properties.IntegrationUri)?.[1] ?? '',
      ]),
  );
  return new Map(
    api.parts('Route', routeSchema).map(({ id, properties }) => {
      const functionId = integrations.get(properties.Target.replace('integrations/', ''));
      if (functionId === undefined) throw new Error(`${id}: the route has no function`);
      const hasResponse = properties.RouteResponseSelectionExpression !== undefined;
      return [properties.RouteKey, { functionId, hasResponse }];
    }),
  );
};
