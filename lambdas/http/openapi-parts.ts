import * as z from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { listBody } from './lists.ts';
import { ERROR_TABLE } from '../shared/app-error.ts';

const codes = z.enum(Object.keys(ERROR_TABLE));

/** An error of the native routes. */
export const errorSchema = z
  .strictObject({
    error: z.looseObject({
      type: z.string(),
      code: codes,
      message: z.string(),
      request_id: z.string(),
    }),
  })
  .meta({ id: 'Error' });

const ERRORS = {
  '400': 'A field is wrong; the error names it',
  '401': 'The key is missing or not valid',
  '403': 'The key may not do this',
  '404': 'It does not exist, or belongs to another project',
  '503': 'Storage is unavailable; nothing was done or forwarded',
} as const;
/** What a public route may answer beside its result. */
export const PUBLIC_ERRORS = { '429': 'The stage gets more requests than it takes' } as const;
/** What a call of a model may answer beside its result. */
export const CALL_ERRORS = {
  ...ERRORS,
  '402':
    'The cap of the key or of its project, as limit_source says; the error has cap_micros, spent_micros, held_micros, needed_micros, resets_at',
  '413': 'The body does not fit',
  '415': 'The content-encoding of the body cannot be read',
  '429':
    'Over the rate or the concurrency of the key, or over the provider_rpm of a route; see Retry-After',
  '502': 'The provider failed',
  '504': 'The provider did not answer in time',
} as const;

/** A room's part of the contract: its operations, and its chapters with what they are for. */
export interface RoomContract {
  readonly paths: ZodOpenApiPathsObject;
  readonly tags: readonly { readonly name: string; readonly description: string }[];
}

/** Names operations of one chapter: the id is the function's name in a generated client, the summary is one line. */
export const chapter = (tag: string) => (operationId: string, summary: string) => ({
  operationId,
  summary,
  tags: [tag],
});

/** A JSON body with an example of it. */
export const json = <T extends z.ZodType>(schema: T, example: z.input<T>) => ({
  content: { 'application/json': { schema, example } },
});
/** An example of a page that is the last one. */
export const pageOf = <T>(one: T) => ({ ...listBody([one], null), data: [one] });
/** One good answer, and the errors that every route has. */
export const answers = (
  status: string,
  description: string,
  content: object,
  errors: Readonly<Record<string, string>> = ERRORS,
) => ({
  responses: {
    [status]: { description, ...content },
    ...Object.fromEntries(
      Object.entries(errors).map(([code, text]) => [
        code,
        { description: text, content: { 'application/json': { schema: errorSchema } } },
      ]),
    ),
  },
});
/** One parameter of the path that may have slashes in it. */
export const pathWithSlashes = (name: string, meaning: string) => ({
  path: z.object({
    [name]: z.string().describe(`${meaning}; its slashes as they are, or as %2F`),
  }),
});
/** One parameter of the path. */
export const path = (name: string) => ({ path: z.object({ [name]: z.string() }) });
/** Parameters of a query that are named by what they filter, as `metadata.plan=pro`: `filters('metadata')`. */
export const filters = (what: string) => ({
  filter: z
    .record(z.string().regex(new RegExp(`^${what}\\..+$`)), z.string())
    .optional()
    .meta({
      description: `${what}.<name>=<value>`,
      example: { [`${what}.plan`]: 'pro' },
      param: { style: 'form', explode: true },
    }),
});
/** The contract of all rooms, from the schemas that check the requests. */
export const openApiDocument = (version: string, rooms: readonly RoomContract[]) =>
  createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Sluice',
      version,
      description:
        'A gateway with hard spend caps and durable threads. Times are epoch milliseconds in UTC, money is in micro-USD.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The stage that serves this document' }],
    security: [{ bearer: [] }, { apiKey: [] }],
    tags: rooms.flatMap(({ tags }) => tags),
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
    },
    paths: withNeededBodies(Object.assign({}, ...rooms.map(({ paths }) => paths))),
  });

/** An empty body is read as `{}`: where that will not do, a body is required. */
const withNeededBodies = (paths: ZodOpenApiPathsObject): ZodOpenApiPathsObject =>
  Object.fromEntries(
    Object.entries(paths).map(([path, item]) => {
      const { post, put, patch } = item;
      const taking = Object.entries({ post, put, patch }).flatMap(([method, operation]) =>
        operation === undefined ? [] : [[method, withNeededBody(operation)] as const],
      );
      return [path, { ...item, ...Object.fromEntries(taking) }];
    }),
  );

const withNeededBody = (operation: ZodOpenApiOperationObject): ZodOpenApiOperationObject => {
  const { requestBody } = operation;
  if (requestBody === undefined || '$ref' in requestBody) return operation;
  const isNeeded = Object.values(requestBody.content).some(
    (body) => body?.schema instanceof z.ZodType && !body.schema.safeParse({}).success,
  );
  return isNeeded ? { ...operation, requestBody: { ...requestBody, required: true } } : operation;
};
