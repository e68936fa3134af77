import * as z from 'zod';
import { isRecord } from '../../../lambdas/http/body.ts';
import { unitKindOf } from '../../../lambdas/inference/models/model-kinds.ts';
import { geminiProblems } from './gemini-body.ts';
import { keepSentBody } from './sent-bodies.ts';
import { UNIT_REQUESTS, unitProblem } from './unit-contract.ts';

/** Why OpenAI or Google would refuse a request that is no conversation; null: it takes it, or the path is another vendor's. */
export const unitRefusal = async (
  path: string,
  type: string,
  body: Uint8Array,
): Promise<string | null> => {
  const [, action] = /:(embedContent|batchEmbedContents)$/.exec(path) ?? [];
  if (action !== undefined) {
    const message = action === 'embedContent' ? 'EmbedContentRequest' : 'BatchEmbedContentsRequest';
    const text = Buffer.from(body).toString('utf8');
    const [problem] = geminiProblems(message, JSON.parse(text));
    if (problem === undefined) keepSentBody(path, {}, text);
    return problem ?? null;
  }
  const found = Object.entries(UNIT_REQUESTS).find(([end]) => path.endsWith(end));
  if (found === undefined) return null;
  const [, name] = found;
  if (!type.startsWith('multipart/form-data')) {
    const asked: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    if (!isOpenAIs(asked)) return null;
    const request = path.endsWith('/images/edits') ? 'EditImageBodyJsonParam' : name;
    return unitProblem(request, asked);
  }
  const asked = await formFields(type, body);
  return isOpenAIs(asked) ? unitProblem(name, asked) : null;
};

/** Other servers speak the wire too, with fields of their own. */
const isOpenAIs = (body: unknown): boolean => {
  const { model } = z.looseObject({ model: z.string().optional() }).parse(body);
  return model === undefined || unitKindOf(model)?.provider === 'openai';
};

const LISTS: ReadonlySet<string> = new Set([
  'image',
  'include',
  'keywords',
  'languages',
  'timestamp_granularities',
  'known_speaker_names',
  'known_speaker_references',
]);
const NUMBERS: ReadonlySet<string> = new Set([
  'n',
  'temperature',
  'output_compression',
  'partial_images',
  'threshold',
]);

/** A form as its contract says it: by a reader that nobody here wrote. */
const formFields = async (
  type: string,
  body: Uint8Array,
): Promise<Readonly<Record<string, unknown>>> => {
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': type },
  }).formData();
  const fields: Record<string, unknown> = {};
  for (const [said, value] of form) {
    const [, list = ''] = /^(\w+)\[\]$/.exec(said) ?? [];
    const name = LISTS.has(list) ? list : said;
    const plain = typeof value === 'string' ? valueOf(name, value) : value.name;
    const [, object, member] = /^(\w+)\[(\w+)\]$/.exec(name) ?? [];
    if (object !== undefined && member !== undefined) {
      fields[object] = { ...(isRecord(fields[object]) ? fields[object] : {}), [member]: plain };
      continue;
    }
    if (!LISTS.has(name)) fields[name] = plain;
    else fields[name] = [...(Array.isArray(fields[name]) ? fields[name] : []), plain];
  }
  return fields;
};

const valueOf = (name: string, value: string): unknown => {
  if (NUMBERS.has(name.replace(/^.*\[|\]$/g, ''))) return Number(value);
  if (name === 'stream') return value === 'true';
  return value.startsWith('{') ? JSON.parse(value) : value;
};
