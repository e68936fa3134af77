/** Memory and time of one function, and why. */
export interface FunctionSize {
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly why: string;
}

/** API Gateway gives up on a buffered answer after 29 seconds, so its function may not run longer. */
export const BUFFERED_SECONDS_MAX = 29;

/**
 * Every deployed entry by its id. Processor time grows with memory (1,769 MB is one whole processor:
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html); docs/performance.md has the measurements.
 */
const SIZES: Readonly<Record<string, FunctionSize>> = {
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
  'count-tokens': {
    memoryMb: 512,
    timeoutSeconds: 29,
    why: 'Loads the tokenizer, which takes some 80 MB and 0.2 s; counts one body.',
  },
  keys: { memoryMb: 512, timeoutSeconds: 29, why: 'Administration: a few reads and writes.' },
  usage: {
    memoryMb: 512,
    timeoutSeconds: 29,
    why: 'Adds up the hours of one query; an export of a month is the largest.',
  },
  calls: { memoryMb: 512, timeoutSeconds: 29, why: 'One read, or one write of a flag.' },
  models: { memoryMb: 512, timeoutSeconds: 29, why: 'One read of the key; the list is in memory.' },
  discovery: {
    memoryMb: 256,
    timeoutSeconds: 10,
    why: 'Answers preflights and health without any other service.',
  },
  'append-message': {
    memoryMb: 1_024,
    timeoutSeconds: 900,
    why: 'Produces a run while API Gateway streams it; as chat-completions.',
  },
  'ai-chat': {
    memoryMb: 1_024,
    timeoutSeconds: 900,
    why: 'As append-message, in the dialect of the AI SDK.',
  },
  responses: {
    memoryMb: 1_024,
    timeoutSeconds: 900,
    why: 'As append-message, in the dialect of OpenAI.',
  },
  conversations: { memoryMb: 512, timeoutSeconds: 29, why: 'As threads.' },
  'run-turn': {
    memoryMb: 1_024,
    timeoutSeconds: 900,
    why: 'Produces a run that nobody waits for; hands over to another one a minute before its end.',
  },
  'read-stream': {
    memoryMb: 512,
    timeoutSeconds: 900,
    why: 'Tails a log for as long as API Gateway streams; mostly waits.',
  },
  threads: {
    memoryMb: 512,
    timeoutSeconds: 29,
    why: 'A page of history is at most 1 MB.',
  },
  'sweep-runs': {
    memoryMb: 512,
    timeoutSeconds: 50,
    why: 'Ends before the next minute starts the next run.',
  },
  'socket-connect': {
    memoryMb: 512,
    timeoutSeconds: 29,
    why: 'One read of the key and two writes, while a client waits for its handshake.',
  },
  'socket-disconnect': {
    memoryMb: 256,
    timeoutSeconds: 29,
    why: 'Removes at most 200 small items; nobody waits.',
  },
  'socket-watch': {
    memoryMb: 512,
    timeoutSeconds: 29,
    why: 'Replays the logs of ended runs, frame after frame; API Gateway waits 29 seconds for a route.',
  },
  'socket-turn': {
    memoryMb: 512,
    timeoutSeconds: 29,
    why: 'Writes a turn; another function produces it.',
  },
  'close-sockets': {
    memoryMb: 256,
    timeoutSeconds: 29,
    why: 'A few reads and one call for each socket of a key that changed.',
  },
  'fan-out': {
    memoryMb: 512,
    timeoutSeconds: 29,
    why: 'For a change of a watched thread a few reads, and one small frame for each socket; tabs wait for it.',
  },
  'create-admin-key': {
    memoryMb: 256,
    timeoutSeconds: 60,
    why: 'Runs once a deployment: three calls, each with its retries.',
  },
  'roll-up-usage': {
    memoryMb: 512,
    timeoutSeconds: 60,
    why: 'A batch of 100 settlements, one transaction each, with room for a slow store.',
  },
  'expire-holds': {
    memoryMb: 512,
    timeoutSeconds: 50,
    why: 'Ends before the next minute starts the next run.',
  },
};

/** A function without a written size fails the synth. */
export const sizeOf = (id: string): FunctionSize => {
  const size = SIZES[id];
  if (size === undefined) throw new Error(`lib/shared/function-sizes.ts has no row for ${id}`);
  return size;
};
