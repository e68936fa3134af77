import * as z from 'zod';
import type { Resource } from '../template.ts';

/** One API of API Gateway's second generation: its properties, and what belongs to it. */
export interface ApiV2 {
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Resources of `AWS::ApiGatewayV2::<type>` of this API, each held to its schema. */
  parts<T>(
    type: 'Integration' | 'Route' | 'Stage',
    schema: z.ZodType<T>,
  ): readonly { readonly id: string; readonly properties: T }[];
}

/** The template's API of this protocol; null: it has none. More than one stops the start. */
export const apiV2Of = (
  resources: readonly Resource[],
  protocol: 'HTTP' | 'WEBSOCKET',
): ApiV2 | null => {
  const [api, second] = resources.filter(
    ({ type, properties }) =>
      type === 'AWS::ApiGatewayV2::Api' && properties['ProtocolType'] === protocol,
  );
  if (second !== undefined)
    throw new Error(`${second.id}: the local runtime hosts one ${protocol} API`);
  if (api === undefined) return null;
  return {
    id: api.id,
    properties: api.properties,
    parts: (type, schema) =>
      resources
        .filter(
          (resource) =>
            resource.type === `AWS::ApiGatewayV2::${type}` &&
            resource.properties['ApiId'] === api.id,
        )
        .map(({ id, properties }) => ({ id, properties: read(id, schema, properties) })),
  };
};

/** Properties that this runtime does not know stop the start. */
export const read = <T>(id: string, schema: z.ZodType<T>, properties: unknown): T => {
  const parsed = schema.safeParse(properties);
  if (!parsed.success) throw new Error(`${id}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
};
