/** A provider that answers at once, in a process of its own: what is measured is everything in front of it. */
import { createServer, type ServerResponse } from 'node:http';

const WORDS = 20;
const usage = { prompt_tokens: 9, completion_tokens: WORDS, total_tokens: 9 + WORDS };
const chunk = (choices: readonly object[], told: object | null = null): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o-mini', choices, usage: told })}\n\n`;
const frames = [
  ...Array.from({ length: WORDS }, (_, index) =>
    chunk([{ index: 0, delta: { content: `word${index} ` }, finish_reason: null }]),
  ),
  chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]),
  chunk([], usage),
  'data: [DONE]\n\n',
];
const whole = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o-mini',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'word '.repeat(WORDS) },
      finish_reason: 'stop',
    },
  ],
  usage,
});

/** One frame a turn of the event loop, so that each is a write of its own. */
const stream = (response: ServerResponse, index: number): void => {
  const frame = frames[index];
  if (frame === undefined) {
    response.end();
    return;
  }
  response.write(frame);
  setImmediate(() => stream(response, index + 1));
};

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    if (Buffer.concat(parts).includes('"stream":true')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      stream(response, 0);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(whole);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify(server.address())));
