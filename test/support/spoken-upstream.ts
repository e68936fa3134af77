import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { listenHere } from '../../local/http/listen-here.ts';
import { isRefused } from './strict/refuse.ts';
import { USAGE } from './upstream.ts';

export interface SpokenUpstream {
  readonly url: string;
  /** Adds to the answer at work, or to the next one as soon as it is asked for. */
  say(words: string): Promise<void>;
  end(): Promise<void>;
  /** Resolves when the caller left the answer at work. */
  wasLeft(): Promise<void>;
  stop(): void;
}

/** A provider of the OpenAI wire whose every word a test says, one answer at a time: no clock decides what came by when. */
export const startSpokenUpstream = async (): Promise<SpokenUpstream> => {
  let answer = Promise.withResolvers<ServerResponse>();
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const text = Buffer.concat(pieces).toString('utf8');
      if (isRefused(response, request.url ?? '', request.headers, text)) return;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      answer.resolve(response);
    });
  });
  const port = await listenHere(server);
  return {
    url: `http://127.0.0.1:${port}/v1`,
    say: async (words) => void (await answer.promise).write(chunk({ content: words }, null)),
    end: async () => {
      const ended = await answer.promise;
      answer = Promise.withResolvers();
      ended.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
    },
    wasLeft: async () => {
      const left = await answer.promise;
      if (!left.closed) await once(left, 'close');
      answer = Promise.withResolvers();
    },
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

const chunk = (delta: object, finish_reason: string | null): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'gpt-4o-mini',
    choices: [{ index: 0, delta, finish_reason }],
    usage: finish_reason === null ? null : USAGE,
  })}\n\n`;
