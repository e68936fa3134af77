import { WorkflowChatTransport } from '@ai-sdk/workflow/client';
import {
  DefaultChatTransport,
  getToolName,
  isToolUIPart,
  readUIMessageStream,
  type UIMessage,
  type UIMessageChunk,
} from 'ai';
import { EventSource } from 'eventsource';
import { fold, isEnd, NOTHING } from '../../clients/browser/fold.ts';
import { sluiceClient } from '../../clients/browser/sluice.ts';
import type { Block, RunEvent } from '../../clients/browser/types.ts';
import { BrowserReader, socketsThrough } from '../support/browser-reader.ts';
import { frames } from '../support/thread-client.ts';
import { MemoryChat } from './memory-chat.ts';
import { watchBySocket } from './socket-watch.ts';

/** One reader's part in the matrix. */
export interface Visit {
  /** The stack behind the wire that breaks, and the stack itself. */
  readonly wireUrl: string;
  readonly baseUrl: string;
  readonly secret: string;
  readonly thread: string;
  /** What the person says, and the settings of the turn. */
  readonly words: string;
  readonly turn: object;
  /** Notes the run of each answer. */
  readonly fetch: typeof fetch;
  readonly runId: () => string;
}

export interface ResumeClient {
  readonly name: string;
  /** What the stream says within its words, within a call's input and within the frame that ends it. */
  readonly marks: {
    /** What comes before the first token; else it is the end of the headers. */
    readonly start?: string;
    readonly words: string;
    readonly input: string;
    readonly end: string;
  };
  /** Reads the answer to its end however its connection breaks, then comes back once more; what it shows then. */
  readonly read: (visit: Visit) => Promise<readonly string[]>;
}

const NATIVE_MARKS = { words: 'beta', input: 'input_json_delta', end: 'cost_micros' };
const CHAT_MARKS = { words: 'beta', input: 'inputTextDelta', end: 'cost_micros' };

/** What is compared: each text, call and result of a message, to the letter. */
export const linesOf = (content: readonly Block[]): readonly string[] =>
  content.flatMap((block): readonly string[] => {
    switch (block.type) {
      case 'text':
        return block.text === '' ? [] : [`text ${block.text}`];
      case 'tool_use':
        return [callLine(block.id, block.name, block.partial_json === undefined && block.input)];
      case 'tool_result':
        return [`result ${block.tool_use_id} ${JSON.stringify(block.content)}`];
      default:
        return [];
    }
  });

/** `input` false: the call was cut. */
const callLine = (id: string, name: string, input: unknown): string =>
  `call ${id} ${name} ${input === false ? 'cut' : JSON.stringify(input)}`;

const linesOfEvents = (events: readonly RunEvent[]): readonly string[] =>
  linesOf(events.reduce(fold, NOTHING).content);

const linesOfMessage = (message: UIMessage | undefined): readonly string[] =>
  (message?.parts ?? []).flatMap((part): readonly string[] => {
    if (part.type === 'text') return part.text === '' ? [] : [`text ${part.text}`];
    if (!isToolUIPart(part)) return [];
    const isWhole = typeof part.input === 'object' && part.input !== null;
    const call = callLine(part.toolCallId, getToolName(part), isWhole && part.input);
    if (part.state === 'output-available')
      return [call, `result ${part.toolCallId} ${JSON.stringify(part.output)}`];
    if (part.state === 'output-error' && !part.errorText.startsWith('The call was cut'))
      return [call, `result ${part.toolCallId} ${JSON.stringify(part.errorText)}`];
    return [call];
  });

const said = (text: string): UIMessage => ({
  id: 'u1',
  role: 'user',
  parts: [{ type: 'text', text }],
});
const headersOf = ({ secret }: Visit) => ({ authorization: `Bearer ${secret}` });
const posted = (visit: Visit): RequestInit => ({
  method: 'POST',
  headers: headersOf(visit),
  body: JSON.stringify({ ...visit.turn, content: visit.words }),
});

const plainFetch: ResumeClient = {
  name: 'plain fetch',
  marks: NATIVE_MARKS,
  read: async (visit) => {
    const events: RunEvent[] = [];
    let cursor = '';
    const asking = `${visit.wireUrl}/v1/threads/${visit.thread}/messages`;
    let answer = await visit.fetch(asking, posted(visit));
    while (answer.status === 200) {
      try {
        for await (const { id, data } of frames(answer)) {
          // An error that ends a connection has no id: the last one stands.
          if (id !== '') events.push(JSON.parse(JSON.stringify(data)));
          cursor = id || cursor;
        }
      } catch {
        // The connection broke; the cursor knows where.
      }
      const url = `${visit.wireUrl}/v1/runs/${visit.runId()}/stream`;
      answer = await visit.fetch(`${url}?after=${cursor}`, { headers: headersOf(visit) });
    }
    if (answer.status !== 204) throw new Error(`${answer.status} ${await answer.text()}`);
    return linesOfEvents(events);
  },
};

/** The product's backend asks, over its own connection. */
const askElsewhere = async (visit: Visit): Promise<void> => {
  const url = `${visit.baseUrl}/v1/threads/${visit.thread}/messages`;
  const asked = await visit.fetch(url, posted(visit));
  void asked.text().catch(() => '');
};

/** A page that watches what its product's backend asked for. */
const eventSource: ResumeClient = {
  name: 'eventsource',
  marks: NATIVE_MARKS,
  read: async (visit) => {
    await askElsewhere(visit);
    const source = new EventSource(`${visit.wireUrl}/v1/runs/${visit.runId()}/stream`, {
      fetch: async (url, init) =>
        await visit.fetch(url, { ...init, headers: { ...init.headers, ...headersOf(visit) } }),
    });
    const events: RunEvent[] = [];
    for (const type of EVENT_TYPES)
      source.addEventListener(type, ({ data }) => events.push(JSON.parse(data)));
    // It comes back by itself, also behind the end, until it is told that nothing is left.
    await new Promise<void>((resolve) => {
      source.addEventListener('error', () => {
        if (source.readyState === source.CLOSED) resolve();
      });
    });
    return linesOfEvents(events);
  },
};
const EVENT_TYPES = [
  'message_start',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
  'tool_result',
  'run.resumed',
  'run.completed',
  'run.incomplete',
  'run.interrupted',
  'run.cancelled',
  'run.failed',
];

const browserClient: ResumeClient = {
  name: 'our browser client',
  marks: NATIVE_MARKS,
  read: async ({ wireUrl, secret, fetch: through, thread, turn, words }) => {
    const client = sluiceClient({ baseUrl: wireUrl, key: secret, fetch: through, backoffMs: 10 });
    const events: RunEvent[] = [];
    let cursor = '';
    for await (const seen of client.send(thread, { ...turn, content: words })) {
      events.push(seen.event);
      ({ cursor } = seen);
    }
    if (!isEnd(events.at(-1) ?? { type: 'message_stop' })) throw new Error('no end was seen');
    for await (const { event } of client.resume(thread, { after: cursor })) events.push(event);
    return linesOfEvents(events);
  },
};

/** A tab on sockets that it makes anew by itself, watching what another one asked for. */
const browserSubscription: ResumeClient = {
  name: 'our browser client, subscribed',
  marks: { ...NATIVE_MARKS, start: '"subscribed"' },
  read: async (visit) => {
    const heard = Promise.withResolvers<undefined>();
    const client = sluiceClient({
      baseUrl: visit.baseUrl,
      key: visit.secret,
      fetch: visit.fetch,
      backoffMs: 100,
      triesMax: 30,
      webSocket: socketsThrough(visit.wireUrl, () => heard.resolve(undefined)),
    });
    const reader = new BrowserReader(client, visit.thread);
    await heard.promise;
    await askElsewhere(visit);
    await reader.over;
    await reader.leave();
    const again = new BrowserReader(client, visit.thread, 1);
    await again.over;
    await again.leave();
    const [first, second] = [reader, again].map(({ shown }) => linesOf(shown.get(2) ?? []));
    if (JSON.stringify(first) !== JSON.stringify(second)) throw new Error('it came back to others');
    return first ?? [];
  },
};

/** A tab: when its connection breaks it is reloaded, with what the person had said. */
const aiChat: ResumeClient = {
  name: 'AI SDK Chat, DefaultChatTransport',
  marks: CHAT_MARKS,
  read: async (visit) => {
    const api = `${visit.wireUrl}/v1/ai/chat`;
    const shared = { api, headers: headersOf(visit), body: visit.turn, fetch: visit.fetch };
    const open = (messages: UIMessage[], fields: object = {}): MemoryChat =>
      new MemoryChat({
        id: visit.words,
        messages,
        transport: new DefaultChatTransport({ ...shared, ...fields }),
      });
    let chat = open([]);
    await chat.sendMessage(said(visit.words));
    while (chat.error instanceof TypeError) {
      chat = open([said(visit.words)]);
      await chat.resumeStream();
      if (chat.error !== undefined || chat.lastMessage?.role === 'assistant') continue;
      // Nothing runs any more: the run itself still has every chunk.
      const ended = `${api}/${visit.runId()}/stream?startIndex=0`;
      chat = open([said(visit.words)], {
        prepareReconnectToStreamRequest: () => ({ api: ended, headers: headersOf(visit) }),
      });
      await chat.resumeStream();
    }
    const last = chat.lastMessage;
    const again = open(chat.messages);
    await again.resumeStream();
    if (again.lastMessage !== last) throw new Error('something came behind the end');
    return linesOfMessage(last?.role === 'assistant' ? last : undefined);
  },
};

const workflowTransport: ResumeClient = {
  name: 'WorkflowChatTransport',
  marks: CHAT_MARKS,
  read: async (visit) => {
    const api = `${visit.wireUrl}/v1/ai/chat`;
    const headers = headersOf(visit);
    const transport = new WorkflowChatTransport({
      api,
      fetch: visit.fetch,
      prepareSendMessagesRequest: ({ id, messages, trigger }) => ({
        headers,
        body: { id, messages, trigger, ...visit.turn },
      }),
      prepareReconnectToStreamRequest: ({ api: url }) => ({ api: url, headers }),
    });
    const chatId = visit.words;
    const stream = await transport.sendMessages({
      trigger: 'submit-message',
      chatId,
      messages: [{ id: 'u1', role: 'user', parts: [{ type: 'text', text: visit.words }] }],
    });
    let last: UIMessage | undefined;
    const messages = readUIMessageStream({ stream, onError: () => undefined });
    for await (const message of messages) last = message;
    const idle: UIMessageChunk[] = [];
    for await (const chunk of (await transport.reconnectToStream({ chatId })) ?? [])
      idle.push(chunk);
    if (JSON.stringify(idle) !== '[{"type":"finish"}]') throw new Error(JSON.stringify(idle));
    return linesOfMessage(last);
  },
};

/** A tab on a socket that watches what another one asked for. */
const webSocket: ResumeClient = {
  name: 'ws',
  marks: { ...NATIVE_MARKS, start: '"subscribed"' },
  read: async (visit) => {
    await askElsewhere(visit);
    return linesOfEvents(await watchBySocket(visit));
  },
};

/** Every client that resumes. One more is one more entry. */
export const RESUME_CLIENTS: readonly ResumeClient[] = [
  plainFetch,
  eventSource,
  browserClient,
  browserSubscription,
  aiChat,
  workflowTransport,
  webSocket,
];
