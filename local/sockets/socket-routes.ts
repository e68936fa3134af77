import * as z from 'zod';
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
  const apis = typed(resources, 'Api', apiSchema);
  const [api] = apis;
  if (api === undefined) return null;
  if (apis.length > 1) throw new Error(`${apis[1]?.id}: the local runtime hosts one WebSocket API`);
  const [stage] = typed(resources, 'Stage', stageSchema);
  if (stage === undefined) throw new Error(`${api.id}: the WebSocket API has no stage`);
  return {
    id: api.id,
    stage: stage.properties.StageName,
    selector: api.properties.RouteSelectionExpression.split('.').slice(2),
    routes: routesOf(resources),
  };
};

const routesOf = (resources: readonly Resource[]): ReadonlyMap<string, SocketRoute> => {
  const integrations = new Map(
    typed(resources, 'Integration', integrationSchema).map(({ id, properties }) => [
      id,
      /function:([^/]+)\//.exec(properties.IntegrationUri)?.[1] ?? '',
    ]),
  );
  return new Map(
    typed(resources, 'Route', routeSchema).map(({ id, properties }) => {
      const functionId = integrations.get(properties.Target.replace('integrations/', ''));
      if (functionId === undefined) throw new Error(`${id}: the route has no function`);
      const hasResponse = properties.RouteResponseSelectionExpression !== undefined;
      return [properties.RouteKey, { functionId, hasResponse }];
    }),
  );
};

const typed = <T>(
  resources: readonly Resource[],
  type: string,
  schema: z.ZodType<T>,
): readonly { readonly id: string; readonly properties: T }[] =>
  resources
    .filter((resource) => resource.type === `AWS::ApiGatewayV2::${type}`)
    .map(({ id, properties }) => {
      const parsed = schema.safeParse(properties);
      if (!parsed.success) throw new Error(`${id}: ${z.prettifyError(parsed.error)}`);
      return { id, properties: parsed.data };
    });
