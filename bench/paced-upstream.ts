/**
 * A provider that speaks at a pace, in a process of its own. The message says how: `tokens=1000 every=10` (ms), and
 * with `stamped` each token is the time at which it was sent, so that whoever gets it knows how long it took.
 */
import { createServer, type ServerResponse } from 'node:http';

const WORDS = 'the cost of an answer is what its words take on the way to a reader who waits'.split(
  ' ',
);
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

const chunk = (choices: readonly object[], usage: object | null = null): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o-mini', choices, usage })}\n\n`;
const nowMs = (): number => performance.timeOrigin + performance.now();
const stamp = (): string => `${(nowMs() % STAMP_MODULUS_MS).toFixed(1)} `;

const speeches = new Set<Speech>();
/** One timer for all: what is due is said. */
const say = (): void => {
  const now = performance.now();
  for (const speech of speeches) {
    const { response, startMs, everyMs, tokens, isStamped } = speech;
    const due = Math.min(tokens, Math.floor((now - startMs) / everyMs));
    for (; speech.sent < due; speech.sent++) {
      const content = isStamped ? stamp() : `${WORDS[speech.sent % WORDS.length] ?? ''} `;
      response.write(chunk([{ index: 0, delta: { content }, finish_reason: null }]));
    }
    if (speech.sent < tokens) continue;
    speeches.delete(speech);
    const usage = { prompt_tokens: 9, completion_tokens: tokens, total_tokens: 9 + tokens };
    response.end(
      `${chunk([{ index: 0, delta: {}, finish_reason: 'stop' }])}${chunk([], usage)}data: [DONE]\n\n`,
    );
  }
};
setInterval(say, 1);

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const asked = /tokens=(\d+) every=(\d+)( stamped)?(?!.*tokens=)/.exec(
      Buffer.concat(parts).toString('utf8'),
    );
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    speeches.add({
      response,
      startMs: performance.now(),
      everyMs: Number(asked?.[2] ?? 10),
      tokens: Number(asked?.[1] ?? 10),
      isStamped: asked?.[3] !== undefined,
      sent: 0,
    });
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify(server.address())));
