import type { FunctionSize } from '../shared/function-size.ts';

export const GATEWAY_SIZES = {
  'chat-completions': {
    memoryMb: 1_024,
    timeoutSeconds: 900,
    why: 'A stream may last as long as API Gateway streams; more than half a processor keeps the added time low.',
  },
  messages: {
    memoryMb: 1_024,
    timeoutSeconds: 900,
    why: 'As chat-completions.',
  },
  embeddings: {
    memoryMb: 512,
    timeoutSeconds: 300,
    why: 'Vectors of thousands of texts take minutes at most; an answer passes as it comes, whatever its size.',
  },
  'generate-content': {
    memoryMb: 1_024,
    timeoutSeconds: 900,
    why: 'As chat-completions.',
  },
  elevenlabs: {
    memoryMb: 1_024,
    timeoutSeconds: 900,
    why: 'As media.',
  },
  media: {
    memoryMb: 1_024,
    timeoutSeconds: 900,
    why: 'Holds a file of some megabytes a few times over; sound and images may take minutes.',
  },
  'count-tokens': {
    memoryMb: 512,
    timeoutSeconds: 29,
    why: 'Loads the tokenizer, which takes some 80 MB and 0.2 s; counts one body.',
  },
  keys: { memoryMb: 512, timeoutSeconds: 29, why: 'Administration: a few reads and writes.' },
  settings: { memoryMb: 512, timeoutSeconds: 29, why: 'As keys.' },
  usage: {
    memoryMb: 512,
    timeoutSeconds: 29,
    why: 'Adds up the hours of one query; an export of a month is the largest.',
  },
  calls: { memoryMb: 512, timeoutSeconds: 29, why: 'One read, or one write of a flag.' },
  models: {
    memoryMb: 512,
    timeoutSeconds: 29,
    why: 'Reads the key and its routes; the list is in memory.',
  },
  discovery: {
    memoryMb: 256,
    timeoutSeconds: 10,
    why: 'Answers preflights and health without any other service.',
  },
  'create-admin-key': {
    memoryMb: 256,
    timeoutSeconds: 60,
    why: 'Runs once a deployment: three calls, each with its retries.',
  },
} as const satisfies Readonly<Record<string, FunctionSize>>;
