import { createHash } from 'node:crypto';
import * as z from 'zod';
import { CONTRACT } from '../lambdas/contract.ts';
import { openApiDocument } from '../lambdas/http/openapi-parts.ts';

const media = z.looseObject({ schema: z.unknown() });
const content = z.record(z.string(), media);
const operation = z.looseObject({
  operationId: z.string(),
  tags: z.tuple([z.string()]),
  requestBody: z.looseObject({ content }).optional(),
  responses: z.record(z.string(), z.looseObject({ content: content.optional() })),
});
type Operation = z.infer<typeof operation>;
const contract = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), operation)) });

const JSON_TYPE = 'application/json';
const EVENTS_TYPE = 'text/event-stream';

/** What others wrote clients for. */
const OF_OTHERS = ['AI SDK', 'Agents', 'Responses'];
const isOfOthers = (method: string, path: string, { tags: [tag] }: Operation): boolean =>
  OF_OTHERS.includes(tag) ||
  (tag === 'Models' && (method === 'post' || /^\/(v1beta|elevenlabs)\//.test(path)));

const isGood = (status: string): boolean => status.startsWith('2');

/** The types of its good answers. */
const typesOf = ({ responses }: Operation): readonly string[] =>
  Object.entries(responses).flatMap(([status, answer]) =>
    isGood(status) ? Object.keys(answer.content ?? {}) : [],
  );

/** Streams, and pages for people, are no method of a generated client. */
const isAnswered = (asked: Operation): boolean => {
  const types = typesOf(asked);
  return types.includes(JSON_TYPE) || types.includes('text/csv');
};

/** A route that streams when it is asked to: here it answers as a whole, and its body has to say so. */
const asWhole = (asked: Operation): Operation => {
  if (!typesOf(asked).includes(EVENTS_TYPE)) return asked;
  const responses = Object.entries(asked.responses).map(([status, answer]) => {
    const { [EVENTS_TYPE]: _events, ...rest } = answer.content ?? {};
    return [status, { ...answer, content: rest }] as const;
  });
  const body = asked.requestBody?.content[JSON_TYPE];
  if (body === undefined) throw new Error(`${asked.operationId} streams and takes no JSON`);
  return {
    ...asked,
    requestBody: {
      ...asked.requestBody,
      content: { [JSON_TYPE]: { ...body, schema: unstreamed(body.schema) } },
    },
    responses: Object.fromEntries(responses),
  };
};

const taking = z.looseObject({
  properties: z.looseObject({ stream: z.unknown() }),
  required: z.array(z.string()).default([]),
});
const oneOf = z.looseObject({ anyOf: z.array(z.unknown()) });

const unstreamed = (schema: unknown): unknown => {
  const choice = oneOf.safeParse(schema);
  if (choice.success) return { ...choice.data, anyOf: choice.data.anyOf.map(unstreamed) };
  const { success, data } = taking.safeParse(schema);
  if (!success || data.properties.stream === undefined) return schema;
  return {
    ...data,
    properties: { ...data.properties, stream: { type: 'boolean', const: false } },
    required: [...data.required, 'stream'],
  };
};

/**
 * The part of the contract that the client of `clients/node` is made of: what no SDK of a provider speaks. Streams are
 * not in it: the client reads those of threads by the protocol that the browser's client knows.
 */
export const clientContract = (): string => {
  const whole = contract.parse(JSON.parse(JSON.stringify(openApiDocument('', CONTRACT))));
  const paths = Object.entries(whole.paths).flatMap(([path, methods]) => {
    const kept = Object.entries(methods).filter(
      ([method, asked]) => !isOfOthers(method, path, asked) && isAnswered(asked),
    );
    const made = kept.map(([method, asked]) => [method, asWhole(asked)] as const);
    return made.length === 0 ? [] : [[path, Object.fromEntries(made)] as const];
  });
  return JSON.stringify({ ...whole, paths: Object.fromEntries(paths) });
};

/** By which a client is known to be made of this contract, without making it again. */
export const contractHash = (text: string): string =>
  createHash('sha256').update(text).digest('hex');
