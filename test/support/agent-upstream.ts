import { createServer } from 'node:http';
import * as z from 'zod';
import { listenHere } from '../../local/http/listen-here.ts';
import { isRefused } from './strict/refuse.ts';
import { USAGE } from './upstream.ts';

const asked = z.looseObject({
  messages: z.array(z.looseObject({ role: z.string(), content: z.unknown() })).min(1),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })).default([]),
});
export type AskedBody = z.infer<typeof asked>;

export interface AgentUpstream {
  readonly url: string;
  readonly bodies: AskedBody[];
  stop(): void;
}

/** What the model does with a request: calls a tool, or says something. */
export type Play = (body: AskedBody) => { readonly name: string; readonly input: object } | string;

/** A provider of the OpenAI wire, as strict as OpenAI, whose model an agent's test plays. */
export const startAgentUpstream = async (play: Play): Promise<AgentUpstream> => {
  const bodies: AskedBody[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const text = Buffer.concat(pieces).toString('utf8');
      if (isRefused(response, request.url ?? '', request.headers, text)) return;
      const body = asked.parse(JSON.parse(text));
      bodies.push(body);
      const act = play(body);
      const delta =
        typeof act === 'string'
          ? { content: act }
          : { tool_calls: [callOf(`call_${bodies.length}`, act.name, act.input)] };
      const reason = typeof act === 'string' ? 'stop' : 'tool_calls';
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const data of [
        chunk([{ index: 0, delta: { role: 'assistant', ...delta }, finish_reason: null }]),
        chunk([{ index: 0, delta: {}, finish_reason: reason }]),
        { ...chunk([]), usage: USAGE },
      ])
        response.write(`data: ${JSON.stringify(data)}\n\n`);
      response.end('data: [DONE]\n\n');
    });
  });
  const port = await listenHere(server);
  return {
    url: `http://127.0.0.1:${port}/v1`,
    bodies,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

const callOf = (id: string, name: string, input: object) => ({
  index: 0,
  id,
  type: 'function',
  function: { name, arguments: JSON.stringify(input) },
});

const chunk = (choices: readonly object[]) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'gpt-5.5',
  choices,
});
