import * as z from 'zod';
import { checked, countValues, parseJsonObject } from '../../../http/body.ts';
import { broken, formBody } from '../../../http/multipart.ts';
import { utf8Text } from '../../../shared/utf8.ts';
import { NO_TOKENS, type TokenUsage } from '../../../ledger/domain/usage.ts';
import { exactJson } from '../exact-json.ts';
import { countOf, fieldsOf } from '../fields.ts';
import { unknownFields } from '../unpriced.ts';
import type {
  SeenAnswer,
  UnitBody,
  UnitBound,
  UnitCall,
  UnitCounts,
  UnitWire,
} from '../unit-wire.ts';
import {
  FILE,
  FILE_LIST,
  foreignParts,
  oneWord,
  readForm,
  shownFields,
  withModel,
  WORDS,
  type FormFields,
  type FormTable,
} from '../units/form-fields.ts';
import { openaiEndpoint } from '../units/openai-endpoint.ts';
import { imageTokens, PARTIAL_TOKENS } from './tokens.ts';

const IMAGES_MAX = 10;
const INPUTS_MAX = 16;
const fields = z.looseObject({
  model: z.string().min(1).max(256),
  prompt: z.string(),
  n: z.int().min(1).max(IMAGES_MAX).nullish(),
  size: z.string().max(32).nullish(),
  quality: z.string().max(32).nullish(),
  stream: z.boolean().nullish(),
  partial_images: z.int().min(0).max(3).nullish(),
  images: z
    .array(z.union([z.string(), z.looseObject({})]))
    .max(INPUTS_MAX)
    .nullish(),
});
type Asked = z.output<typeof fields>;

const SHARED: readonly string[] = [
  'background',
  'model',
  'moderation',
  'n',
  'output_compression',
  'output_format',
  'partial_images',
  'prompt',
  'quality',
  'response_format',
  'size',
  'stream',
  'user',
];
const KNOWN_MADE: ReadonlySet<string> = new Set([...SHARED, 'style']);
const KNOWN_EDITED: ReadonlySet<string> = new Set([...SHARED, 'images', 'input_fidelity', 'mask']);
const FORM: FormTable = {
  ...Object.fromEntries([...SHARED, 'input_fidelity'].map((name) => [name, WORDS])),
  image: FILE_LIST,
  'image[]': FILE_LIST,
  mask: FILE,
};

const TEMPLATE_TOKENS = 64;
/** Words that a model puts out beside an image, which it counts apart: what it revised of the prompt. */
const WORD_TOKENS = 1_000;

export interface ImageCall extends UnitCall {
  readonly asked: Asked;
  /** Images of the caller's, a mask among them. */
  readonly inputs: number;
  readonly body: (model: string) => UnitBody;
}

const jsonCall =
  (known: ReadonlySet<string>) =>
  (bytes: Uint8Array): ImageCall => {
    const json = utf8Text(bytes);
    const body = parseJsonObject(json);
    countValues(body);
    const asked = checked(fields, body);
    const sent = exactJson(json) ?? body;
    return {
      model: asked.model,
      asked,
      inputs: (asked.images?.length ?? 0) + (body['mask'] == null ? 0 : 1),
      unpriced: unknownFields(body, known),
      fields: known.has('images') ? { ...asked, images: `${asked.images?.length ?? 0}` } : body,
      body: (model) => ({
        type: 'application/json',
        bytes: Buffer.from(JSON.stringify({ ...sent, model })),
      }),
    };
  };

const formCall = (bytes: Uint8Array, type: string): ImageCall => {
  const form = readForm(bytes, type, FORM);
  const images = form.files.get('image')?.length ?? 0;
  if (images === 0) throw broken('is missing: a file', 'image');
  if (images > INPUTS_MAX) throw broken(`must have at most ${INPUTS_MAX} files`, 'image');
  const asked = checked(fields, askedIn(form));
  return {
    model: asked.model,
    asked,
    inputs: images + (form.files.get('mask')?.length ?? 0),
    unpriced: foreignParts(form),
    fields: shownFields(form),
    body: (model) => formBody(withModel(form, model)),
  };
};

const NUMBERS: readonly string[] = ['n', 'partial_images'];

/** The words of a form as JSON would say them. */
const askedIn = (form: FormFields): Readonly<Record<string, unknown>> => {
  const asked: Record<string, unknown> = {};
  for (const name of SHARED) {
    const word = oneWord(form, name);
    if (word !== null) asked[name] = valueOf(name, word);
  }
  return asked;
};

const valueOf = (name: string, word: string): unknown => {
  if (NUMBERS.includes(name)) return /^\d{1,9}$/.test(word) ? Number(word) : word;
  if (name !== 'stream' || (word !== 'true' && word !== 'false')) return word;
  return word === 'true';
};

const isForm = (type: string): boolean => /^\s*multipart\//i.test(type);

const wireAt = (path: string, read: UnitWire<ImageCall>['read']): UnitWire<ImageCall> => ({
  kind: 'image',
  route: `POST /v1${path}`,
  beside: 'openai-chat',
  read,
  bound: boundOf,
  endpoint: (account, headers) => openaiEndpoint(path, account, headers),
  body: (call, model) => call.body(model),
  shownHeaders: () => ({}),
  members: ['type', 'usage', 'error'],
  isLast: ({ asked }, told) => told.filter(isDone).length === (asked.n ?? 1),
  isJson: ({ asked }) => asked.stream !== true,
  sound: () => null,
  counts: countsOf,
});

/** Images from words, billed by tokens that follow from their size and quality. */
export const openaiImages = wireAt('/images/generations', jsonCall(KNOWN_MADE));
/** The same from words and images, as a form or as JSON. */
export const openaiImageEdits = wireAt('/images/edits', (bytes, type) =>
  isForm(type) ? formCall(bytes, type) : jsonCall(KNOWN_EDITED)(bytes),
);

type Told = SeenAnswer['told'][number];

/** `image_generation.completed`, `image_edit.completed`. */
const isDone = ({ type }: Told): boolean => typeof type === 'string' && type.endsWith('.completed');

/** Each of several images is billed as if it were asked for alone. */
function boundOf({ asked, inputs }: ImageCall, model: string): UnitBound {
  const { size = null, quality = null, partial_images: partial, prompt } = asked;
  const count = asked.n ?? 1;
  const tokens = imageTokens(model, { size, quality });
  const imageOutput = count * (tokens.output + (partial ?? 0) * PARTIAL_TOKENS);
  return {
    counts: {
      ...NO_TOKENS,
      input: count * (Buffer.byteLength(prompt) + TEMPLATE_TOKENS),
      imageInput: count * inputs * tokens.input,
      output: imageOutput + count * WORD_TOKENS,
      imageOutput,
      images: count,
    },
    unpriced: tokens.unpriced,
  };
}

/** Of a stream each finished image has a count of its own. */
function countsOf({ asked }: ImageCall, { told, isWhole }: SeenAnswer): UnitCounts | null {
  const usages = told.map(({ usage }) => fieldsOf(usage)).flatMap((usage) => tokensOf(usage) ?? []);
  const [first, ...more] = usages;
  const isAll = asked.stream !== true || (isWhole && usages.length >= (asked.n ?? 1));
  if (first === undefined || !(isAll || told.filter(isDone).length === (asked.n ?? 1))) return null;
  const tokens = more.reduce(sumOf, first);
  return { tokens: { ...tokens, images: asked.n ?? 1 }, isEstimate: false };
}

const sumOf = (left: TokenUsage, right: TokenUsage): TokenUsage => ({
  ...left,
  input: left.input + right.input,
  imageInput: left.imageInput + right.imageInput,
  output: left.output + right.output,
  imageOutput: left.imageOutput + right.imageOutput,
});

/** What is put out is image, unless it says what of it is words. null: no count. */
const tokensOf = (usage: ReturnType<typeof fieldsOf>): TokenUsage | null => {
  const input = countOf(usage['input_tokens']);
  const output = countOf(usage['output_tokens']);
  if (input === null || output === null || output === 0) return null;
  const imageInput = countOf(fieldsOf(usage['input_tokens_details'])['image_tokens']) ?? 0;
  const words = countOf(fieldsOf(usage['output_tokens_details'])['text_tokens']) ?? 0;
  return {
    ...NO_TOKENS,
    input: Math.max(0, input - imageInput),
    imageInput: Math.min(input, imageInput),
    output,
    imageOutput: Math.max(0, output - words),
  };
};
