import * as z from 'zod';
import { methodsOf } from '../http/routes.ts';
import { httpApiOf } from '../http/http-api.ts';
import { socketApiOf } from '../sockets/socket-routes.ts';
import { executionArn, ruleArn, type Resource } from '../template.ts';

/** A resource in whose name a service wants to run a function. */
interface Trigger {
  readonly id: string;
  readonly functionId: string;
  readonly principal: 'apigateway.amazonaws.com' | 'events.amazonaws.com';
  readonly sourceArn: string;
}

/**
 * Stops the start when a method, a route of the sockets or a rule has no permission to run its function. AWS would
 * deploy it and refuse each call. https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
 */
export const checkPermitted = (resources: readonly Resource[]): void => {
  const permissions = typed(resources, 'AWS::Lambda::Permission', permissionSchema);
  const refused = triggersOf(resources).find(
    ({ functionId, principal, sourceArn }) =>
      !permissions.some(
        ({ properties }) =>
          functionIdOf(properties.FunctionName) === functionId &&
          properties.Principal === principal &&
          isLike(sourceArn, properties.SourceArn),
      ),
  );
  if (refused !== undefined)
    throw new Error(
      `${refused.id}: no permission of ${refused.functionId} lets ${refused.principal} call it for ${refused.sourceArn}`,
    );
};

const permissionSchema = z.strictObject({
  Action: z.literal('lambda:InvokeFunction'),
  FunctionName: z.string(),
  Principal: z.string(),
  SourceArn: z.string(),
});
const stageSchema = z.looseObject({ RestApiId: z.string(), StageName: z.string() });
const ruleSchema = z.looseObject({ Targets: z.array(z.looseObject({ Arn: z.string() })) });

const triggersOf = (resources: readonly Resource[]): readonly Trigger[] => [
  ...restTriggers(resources),
  ...httpTriggers(resources),
  ...socketTriggers(resources),
  ...typed(resources, 'AWS::Events::Rule', ruleSchema).flatMap(({ id, properties }) =>
    properties.Targets.map(({ Arn }) => ({
      id,
      functionId: functionIdOf(Arn),
      principal: 'events.amazonaws.com' as const,
      sourceArn: ruleArn(id),
    })),
  ),
];

const restTriggers = (resources: readonly Resource[]): readonly Trigger[] => {
  const stages = new Map(
    typed(resources, 'AWS::ApiGateway::Stage', stageSchema).map(({ properties }) => [
      properties.RestApiId,
      properties.StageName,
    ]),
  );
  return methodsOf(resources).map(({ id, apiId, route: { functionId, method, resource } }) => ({
    id,
    functionId,
    principal: 'apigateway.amazonaws.com',
    sourceArn: executionArn(apiId, `${stages.get(apiId)}/${anyMethod(method)}${resource}`),
  }));
};

/** What a permission has to allow for ANY. */
const anyMethod = (method: string): string => (method === 'ANY' ? '*' : method);

const httpTriggers = (resources: readonly Resource[]): readonly Trigger[] => {
  const api = httpApiOf(resources);
  return (api?.routes ?? []).map(({ functionId, method, resource }) => ({
    id: `${method} ${resource}`,
    functionId,
    principal: 'apigateway.amazonaws.com',
    sourceArn: executionArn(api?.id ?? '', `${api?.stage}/${anyMethod(method)}${resource}`),
  }));
};

const socketTriggers = (resources: readonly Resource[]): readonly Trigger[] => {
  const api = socketApiOf(resources);
  return [...(api?.routes ?? [])].map(([key, { functionId }]) => ({
    id: key,
    functionId,
    principal: 'apigateway.amazonaws.com',
    sourceArn: executionArn(api?.id ?? '', `${api?.stage}/${key}`),
  }));
};

const functionIdOf = (arn: string): string => arn.split(':').at(-1) ?? '';

/** `ArnLike`: a star stands for any text inside of one part. */
const isLike = (arn: string, pattern: string): boolean =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((text) => RegExp.escape(text))
      .join('[^:]*')}$`,
  ).test(arn);

const typed = <T>(resources: readonly Resource[], wanted: string, schema: z.ZodType<T>) =>
  resources
    .filter(({ type }) => type === wanted)
    .map(({ id, properties }) => {
      const parsed = schema.safeParse(properties);
      if (!parsed.success) throw new Error(`${id}: ${z.prettifyError(parsed.error)}`);
      return { id, properties: parsed.data };
    });
