import * as z from 'zod';
import { checked, countValues, isRecord, parseJsonObject } from '../../../http/body.ts';
import { utf8Text } from '../../../shared/utf8.ts';
import { thinkingTokens, thinkingWithin } from '../anthropic-messages/claude-thinking.ts';
import { sentBody } from '../exact-call.ts';
import { addMedia, jsonBytes, measuresOf, newShape, shapeTexts, type Shape } from '../shape.ts';
import type { ParsedCall, PathWords } from '../wire.ts';

type Body = Readonly<Record<string, unknown>>;

const fields = z.looseObject({
  messages: z
    .array(z.looseObject({ role: z.string(), content: z.array(z.looseObject({})) }))
    .min(1),
  inferenceConfig: z.looseObject({ maxTokens: z.int().min(1).nullish() }).nullish(),
  toolConfig: z.looseObject({ tools: z.array(z.unknown()) }).nullish(),
});

/** No client speaks this wire here: what is read is what a turn became. */
export const readConverse = (bytes: Uint8Array, path: PathWords | undefined): ParsedCall => {
  const text = utf8Text(bytes);
  const call = measureConverse(path?.model ?? '', parseJsonObject(text), text);
  return { ...call, isStream: path?.isStream ?? false };
};

export const measureConverse = (
  model: string,
  body: Body,
  text: string | null = null,
): ParsedCall => {
  const { messages, inferenceConfig, toolConfig } = checked(fields, body);
  const values = countValues(body);
  const shape = shapeOf(body);
  const { additionalModelRequestFields: more } = body;
  return {
    model,
    isStream: false,
    maxTokens: inferenceConfig?.maxTokens ?? null,
    hasTwoLimits: false,
    choices: 1,
    tier: null,
    wantsUsage: true,
    measures: measuresOf(shape, {
      values,
      bytes: jsonBytes(body, text),
      messages: messages.length,
      tools: toolConfig?.tools.length ?? 0,
      ownTools: 0,
      prompts: body['outputConfig'] === undefined ? 0 : 1,
      repeated: 0,
    }),
    textsOf: converseTexts,
    cacheWrites: 'none',
    unpriced: [],
    feature: null,
    ...thinkingOf(body),
    thinkingTokens: isRecord(more) ? thinkingTokens(more) : 0,
    body,
  };
};

/** The body for the provider, whose path has the model: with the limit that is held. */
export const rewriteConverse = (
  call: ParsedCall,
  _model: string,
  injectedMaxTokens: number | null,
): Uint8Array => {
  const body = sentBody(call);
  if (injectedMaxTokens === null) return Buffer.from(JSON.stringify(body));
  const { inferenceConfig, additionalModelRequestFields: more } = body;
  const config = isRecord(inferenceConfig) ? inferenceConfig : {};
  return Buffer.from(
    JSON.stringify({
      ...body,
      inferenceConfig: { ...config, maxTokens: injectedMaxTokens },
      ...(isRecord(more)
        ? { additionalModelRequestFields: { ...more, ...thinkingWithin(more, injectedMaxTokens) } }
        : {}),
    }),
  );
};

/** Absent where the body says nothing: the model does as its kind does. */
const thinkingOf = ({ additionalModelRequestFields: more }: Body): Pick<ParsedCall, 'thinks'> => {
  if (!isRecord(more)) return {};
  const { thinking, reasoning } = more;
  if (isRecord(thinking)) return { thinks: thinking['type'] !== 'disabled' };
  return isRecord(reasoning) ? { thinks: reasoning['effort'] !== 'none' } : {};
};

const converseTexts = (body: Body): readonly string[] => shapeTexts(body, shapeOf(body));

const shapeOf = (body: Body): Shape => {
  const shape = newShape();
  const { messages, system } = body;
  for (const message of Array.isArray(messages) ? messages : [])
    if (isRecord(message)) addBlocks(message['content'], shape);
  addBlocks(system, shape);
  return shape;
};

const addBlocks = (blocks: unknown, shape: Shape): void => {
  for (const block of Array.isArray(blocks) ? blocks : []) {
    if (!isRecord(block)) continue;
    const { text, image, document, toolResult } = block;
    if (typeof text === 'string') shape.prose.set(block, ['text']);
    if (isRecord(image)) {
      shape.images += 1;
      addMedia(shape, image['source'], 'bytes');
    }
    if (isRecord(document) && isRecord(document['source']) && 'bytes' in document['source']) {
      shape.documents += 1;
      addMedia(shape, document['source'], 'bytes');
    }
    if (isRecord(toolResult)) addBlocks(toolResult['content'], shape);
  }
};
