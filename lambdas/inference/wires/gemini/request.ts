import * as z from 'zod';
import { checked, countValues, isRecord, parseJsonObject } from '../../../http/body.ts';
import { AppError } from '../../../shared/app-error.ts';
import { utf8Text } from '../../../shared/utf8.ts';
import { sentBody } from '../exact-call.ts';
import { exactJson } from '../exact-json.ts';
import { addMedia, jsonBytes, measuresOf, newShape, shapeTexts, type Shape } from '../shape.ts';
import type { ParsedCall, PathWords } from '../wire.ts';
import { unpricedBody, unpricedContentFields, unpricedPart } from './known.ts';
import { withoutOwnMarks } from './own-marks.ts';
import { plainBody } from './plain-body.ts';

type Body = Readonly<Record<string, unknown>>;

const fields = z.looseObject({
  contents: z.array(z.looseObject({})).min(1).max(100_000),
  generationConfig: z
    .looseObject({
      candidateCount: z.int().min(1).max(128).nullish(),
      maxOutputTokens: z.int().min(1).max(10_000_000).nullish(),
      responseMimeType: z.string().nullish(),
    })
    .nullish(),
  tools: z
    .array(z.looseObject({ functionDeclarations: z.array(z.unknown()).max(1_000).nullish() }))
    .max(1_000)
    .nullish(),
});

export const readContents = (bytes: Uint8Array, path: PathWords | undefined): ParsedCall => {
  const text = utf8Text(bytes);
  const told = parseJsonObject(text);
  // First, for it refuses what is nested too deep for all that follows.
  countValues(told);
  const body = innerBody(plainBody(told));
  const { model = '', isStream = false, action } = path ?? {};
  if (model === '')
    throw new AppError({
      code: 'invalid_request',
      publicMessage: 'The path names no model: /v1beta/models/<model>:generateContent.',
      facts: { param: 'model' },
    });
  const call = { ...measureContents(model, body, text), isStream };
  const exact = exactJson(text);
  return {
    ...call,
    ...(action === undefined ? {} : { action }),
    ...(exact === null ? {} : { exact: innerBody(plainBody(exact)) }),
  };
};

/** A count may hold the whole request that it asks for: https://ai.google.dev/api/tokens */
const innerBody = (body: Body): Body => {
  const { generateContentRequest: inner } = body;
  return isRecord(inner) ? inner : body;
};

/** As its bearer writes it; null: none, which is the standard one. */
const tierOf = ({ serviceTier }: Body): string | null =>
  typeof serviceTier === 'string' ? serviceTier : null;

/** The call that a body is, and the text that it was. Throws AppError `invalid_request` naming the field. */
export const measureContents = (
  model: string,
  body: Body,
  text: string | null = null,
): ParsedCall => {
  const { contents, generationConfig, tools } = checked(fields, body);
  const values = countValues(body);
  const shape = shapeOf(body);
  const { maxOutputTokens, candidateCount, responseMimeType } = generationConfig ?? {};
  const isWords = responseMimeType == null || responseMimeType === 'text/plain';
  return {
    model,
    isStream: false,
    maxTokens: maxOutputTokens ?? null,
    hasTwoLimits: false,
    choices: candidateCount ?? 1,
    tier: tierOf(body),
    wantsUsage: true,
    measures: measuresOf(shape, {
      values,
      bytes: jsonBytes(body, text),
      messages: contents.length,
      tools: (tools ?? []).reduce((sum, tool) => sum + (tool.functionDeclarations ?? []).length, 0),
      ownTools: 0,
      prompts: isWords ? 0 : 1,
      repeated: 0,
    }),
    textsOf: contentsTexts,
    cacheWrites: 'none',
    unpriced: [...unpricedBody(body), ...shape.unpriced],
    feature: null,
    ...thinkingOf(body),
    ...(shape.hasAudio ? { readsAudio: true as const } : {}),
    body,
  };
};

/** The body for the provider, whose path has the model: with the limit that is held. */
export const rewriteContents = (
  call: ParsedCall,
  _model: string,
  injectedMaxTokens: number | null,
): Uint8Array => {
  const { model: _told, ...body } = withoutOwnMarks(sentBody(call));
  if (injectedMaxTokens === null) return Buffer.from(JSON.stringify(body));
  const { generationConfig } = body;
  return Buffer.from(
    JSON.stringify({
      ...body,
      generationConfig: {
        ...(isRecord(generationConfig) ? generationConfig : {}),
        maxOutputTokens: injectedMaxTokens,
      },
    }),
  );
};

/** A count asks for all that the call would put in: https://ai.google.dev/api/tokens */
export const countRequest = (call: ParsedCall, model: string): Uint8Array => {
  const body = withoutOwnMarks(sentBody(call));
  return Buffer.from(
    JSON.stringify({ generateContentRequest: { ...body, model: `models/${model}` } }),
  );
};

/** A budget of none, or the lowest level, is no thinking that could be billed unseen. */
const thinkingOf = ({ generationConfig }: Body): Pick<ParsedCall, 'thinks'> => {
  const thinking = isRecord(generationConfig) ? generationConfig['thinkingConfig'] : null;
  if (!isRecord(thinking)) return {};
  const { thinkingBudget: budget, thinkingLevel: level } = thinking;
  if (typeof budget === 'number') return { thinks: budget !== 0 };
  return typeof level === 'string' ? { thinks: true } : {};
};

const contentsTexts = (body: Body): readonly string[] => shapeTexts(body, shapeOf(body));

type ContentsShape = Shape & { hasAudio: boolean };

const shapeOf = (body: Body): ContentsShape => {
  const shape = { ...newShape(), hasAudio: false };
  const contents = Array.isArray(body['contents']) ? body['contents'] : [];
  for (const [index, content] of contents.entries())
    addContent(content, shape, `contents.${index}`);
  if (body['systemInstruction'] != null)
    addContent(body['systemInstruction'], shape, 'systemInstruction');
  return shape;
};

const addContent = (content: unknown, shape: ContentsShape, path: string): void => {
  if (!isRecord(content)) {
    shape.unpriced.push({ path, name: 'content.other' });
    return;
  }
  shape.unpriced.push(...unpricedContentFields(content, path));
  addParts(content['parts'], shape, `${path}.parts`);
};

const addParts = (parts: unknown, shape: ContentsShape, path: string): void => {
  if (parts == null) return;
  if (!Array.isArray(parts)) {
    shape.unpriced.push({ path, name: 'content.other' });
    return;
  }
  for (const [index, part] of parts.entries()) addPart(part, shape, `${path}.${index}`);
};

const addPart = (part: unknown, shape: ContentsShape, path: string): void => {
  if (!isRecord(part)) {
    shape.unpriced.push({ path, name: 'content.other' });
    return;
  }
  shape.unpriced.push(...unpricedPart(part, path));
  const { text, inlineData, fileData, functionResponse } = part;
  if (typeof text === 'string') shape.prose.set(part, ['text']);
  if (isRecord(inlineData)) addData(inlineData, shape, `${path}.inlineData`);
  if (isRecord(fileData)) {
    // Whatever it is said to be: as all that the model can read, at the price of what is heard.
    addMedia(shape, fileData, 'fileUri');
    shape.documents += 1;
    shape.hasAudio = true;
  }
  if (isRecord(functionResponse))
    addParts(functionResponse['parts'], shape, `${path}.functionResponse.parts`);
};

/**
 * An image is counted as one; what has a length that only its decoder knows, pages or seconds, as all that the model can
 * read. https://ai.google.dev/gemini-api/docs/tokens
 */
const addData = (data: Body, shape: ContentsShape, path: string): void => {
  const { mimeType } = data;
  const type = typeof mimeType === 'string' ? mimeType.toLowerCase() : 'none';
  if (type.startsWith('text/')) return;
  addMedia(shape, data, 'data');
  if (type.startsWith('image/')) shape.images += 1;
  else if (type === 'application/pdf') shape.documents += 1;
  else if (/^(?:audio|video)\//.test(type)) {
    shape.documents += 1;
    shape.hasAudio = true;
  } else shape.unpriced.push({ path, name: `content.inlineData.${type}` });
};
