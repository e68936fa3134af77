import { isRecord } from '../../../http/body.ts';
import { foreignFields, unknownFields, type Unpriced } from '../unpriced.ts';

type Body = Readonly<Record<string, unknown>>;

/**
 * What bills no more than what is held, by the types of @google/genai 3.3. Left out are `cachedContent` (of any length, and
 * anybody's of the account), `continuationToken`, `store`, and every tier but the standard one.
 * https://ai.google.dev/api/generate-content
 */
const FIELDS: ReadonlySet<string> = new Set([
  'contents',
  'generationConfig',
  'model',
  'safetySettings',
  'serviceTier',
  'systemInstruction',
  'toolConfig',
  'tools',
]);
const GENERATION_FIELDS: ReadonlySet<string> = new Set([
  'candidateCount',
  'enableEnhancedCivicAnswers',
  'frequencyPenalty',
  'logprobs',
  'maxOutputTokens',
  'mediaResolution',
  'presencePenalty',
  'responseJsonSchema',
  'responseLogprobs',
  'responseMimeType',
  'responseModalities',
  'responseSchema',
  'seed',
  'stopSequences',
  'temperature',
  'thinkingConfig',
  'topK',
  'topP',
]);
const THINKING_FIELDS: ReadonlySet<string> = new Set([
  'includeThoughts',
  'thinkingBudget',
  'thinkingLevel',
]);
const CONTENT_FIELDS: ReadonlySet<string> = new Set(['parts', 'role']);
/** Beside what a part is. Video has no bound, so neither has how much of it is read. */
const PART_FIELDS: readonly string[] = [
  'mediaResolution',
  'partMetadata',
  'thought',
  'thoughtSignature',
];
/** Of these a part is one. */
const KINDS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  ['text', 'inlineData', 'fileData', 'functionCall', 'functionResponse'].map((kind) => [
    kind,
    new Set([...PART_FIELDS, kind]),
  ]),
);
const FILE_FIELDS: ReadonlySet<string> = new Set(['displayName', 'fileUri', 'mimeType']);
/**
 * A file that Gemini reads by itself, from somewhere else: it is held for as the most that it may be. One that Google keeps is
 * anybody's of the account. https://ai.google.dev/gemini-api/docs/file-input-methods
 */
const ELSEWHERE = /^https:\/\/(?![^/?#]*googleapis\.com)[a-z\d.-]+(?::\d+)?(?:[/?#]|$)/i;
const DATA_FIELDS: ReadonlySet<string> = new Set(['data', 'displayName', 'mimeType']);
const CALL_FIELDS: ReadonlySet<string> = new Set(['args', 'id', 'name']);
const RESULT_FIELDS: ReadonlySet<string> = new Set([
  'id',
  'name',
  'parts',
  'response',
  'scheduling',
  'willContinue',
]);
/** Every other tool is run by Google and billed by itself: search, maps, code, pages, files. */
const TOOL_FIELDS: ReadonlySet<string> = new Set(['functionDeclarations']);
const FUNCTION_FIELDS: ReadonlySet<string> = new Set([
  'behavior',
  'description',
  'name',
  'parameters',
  'parametersJsonSchema',
  'response',
  'responseJsonSchema',
]);
const TOOL_CONFIG_FIELDS: ReadonlySet<string> = new Set(['functionCallingConfig']);
const CALLING_FIELDS: ReadonlySet<string> = new Set(['allowedFunctionNames', 'mode']);
const STANDARD_TIERS: ReadonlySet<unknown> = new Set([
  undefined,
  null,
  'standard',
  'STANDARD',
  'unspecified',
  'SERVICE_TIER_UNSPECIFIED',
]);

/** Parts of a body beside its contents that no bound is known of. */
export const unpricedBody = (body: Body): readonly Unpriced[] => {
  const { generationConfig: generation, toolConfig, tools, serviceTier } = body;
  return [
    ...unknownFields(body, FIELDS),
    ...(STANDARD_TIERS.has(serviceTier)
      ? []
      : [{ path: 'serviceTier', name: `serviceTier.${String(serviceTier)}` }]),
    ...(isRecord(generation) ? unpricedGeneration(generation) : []),
    ...(isRecord(toolConfig)
      ? [
          ...unknownFields(toolConfig, TOOL_CONFIG_FIELDS, 'toolConfig.'),
          ...below(toolConfig, 'functionCallingConfig', CALLING_FIELDS, 'toolConfig.'),
        ]
      : []),
    ...(Array.isArray(tools) ? tools.flatMap(unpricedTool) : []),
  ];
};

const unpricedGeneration = (generation: Body): readonly Unpriced[] => {
  const { responseModalities: modalities } = generation;
  const path = 'generationConfig.responseModalities';
  return [
    ...unknownFields(generation, GENERATION_FIELDS, 'generationConfig.'),
    ...below(generation, 'thinkingConfig', THINKING_FIELDS, 'generationConfig.'),
    // What is drawn or spoken has prices of its own.
    ...(Array.isArray(modalities) && modalities.some((one) => !/^text$/i.test(String(one)))
      ? [{ path, name: path }]
      : []),
  ];
};

const below = (
  holder: Body,
  name: string,
  known: ReadonlySet<string>,
  path: string,
): readonly Unpriced[] => {
  const value = holder[name];
  return isRecord(value) ? unknownFields(value, known, `${path}${name}.`) : [];
};

const unpricedTool = (tool: unknown, index: number): readonly Unpriced[] => {
  const path = `tools.${index}`;
  if (!isRecord(tool)) return [{ path, name: 'tools.other' }];
  const { functionDeclarations: functions = [] } = tool;
  return [
    ...foreignFields(tool, TOOL_FIELDS, path, 'tools'),
    ...(Array.isArray(functions)
      ? functions.flatMap((one: unknown, at) =>
          isRecord(one)
            ? foreignFields(one, FUNCTION_FIELDS, `${path}.functionDeclarations.${at}`, 'functions')
            : [{ path: `${path}.functionDeclarations.${at}`, name: 'functions.other' }],
        )
      : []),
  ];
};

/** A content's own fields. */
export const unpricedContentFields = (content: Body, path: string): readonly Unpriced[] =>
  foreignFields(content, CONTENT_FIELDS, path, 'content');

/** What one part says beyond its kind. */
export const unpricedPart = (part: Body, path: string): readonly Unpriced[] => {
  const set = Object.keys(part).filter((name) => part[name] !== null && part[name] !== undefined);
  const kind = set.find((name) => KINDS.has(name));
  const known = KINDS.get(kind ?? '') ?? new Set(PART_FIELDS);
  const foreign = set.find((name) => !known.has(name));
  if (foreign !== undefined) return [{ path, name: `content.${foreign}` }];
  switch (kind) {
    case 'inlineData':
      return unknownIn(part[kind], DATA_FIELDS, path, kind);
    case 'fileData':
      return [...unknownIn(part[kind], FILE_FIELDS, path, kind), ...storedFile(part[kind], path)];
    case 'functionCall':
      return unknownIn(part[kind], CALL_FIELDS, path, kind);
    case 'functionResponse':
      return unknownIn(part[kind], RESULT_FIELDS, path, kind);
    default:
      return typeof part['text'] === 'object' && part['text'] !== null
        ? [{ path, name: 'content.text.other' }]
        : [];
  }
};

const storedFile = (file: unknown, path: string): readonly Unpriced[] =>
  isRecord(file) && !(typeof file['fileUri'] === 'string' && ELSEWHERE.test(file['fileUri']))
    ? [{ path: `${path}.fileData.fileUri`, name: 'content.fileData' }]
    : [];

const unknownIn = (
  value: unknown,
  known: ReadonlySet<string>,
  path: string,
  kind: string,
): readonly Unpriced[] =>
  isRecord(value)
    ? foreignFields(value, known, `${path}.${kind}`, `content.${kind}`)
    : [{ path, name: `content.${kind}.other` }];
