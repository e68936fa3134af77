import { PDF, PNG, SCHEMA, WAV, type Fields } from './features.ts';

const say = (...parts: readonly object[]): Fields => ({ contents: [{ role: 'user', parts }] });
const generation = (fields: Fields): Fields => ({ generationConfig: fields });
const TOOLS: Fields = {
  tools: [{ functionDeclarations: [{ name: 'weather', parametersJsonSchema: SCHEMA }] }],
};
const calling = (functionCallingConfig: Fields): Fields => ({
  ...TOOLS,
  toolConfig: { functionCallingConfig },
});
const resultOf = (response: Fields, ...parts: readonly object[]): Fields => ({
  ...TOOLS,
  contents: [
    { role: 'user', parts: [{ text: 'hi' }] },
    { role: 'model', parts: [{ functionCall: { name: 'weather', args: { city: 'Rome' } } }] },
    {
      role: 'user',
      parts: [
        { functionResponse: { name: 'weather', response, ...(parts.length > 0 ? { parts } : {}) } },
      ],
    },
  ],
});
const PNG_PART = { inlineData: { mimeType: 'image/png', data: PNG } };

/** The features of the matrix in Google's words, by name; what is not here has none. */
export const GEMINI_FEATURES: Readonly<Record<string, Fields>> = {
  text: {},
  'system text': { systemInstruction: { parts: [{ text: 'Be brief.' }] } },
  'image, bytes': say(PNG_PART),
  'image, address': say({
    fileData: { mimeType: 'image/png', fileUri: 'https://images.example/1.png' },
  }),
  PDF: say({ inlineData: { mimeType: 'application/pdf', data: PDF } }),
  'sound, bytes': say({ inlineData: { mimeType: 'audio/wav', data: WAV } }),
  tools: TOOLS,
  'tools, several at once': TOOLS,
  'tool choice': calling({ mode: 'ANY', allowedFunctionNames: ['weather'] }),
  'strict tools': calling({ mode: 'VALIDATED' }),
  'tool result': resultOf({ output: '25' }),
  'tool result with an image': resultOf({ output: 'look' }, PNG_PART),
  'answer in a schema': generation({
    responseMimeType: 'application/json',
    responseJsonSchema: SCHEMA,
  }),
  'answer in JSON of any shape': {
    ...generation({ responseMimeType: 'application/json' }),
    ...say({ text: 'Say it in JSON.' }),
  },
  'thinking, how much': generation({
    thinkingConfig: { thinkingBudget: 2_000, includeThoughts: true },
  }),
  'stop sequences': generation({ stopSequences: ['END'] }),
  temperature: generation({ temperature: 0.5 }),
  top_k: generation({ topK: 5 }),
  seed: generation({ seed: 7 }),
  penalties: generation({ presencePenalty: 0.5 }),
  'several answers': generation({ candidateCount: 2 }),
  logprobs: generation({ responseLogprobs: true, logprobs: 1 }),
  'pages that a model searched': {},
  refusal: {},
  'limit reached': {},
};
