/**
 * A provider in a process of its own, so that what is measured is everything in front of it. It answers at once, or at the
 * pace that the message names: `tokens=1000 every=10` (ms). With `stamped` each token is the time at which it was sent,
 * so that whoever gets it knows how long it took.
 */
import { createServer, type ServerResponse } from 'node:http';

const WORDS = 'the cost of an answer is what its words take on the way to a reader who waits'.split(
  ' ',
);
const WORDS_AT_ONCE = 20;
/** A stamp is the time of day within so many milliseconds, to a tenth. */
const STAMP_MODULUS_MS = 1_000_000;

interface Speech {
  readonly response: ServerResponse;
  readonly startMs: number;
  readonly everyMs: number;
  readonly tokens: number;
  readonly isStamped: boolean;
  sent: number;
}

const usage = (tokens: number): object => ({
  prompt_tokens: 9,
  completion_tokens: tokens,
  total_tokens: 9 + tokens,
});
const chunk = (choices: readonly object[], counted: object | null = null): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o-mini', choices, usage: counted })}\n\n`;
const delta = (content: string): string =>
  chunk([{ index: 0, delta: { content }, finish_reason: null }]);
const ending = (tokens: number): readonly string[] => [
  chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]),
  chunk([], usage(tokens)),
  'data: [DONE]\n\n',
];

const framesAtOnce = [
  ...Array.from({ length: WORDS_AT_ONCE }, (_, index) => delta(`word${index} `)),
  ...ending(WORDS_AT_ONCE),
];
const wholeAtOnce = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o-mini',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'word '.repeat(WORDS_AT_ONCE) },
      finish_reason: 'stop',
    },
  ],
  usage: usage(WORDS_AT_ONCE),
});

/** One frame a turn of the event loop, so that each is a write of its own. */
const streamAtOnce = (response: ServerResponse, index = 0): void => {
  const frame = framesAtOnce[index];
  if (frame === undefined) {
    response.end();
    return;
  }
  response.write(frame);
  setImmediate(() => streamAtOnce(response, index + 1));
};

const nowMs = (): number => performance.timeOrigin + performance.now();
const stamp = (): string => `${(nowMs() % STAMP_MODULUS_MS).toFixed(1)} `;
const speeches = new Set<Speech>();
/** One timer for all speeches: it sends what is due. */
const speak = (): void => {
  const now = performance.now();
  for (const speech of speeches) {
    const { response, startMs, everyMs, tokens, isStamped } = speech;
    const due = Math.min(tokens, Math.floor((now - startMs) / everyMs));
    for (; speech.sent < due; speech.sent++)
      response.write(delta(isStamped ? stamp() : `${WORDS[speech.sent % WORDS.length] ?? ''} `));
    if (speech.sent < tokens) continue;
    speeches.delete(speech);
    response.end(ending(tokens).join(''));
  }
  if (speeches.size > 0) setTimeout(speak, 1);
};

const answer = (body: string, response: ServerResponse): void => {
  const asked = /tokens=(\d+) every=(\d+)( stamped)?(?!.*tokens=)/.exec(body);
  if (asked === null && !body.includes('"stream":true')) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(wholeAtOnce);
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (asked === null) {
    streamAtOnce(response);
    return;
  }
  response.flushHeaders();
  speeches.add({
    response,
    startMs: performance.now(),
    everyMs: Number(asked[2]),
    tokens: Number(asked[1]),
    isStamped: asked[3] !== undefined,
    sent: 0,
  });
  if (speeches.size === 1) setTimeout(speak, 1);
};

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => answer(Buffer.concat(parts).toString('utf8'), response));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify(server.address())));
