import { AbstractChat, type ChatInit, type ChatState, type UIMessage } from 'ai';

/** The SDK's own chat, its state in memory where a page has a component's. */
export class MemoryChat extends AbstractChat<UIMessage> {
  constructor(init: ChatInit<UIMessage>) {
    super({ ...init, state: memoryState(init.messages ?? []) });
  }
}

const memoryState = (messages: UIMessage[]): ChatState<UIMessage> => {
  const state: ChatState<UIMessage> = {
    status: 'ready',
    error: undefined,
    messages,
    pushMessage: (message) => (state.messages = [...state.messages, message]),
    popMessage: () => (state.messages = state.messages.slice(0, -1)),
    replaceMessage: (index, message) => (state.messages = state.messages.with(index, message)),
    snapshot: structuredClone,
  };
  return state;
};
