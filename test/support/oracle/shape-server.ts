import { createServer } from 'node:http';
import * as z from 'zod';
import { listenHere } from '../../../local/http/listen-here.ts';
import { isRefused } from '../strict/refuse.ts';
import type { Shape } from './shape.ts';

const asked = z.looseObject({ messages: z.tuple([z.looseObject({ content: z.string() })]) });

export interface ShapeServer {
  readonly url: string;
  /** How often each question was asked. */
  readonly requests: ReadonlyMap<string, number>;
  stop(): void;
}

/** A provider that answers each question with the shape that the question is bound to. */
export const startShapeServer = async (
  shapeOf: (question: string) => Shape,
): Promise<ShapeServer> => {
  const requests = new Map<string, number>();
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const text = Buffer.concat(pieces).toString('utf8');
      const [{ content }] = asked.parse(JSON.parse(text)).messages;
      requests.set(content, (requests.get(content) ?? 0) + 1);
      if (isRefused(response, request.url ?? '', request.headers, text)) return;
      const shape = shapeOf(content);
      if (shape.ending === 'gone') {
        response.destroy();
        return;
      }
      response.writeHead(shape.status, shape.headers);
      for (const piece of shape.pieces) response.write(piece);
      if (shape.ending === 'end') response.end();
      else response.write('', () => setImmediate(() => response.destroy()));
    });
  });
  const port = await listenHere(server);
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
