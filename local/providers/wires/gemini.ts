import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Asked } from '../asked.ts';
import type { SimulatedAnswer } from '../simulated-answer.ts';
import { piecesOf } from './piece.ts';

const ENDS = { stop: 'STOP', tool: 'STOP', length: 'MAX_TOKENS' } as const;
/** Opaque to whoever reads it, and sent back with the call. */
const SIGNATURE = Buffer.from('a simulated thought').toString('base64');
const RETRY_AFTER_SECONDS = 1;

const part = z.looseObject({
  text: z.string().optional(),
  thought: z.boolean().optional(),
  functionResponse: z.looseObject({ response: z.unknown().optional() }).optional(),
});
const content = z.looseObject({ role: z.string().catch('user'), parts: z.array(part).catch([]) });
const declared = z.looseObject({
  name: z.string(),
  parameters: z.record(z.string(), z.unknown()).optional(),
  parametersJsonSchema: z.record(z.string(), z.unknown()).optional(),
});
const wishes = z.looseObject({
  contents: z.array(content).catch([]),
  tools: z.array(z.looseObject({ functionDeclarations: z.array(declared).catch([]) })).catch([]),
  toolConfig: z
    .looseObject({
      functionCallingConfig: z.looseObject({
        mode: z.string().optional(),
        allowedFunctionNames: z.array(z.string()).optional(),
      }),
    })
    .nullable()
    .catch(null),
  generationConfig: z
    .looseObject({
      maxOutputTokens: z.number().optional(),
      responseMimeType: z.string().optional(),
      responseSchema: z.record(z.string(), z.unknown()).optional(),
      responseJsonSchema: z.record(z.string(), z.unknown()).optional(),
    })
    .nullable()
    .catch(null),
});

/** A body of this wire in the words of the others. */
export const geminiAsked = (body: unknown, model: string, isStream: boolean): unknown => {
  const parsed = wishes.safeParse(body);
  if (!parsed.success) return null;
  const { contents, tools, toolConfig, generationConfig: generation, ...rest } = parsed.data;
  const { mode, allowedFunctionNames: names } = toolConfig?.functionCallingConfig ?? {};
  return {
    model,
    stream: isStream,
    system: rest['systemInstruction'],
    messages: contents.map(({ role, parts }) => ({
      role: role === 'model' ? 'assistant' : 'user',
      content: parts.flatMap(blocksOf),
    })),
    tools: tools.flatMap(({ functionDeclarations }) =>
      functionDeclarations.map(({ name, parameters, parametersJsonSchema }) => ({
        name,
        input_schema: parametersJsonSchema ?? lowerTypes(parameters ?? {}),
      })),
    ),
    ...(mode === 'NONE' ? { tool_choice: 'none' } : {}),
    ...(mode === 'ANY'
      ? {
          tool_choice:
            names?.[0] === undefined ? { type: 'any' } : { type: 'tool', name: names[0] },
        }
      : {}),
    max_tokens: generation?.maxOutputTokens,
    ...(generation?.responseMimeType === 'application/json'
      ? {
          output_config: {
            format: {
              schema: generation.responseJsonSchema ?? lowerTypes(generation.responseSchema ?? {}),
            },
          },
        }
      : {}),
  };
};

const blocksOf = ({ text, thought, functionResponse }: z.infer<typeof part>): readonly object[] => {
  if (functionResponse !== undefined)
    return [{ type: 'tool_result', content: JSON.stringify(functionResponse.response ?? {}) }];
  return text === undefined || thought === true ? [] : [{ type: 'text', text }];
};

/** Types of a schema of Google's own are in capitals. */
const lowerTypes = (schema: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(schema).map(([name, value]): [string, unknown] => {
      if (name === 'type' && typeof value === 'string') return [name, value.toLowerCase()];
      if (Array.isArray(value))
        return [name, value.map((item: unknown) => (isRecord(item) ? lowerTypes(item) : item))];
      return [name, isRecord(value) ? lowerTypes(value) : value];
    }),
  );

/** `GenerateContentResponse`: https://ai.google.dev/api/generate-content */
export const geminiBody = (asked: Asked, answer: SimulatedAnswer): object => ({
  candidates: [
    {
      content: { role: 'model', parts: [...thoughtParts(answer), ...saidParts(answer)] },
      finishReason: ENDS[answer.end],
      index: 0,
    },
  ],
  ...tailOf(asked, answer, randomUUID(), answer.outputTokens),
});

/** The same in chunks, each of which counts what came until then. */
export const geminiFrames = (asked: Asked, answer: SimulatedAnswer): readonly string[] => {
  const id = randomUUID();
  const chunk = (parts: readonly object[], finishReason?: string): string =>
    frame({
      candidates: [
        {
          content: { role: 'model', parts },
          ...(finishReason === undefined ? {} : { finishReason }),
          index: 0,
        },
      ],
      ...tailOf(asked, answer, id, finishReason === undefined ? 1 : answer.outputTokens),
    });
  return [
    ...thoughtParts(answer).map((part_) => chunk([part_])),
    ...piecesOf(answer.text).map((text) => chunk([{ text }])),
    ...(answer.call === null ? [] : [chunk(callParts(answer.call))]),
    chunk([{ text: '' }], ENDS[answer.end]),
  ];
};

/** https://cloud.google.com/apis/design/errors#error_model */
export const geminiError = (status: number, message: string): object => ({
  error: {
    code: status,
    message,
    status: STATUSES[status] ?? (status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL'),
    ...(status === 429
      ? {
          details: [
            {
              '@type': 'type.googleapis.com/google.rpc.RetryInfo',
              retryDelay: `${RETRY_AFTER_SECONDS}s`,
            },
          ],
        }
      : {}),
  },
});

const STATUSES: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

const thoughtParts = ({ thought }: SimulatedAnswer): readonly object[] =>
  piecesOf(thought).map((text) => ({ text, thought: true }));

const saidParts = ({ text, call }: SimulatedAnswer): readonly object[] =>
  call === null ? [{ text }] : callParts(call);

const callParts = ({ name, input }: { readonly name: string; readonly input: string }) => [
  { functionCall: { name, args: inputOf(input) }, thoughtSignature: SIGNATURE },
];

/** Input that was cut at the limit is no JSON. */
const inputOf = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
};

const tailOf = (
  { model }: Asked,
  { inputTokens, thoughtTokens }: SimulatedAnswer,
  responseId: string,
  outputTokens: number,
) => ({
  usageMetadata: {
    promptTokenCount: inputTokens,
    candidatesTokenCount: Math.max(0, outputTokens - thoughtTokens),
    ...(thoughtTokens === 0 ? {} : { thoughtsTokenCount: Math.min(thoughtTokens, outputTokens) }),
    totalTokenCount: inputTokens + outputTokens,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: inputTokens }],
  },
  modelVersion: model,
  responseId,
});

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const frame = (value: object): string => `data: ${JSON.stringify(value)}\r\n\r\n`;
