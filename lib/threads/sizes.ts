import type { FunctionSize } from '../shared/function-size.ts';

export const THREADS_SIZES = {
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
} as const satisfies Readonly<Record<string, FunctionSize>>;
