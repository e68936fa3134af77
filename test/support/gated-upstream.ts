import { createServer, type ServerResponse } from 'node:http';
import * as z from 'zod';
import { listenHere } from '../../local/http/listen-here.ts';
import { isRefused } from './strict/refuse.ts';

/** Where the provider stops and waits: before its first token, within its words, a call's input, the last words. */
export type Park = 'start' | 'words' | 'input' | 'answer';

/** One conversation with the provider, named in the person's words as `<name>:<park>`. */
export interface Gate {
  /** Resolves when the provider waits at its park. */
  readonly parked: Promise<undefined>;
  /** It says the rest, or breaks off there. */
  go(how: 'on' | 'fail'): void;
}

export interface GatedUpstream {
  readonly url: string;
  readonly gate: (name: string) => Gate;
  stop(): void;
}

interface Door {
  readonly parked: PromiseWithResolvers<undefined>;
  readonly opened: PromiseWithResolvers<'on' | 'fail'>;
}

const request = z.looseObject({
  messages: z.array(z.looseObject({ role: z.string(), content: z.unknown() })),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })).default([]),
});
const USAGE = { prompt_tokens: 9, completion_tokens: 20, total_tokens: 29 };
const INPUT = ['{"zone"', ':"', 'UTC', '"}'];

/**
 * A provider on the OpenAI wire that says some words and calls the first tool it is offered, then, with its result, says
 * the answer. It waits at one place until the test lets it go on.
 */
export const startGatedUpstream = async (): Promise<GatedUpstream> => {
  const doors = new Map<string, Door>();
  const doorOf = (name: string): Door => {
    const door = doors.get(name) ?? {
      parked: Promise.withResolvers<undefined>(),
      opened: Promise.withResolvers<'on' | 'fail'>(),
    };
    doors.set(name, door);
    return door;
  };
  const server = createServer((incoming, answer) => {
    const pieces: Buffer[] = [];
    incoming.on('data', (piece: Buffer) => pieces.push(piece));
    incoming.on('end', () => {
      answer.on('error', () => undefined);
      const text = Buffer.concat(pieces).toString('utf8');
      if (isRefused(answer, incoming.url ?? '', incoming.headers, text)) return;
      const body = request.parse(JSON.parse(text));
      void speak(body, answer, doorOf);
    });
  });
  const port = await listenHere(server);
  return {
    url: `http://127.0.0.1:${port}/v1`,
    gate: (name) => {
      const { parked, opened } = doorOf(name);
      return { parked: parked.promise, go: (how) => opened.resolve(how) };
    },
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

const speak = async (
  { messages, tools }: z.infer<typeof request>,
  answer: ServerResponse,
  doorOf: (name: string) => Door,
): Promise<void> => {
  const person = messages.findLast(({ role }) => role === 'user');
  const [, name = '', park = ''] = /([\w-]+):(\w+)/.exec(JSON.stringify(person?.content)) ?? [];
  const door = doorOf(name);
  /** false: it breaks off here. */
  const passes = async (place: Park): Promise<boolean> => {
    if (place !== park) return true;
    door.parked.resolve(undefined);
    return (await door.opened.promise) === 'on';
  };
  const say = (delta: object, finish: string | null = null): void => {
    const choices = [{ index: 0, delta, finish_reason: finish }];
    const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices };
    answer.write(`data: ${JSON.stringify({ ...chunk, usage: null })}\n\n`);
  };
  const end = (): void => {
    answer.write(`data: ${JSON.stringify({ id: 'c', choices: [], usage: USAGE })}\n\n`);
    answer.end('data: [DONE]\n\n');
  };
  const broken = (): void => void answer.destroy();
  const call = (fields: object): void => say({ tool_calls: [{ index: 0, ...fields }] });

  answer.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  if (messages.at(-1)?.role === 'tool') {
    for (const word of ['Grüße ', 'omega ', 'psi ']) say({ content: word });
    if (!(await passes('answer'))) return broken();
    say({ content: 'end' });
    say({}, 'stop');
    return end();
  }
  if (!(await passes('start'))) return broken();
  for (const word of ['alpha ', 'beta ', 'gamma ']) say({ content: word });
  if (!(await passes('words'))) return broken();
  say({ content: 'delta ' });
  call({ id: `call_${name}`, function: { name: tools[0]?.function.name, arguments: INPUT[0] } });
  call({ function: { arguments: INPUT[1] } });
  if (!(await passes('input'))) return broken();
  for (const piece of INPUT.slice(2)) call({ function: { arguments: piece } });
  say({}, 'tool_calls');
  end();
};
