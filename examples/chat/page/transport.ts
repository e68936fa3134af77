import { DefaultChatTransport } from 'ai';
import type { Message } from './rows.ts';
import type { Sluice } from './sluice.ts';

export interface Place {
  readonly sluice: Sluice;
  readonly threadId: string;
}

/** The AI SDK's own transport, with the user's key. Only the new message is sent: Sluice knows the others. */
export const transportOf = ({ sluice, threadId }: Place, onRun: (runId: string | null) => void) =>
  new DefaultChatTransport<Message>({
    api: `${sluice.baseUrl}/v1/ai/chat`,
    fetch: async (input, init) => {
      onRun(null);
      const answer = await sluice.fetch(input, init);
      onRun(answer.headers.get('x-sluice-run-id'));
      return answer;
    },
    prepareSendMessagesRequest: ({ messages, body }) => ({
      body: {
        ...body,
        id: threadId,
        messages: messages.slice(-1),
        ...(sluice.tools.length === 0 ? {} : { tools_mode: 'explicit', tool_ids: sluice.tools }),
      },
    }),
    prepareReconnectToStreamRequest: () => ({
      api: `${sluice.baseUrl}/v1/ai/chat/${threadId}/stream`,
    }),
  });
