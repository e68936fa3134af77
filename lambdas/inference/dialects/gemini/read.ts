import * as z from 'zod';
import { quickCheck } from '../../../http/quick-check.ts';
import { effortWish } from '../../models/efforts.ts';
import { traitsOf } from '../../models/families.ts';
import { anyJson } from '../../turn/any-json.ts';
import { isClosedSchema } from '../../turn/closed-schema.ts';
import type { Block, Json, OutputFormat, TurnControls } from '../../turn/turn.ts';
import type { AskedCall, AskedTurn, Named } from '../dialect.ts';
import { fieldRefused } from '../refuse-field.ts';
import { refusedField } from '../refused-field.ts';
import { content, systemContent, systemText, readContents } from './contents.ts';
import { jsonSchemaOf } from './schema.ts';
import { geminiTool, geminiToolConfig, geminiTools } from './tools.ts';

const OTHER_MODEL = 'is not served to this model';
const WORDS = 'this model answers in text and JSON alone';
const penalty = z.number().min(-2).max(2).nullish();
const schema = z.record(z.string(), anyJson);

const thinkingConfig = z.strictObject({
  includeThoughts: z.boolean().nullish(),
  thinkingBudget: z.int().min(-1).nullish(),
  thinkingLevel: z
    .string()
    .transform((word) => word.toLowerCase())
    .pipe(z.enum(['thinking_level_unspecified', 'minimal', 'low', 'medium', 'high']))
    .nullish(),
});

const generationConfig = z.strictObject({
  candidateCount: z.int().min(1).max(128).nullish(),
  maxOutputTokens: z.int().min(1).max(10_000_000).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  topP: z.number().min(0).max(1).nullish(),
  topK: z.int().min(1).nullish(),
  stopSequences: z.array(z.string()).max(64).nullish(),
  seed: z.int().nullish(),
  presencePenalty: penalty,
  frequencyPenalty: penalty,
  responseMimeType: z.enum(['', 'text/plain', 'application/json'], { error: WORDS }).nullish(),
  responseSchema: schema.nullish(),
  responseJsonSchema: schema.nullish(),
  responseModalities: z.array(z.enum(['TEXT', 'text'], { error: WORDS })).nullish(),
  responseLogprobs: z.boolean().nullish(),
  logprobs: z.int().min(0).max(20).nullish(),
  thinkingConfig: thinkingConfig.nullish(),
  mediaResolution: z.string().nullish(),
  enableEnhancedCivicAnswers: z.literal(false, { error: OTHER_MODEL }).nullish(),
  enableAffectiveDialog: z.literal(false, { error: OTHER_MODEL }).nullish(),
  audioTimestamp: z.literal(false, { error: OTHER_MODEL }).nullish(),
  imageConfig: refusedField(WORDS),
  speechConfig: refusedField(WORDS),
  translationConfig: refusedField(OTHER_MODEL),
  modelSelectionConfig: refusedField(OTHER_MODEL),
  modelConfig: refusedField(OTHER_MODEL),
  routingConfig: refusedField(OTHER_MODEL),
  responseFormat: refusedField('is not served to this model: send responseJsonSchema'),
});
type Generation = z.infer<typeof generationConfig>;

const safetySetting = z.strictObject({
  category: z.string(),
  /** No filter at all is what every other model has. */
  threshold: z
    .enum(['OFF', 'BLOCK_NONE', 'HARM_BLOCK_THRESHOLD_UNSPECIFIED'], {
      error: 'this model has no filters that could be set',
    })
    .nullish(),
  method: refusedField(OTHER_MODEL),
});

/** https://ai.google.dev/api/generate-content, as a model of another family can be asked. */
const contentsBody = z.strictObject({
  /** As in the path. */
  model: z.string().nullish(),
  contents: z.array(content).min(1).max(100_000),
  systemInstruction: systemContent.nullish(),
  tools: z.array(geminiTool).max(1_000).nullish(),
  toolConfig: geminiToolConfig.nullish(),
  generationConfig: generationConfig.nullish(),
  safetySettings: z.array(safetySetting).nullish(),
  serviceTier: z
    .string()
    .transform((word) => word.toLowerCase().replace(/^service_tier_/, ''))
    .pipe(z.enum(['standard', 'unspecified'], { error: OTHER_MODEL }))
    .nullish(),
  cachedContent: refusedField('what is kept at a provider is read by that provider alone'),
  continuationToken: refusedField(OTHER_MODEL),
  store: z.literal(false, { error: OTHER_MODEL }).nullish(),
  labels: refusedField(OTHER_MODEL),
  modelArmorConfig: refusedField(OTHER_MODEL),
});
type ContentsBody = z.infer<typeof contentsBody>;
const checkContentsBody = quickCheck(contentsBody);

/** A body of the Gemini dialect; its path says whom it asks, and whether as a stream. */
export const readContentsTurn = ({ body, model, isStream, action }: AskedCall): AskedTurn => {
  const asked = checkContentsBody(body);
  const notes = new Set<string>();
  const note = (field: string) => void notes.add(field);
  const files = new Map<Block, string>();
  const { tools, choice } = geminiTools(asked.tools ?? [], asked.toolConfig ?? {}, note);
  const generation = asked.generationConfig ?? {};
  const { messages, places } = readContents(asked.contents, { note, files });
  const system = asked.systemInstruction == null ? '' : systemText(asked.systemInstruction);
  return {
    request: {
      model,
      system: system.trim() === '' ? null : system,
      messages,
      tools,
      maxTokens: generation.maxOutputTokens ?? null,
      temperature: unlessUsual(generation, model),
      controls: { ...choice, ...controlsOf(asked, model, choice, note) },
    },
    isStream,
    emulated: [...notes],
    names: namesOf(generation),
    placeOf: (index) => `contents.${places[index] ?? index}.parts`,
    files,
    style: {
      wantsUsage: true,
      // Thoughts are shown to who asks for them.
      hidesThoughts: generation.thinkingConfig?.includeThoughts !== true,
      textTools: new Set(),
      ...(action === 'streamGenerateContent' ? { isList: true } : {}),
    },
  };
};

/** The same wish has more than one name here. */
const namesOf = ({ responseSchema, responseJsonSchema, thinkingConfig: thinking }: Generation) => {
  const names: Partial<Record<Named, string>> = {};
  if (responseSchema != null) names.output = 'generationConfig.responseSchema';
  if (responseJsonSchema != null) names.output = 'generationConfig.responseJsonSchema';
  if (thinking?.thinkingBudget != null)
    names.thinking = 'generationConfig.thinkingConfig.thinkingBudget';
  return names;
};

/** What every model does by itself may be asked of a model that takes no such wish. */
const unlessUsual = ({ temperature }: Generation, model: string): number | null =>
  temperature == null || (temperature === 1 && traitsOf(model).temperatureMax === null)
    ? null
    : temperature;

const controlsOf = (
  asked: ContentsBody,
  model: string,
  { toolChoice }: Pick<TurnControls, 'toolChoice'>,
  note: (field: string) => void,
): TurnControls => {
  const generation = asked.generationConfig ?? {};
  const { topP, topK, stopSequences: stops, seed, candidateCount: choices } = generation;
  const { presencePenalty, frequencyPenalty, mediaResolution } = generation;
  const isForced = toolChoice === 'required' || typeof toolChoice === 'object';
  const { responseLogprobs, logprobs } = generation;
  if (logprobs && responseLogprobs !== true)
    throw fieldRefused('generationConfig.logprobs', 'is told where responseLogprobs is true alone');
  if (mediaResolution != null) note('generationConfig.mediaResolution');
  return {
    ...(topP == null || topP === 1 ? {} : { topP }),
    ...(topK == null ? {} : { topK: Math.round(topK) }),
    ...(stops == null || stops.length === 0 ? {} : { stopSequences: stops }),
    ...(seed == null ? {} : { seed }),
    ...(choices == null || choices === 1 ? {} : { choices }),
    ...(responseLogprobs === true ? { logprobs: logprobs ?? 0 } : {}),
    ...(presencePenalty ? { presencePenalty } : {}),
    ...(frequencyPenalty ? { frequencyPenalty } : {}),
    ...(asked.serviceTier === 'standard' ? { serviceTier: 'default' } : {}),
    ...outputOf(generation, note),
    ...thinkingOf(generation, model, isForced, note),
  };
};

const outputOf = (
  { responseMimeType: type, responseSchema, responseJsonSchema }: Generation,
  note: (field: string) => void,
): { output?: OutputFormat } => {
  const told = responseJsonSchema ?? (responseSchema == null ? null : jsonSchemaOf(responseSchema));
  if (told === null) return type === 'application/json' ? { output: { type: 'json_object' } } : {};
  const field = `generationConfig.${responseJsonSchema == null ? 'responseSchema' : 'responseJsonSchema'}`;
  if (type !== 'application/json')
    throw fieldRefused('generationConfig.responseMimeType', 'is not application/json');
  if (!isObject(told)) throw fieldRefused(field, 'this model answers with an object alone');
  const strict = isClosedSchema(told);
  if (!strict) note(field);
  return { output: { type: 'json_schema', name: 'answer', schema: told, strict } };
};

const isObject = ({ type, properties }: { readonly [name: string]: Json }): boolean =>
  type === 'object' || (type === undefined && properties !== undefined);

const LEVEL = 'generationConfig.thinkingConfig.thinkingLevel';

const thinkingOf = (
  { thinkingConfig: told }: Generation,
  model: string,
  isForced: boolean,
  note: (field: string) => void,
): TurnControls => {
  const { thinkingBudget: budget, thinkingLevel: level } = told ?? {};
  if (budget === 0) return { thinking: { type: 'disabled' } };
  if (budget === -1) return { thinking: { type: 'adaptive' } };
  if (budget != null) return { thinking: { type: 'enabled', budgetTokens: budget } };
  if (level == null || level === 'thinking_level_unspecified') return {};
  const wish = effortWish(model, level, !isForced);
  if (wish === null) throw fieldRefused(LEVEL, 'this model takes none');
  if (!wish.isExact) note(LEVEL);
  return wish.controls;
};
