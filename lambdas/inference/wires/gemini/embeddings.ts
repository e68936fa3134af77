import * as z from 'zod';
import { checked, countValues, isRecord, parseJsonObject } from '../../../http/body.ts';
import { AppError } from '../../../shared/app-error.ts';
import { utf8Text } from '../../../shared/utf8.ts';
import { NO_TOKENS } from '../../../ledger/domain/usage.ts';
import { exactJson } from '../exact-json.ts';
import { countOf, fieldsOf } from '../fields.ts';
import { passedHeaders } from '../headers.ts';
import type { UnitCall, UnitCounts, UnitWire } from '../unit-wire.ts';
import { unknownFields, type Unpriced } from '../unpriced.ts';
import { plainBody } from './plain-body.ts';

type Body = Readonly<Record<string, unknown>>;

/** What a path asks for: https://ai.google.dev/api/embeddings */
type EmbedAction = 'embedContent' | 'batchEmbedContents';

/** Which client asks. */
const VENDOR = /^x-goog-api-client$/;
const REQUESTS_MAX = 10_000;
const part = z.looseObject({ text: z.string().nullish() });
const request = z.looseObject({
  model: z.string().nullish(),
  content: z.looseObject({ parts: z.array(part).min(1).max(10_000) }),
  title: z.string().nullish(),
});
const batch = z.looseObject({ requests: z.array(request).min(1).max(REQUESTS_MAX) });
type Embed = z.infer<typeof request>;

const FIELDS: ReadonlySet<string> = new Set([
  'model',
  'content',
  'taskType',
  'title',
  'outputDimensionality',
]);
const CONTENT_FIELDS: ReadonlySet<string> = new Set(['parts', 'role']);
/** Pictures and sounds have prices of their own, and how many tokens they are is known to the provider alone. */
const PART_FIELDS: ReadonlySet<string> = new Set(['text']);

/** What a tokenizer may put around a text: its first and its last token. */
const AROUND_TOKENS = 2;

interface EmbeddingCall extends UnitCall {
  readonly requests: readonly Embed[];
  /** To be written, numbers as they were said. */
  readonly sent: Body;
}

/** Vectors of texts, billed by the tokens that go in. The path names the model, and whether it is one text or many. */
export const geminiEmbeddings = (model: string, action: EmbedAction): UnitWire<EmbeddingCall> => ({
  kind: 'embedding',
  route: `POST /v1beta/models/{model}:${action}`,
  beside: 'gemini',
  read: (bytes) => {
    const json = utf8Text(bytes);
    const told = parseJsonObject(json);
    countValues(told);
    const body = plainBody(told);
    const requests =
      action === 'embedContent' ? [checked(request, body)] : checked(batch, body).requests;
    for (const [index, { model: named }] of requests.entries())
      refuseOther(model, named ?? null, placeOf(action, index));
    return {
      model,
      requests,
      unpriced: [
        ...(action === 'embedContent' ? [] : unknownFields(body, new Set(['requests', 'model']))),
        ...requests.flatMap((one, index) => unpricedIn(one, placeOf(action, index))),
      ],
      fields: body,
      sent: plainBody(exactJson(json) ?? told),
    };
  },
  bound: ({ requests }) => ({
    counts: { ...NO_TOKENS, input: requests.reduce((sum, one) => sum + boundTokens(one), 0) },
    unpriced: [],
  }),
  endpoint: ({ apiKey }, headers, name) => ({
    path: `/v1beta/models/${encodeURIComponent(name)}:${action}`,
    headers: {
      ...passedHeaders(headers, VENDOR),
      ...(apiKey === null ? {} : { 'x-goog-api-key': apiKey }),
    },
  }),
  body: ({ sent }, name) => ({
    type: 'application/json',
    bytes: Buffer.from(JSON.stringify(named(sent, `models/${name}`))),
  }),
  shownHeaders: () => ({}),
  members: ['usageMetadata', 'error'],
  isLast: () => false,
  isJson: () => true,
  sound: () => null,
  counts: (_call, { told }) => countsOf(fieldsOf(told[0]?.['usageMetadata'])),
});

/** As its provider knows it, where its name has the provider before it. */
const nameOf = (model: string): string => model.replace(/^google\//, '');

const placeOf = (action: EmbedAction, index: number): string =>
  action === 'embedContent' ? '' : `requests.${index}.`;

/** The price is that of the model in the path: nobody is asked for another one. */
const refuseOther = (model: string, told: string | null, path: string): void => {
  const plain = told?.replace(/^models\//, '');
  if (plain === undefined || plain === model || plain === nameOf(model)) return;
  throw new AppError({
    code: 'invalid_request',
    publicMessage: `${path}model: is not the model of the path, ${model}`,
    facts: { param: `${path}model` },
  });
};

const unpricedIn = (one: Embed, path: string): readonly Unpriced[] => [
  ...unknownFields(one, FIELDS, path),
  ...unknownFields(one.content, CONTENT_FIELDS, `${path}content.`),
  ...one.content.parts.flatMap((told, at) =>
    unknownFields(told, PART_FIELDS, `${path}content.parts.${at}.`),
  ),
];

/** A token has at least one byte of the text. */
const boundTokens = ({ content, title }: Embed): number =>
  content.parts.reduce(
    (sum, { text }) => sum + Buffer.byteLength(text ?? ''),
    Buffer.byteLength(title ?? '') + AROUND_TOKENS,
  );

/** Each request names its model; one that named none is of the path's. */
const named = (body: Body, model: string): Body => {
  const { requests } = body;
  if (!Array.isArray(requests)) return { ...body, model };
  return {
    requests: requests.map((one: unknown) => (isRecord(one) ? { ...one, model } : one)),
  };
};

const countsOf = (usage: ReturnType<typeof fieldsOf>): UnitCounts | null => {
  const input = countOf(usage['promptTokenCount']);
  return input === null || input === 0
    ? null
    : { tokens: { ...NO_TOKENS, input }, isEstimate: false };
};
