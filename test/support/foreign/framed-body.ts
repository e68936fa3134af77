import { isRecord } from '../../../lambdas/http/body.ts';
import type { WireName } from '../../../lambdas/inference/models/families.ts';
import type { Sample } from './schema-paths.ts';

type Body = Readonly<Record<string, unknown>>;

const HI = { role: 'user', content: 'hi' };

/** A sample in a body that its own provider would take but for the sample itself, and where the sample stands in it. */
export const framed = (
  wire: WireName,
  { value, path }: Sample,
  model: string,
): { readonly body: Body; readonly path: string } => {
  if (wire === 'gemini') return framedContents(isRecord(value) ? value : {}, path);
  const told = isRecord(value) ? value : {};
  const isMessage = path.startsWith('messages.');
  const { before, message, after } = isMessage
    ? FRAMES[wire === 'openai-chat' ? 'chat' : 'messages'](told['messages'])
    : { before: [], message: HI, after: [] };
  const wantsTools = /^(tool_choice|parallel_tool_calls)/.test(path);
  return {
    body: {
      ...(wire === 'openai-chat' ? {} : { max_tokens: 4_000 }),
      ...told,
      model,
      messages: [...before, message, ...after],
      ...(wantsTools ? { tools: [wire === 'openai-chat' ? CHAT_TOOL : MESSAGES_TOOL] } : {}),
      ...(path.startsWith('stream_options') ? { stream: true } : {}),
    },
    path: isMessage ? path.replace('messages.0', `messages.${before.length}`) : path,
  };
};

/** The body of a call whose path names its model. */
const framedContents = (told: Body, path: string): ReturnType<typeof framed> => {
  const isContent = path.startsWith('contents.');
  const { before, message, after } = isContent
    ? contentFrame(told['contents'])
    : { before: [], message: HELLO, after: [] };
  const config = isRecord(told['generationConfig']) ? told['generationConfig'] : {};
  const isJson = 'responseSchema' in config || 'responseJsonSchema' in config;
  return {
    body: {
      ...told,
      contents: [...before, message, ...after],
      ...(isJson ? { generationConfig: { ...config, responseMimeType: 'application/json' } } : {}),
      ...(path.startsWith('toolConfig')
        ? { tools: [{ functionDeclarations: [{ name: 'sample' }] }] }
        : {}),
    },
    path: isContent ? path.replace('contents.0', `contents.${before.length}`) : path,
  };
};

const HELLO = { role: 'user', parts: [{ text: 'hi' }] };

const contentFrame = (contents: unknown): Framed => {
  const [message] = Array.isArray(contents) ? contents : [];
  const told: Body = isRecord(message) ? { ...message, role: 'user' } : {};
  const [first] = Array.isArray(told['parts']) ? told['parts'] : [];
  const part: Body = isRecord(first) ? first : {};
  const call = { functionCall: { name: 'sample', args: {} } };
  if ('functionResponse' in part)
    return { before: [HELLO, { role: 'model', parts: [call] }], message: told, after: [] };
  if ('functionCall' in part) {
    const { functionCall } = part;
    const id = isRecord(functionCall) && 'id' in functionCall ? { id: functionCall['id'] } : {};
    const result = { functionResponse: { ...id, name: 'sample', response: {} } };
    return {
      before: [HELLO],
      message: { ...told, role: 'model' },
      after: [{ role: 'user', parts: [result] }],
    };
  }
  if ('thought' in part || 'thoughtSignature' in part)
    return {
      before: [HELLO],
      message: { role: 'model', parts: [{ text: 'so', ...part }, { text: 'so' }] },
      after: [HELLO],
    };
  const isBare = ['text', 'inlineData', 'fileData'].every((name) => !(name in part));
  return {
    before: [],
    message:
      isBare && Object.keys(part).length > 0 ? { ...told, parts: [{ text: 'hi', ...part }] } : told,
    after: [HELLO],
  };
};

const CHAT_TOOL = { type: 'function', function: { name: 'sample' } };
const MESSAGES_TOOL = { name: 'sample', input_schema: { type: 'object' } };

interface Framed {
  readonly before: readonly object[];
  readonly message: unknown;
  readonly after: readonly object[];
}

const chatFrame = (messages: unknown): Framed => {
  const [message] = Array.isArray(messages) ? messages : [];
  const told: Body = isRecord(message) ? message : {};
  const calls = Array.isArray(told['tool_calls']) ? told['tool_calls'] : [];
  if (told['role'] === 'tool')
    return {
      before: [
        HI,
        {
          role: 'assistant',
          tool_calls: [
            { id: 'sample', type: 'function', function: { name: 'sample', arguments: '{}' } },
          ],
        },
      ],
      message,
      after: [],
    };
  if (told['role'] !== 'assistant') return { before: [], message, after: [HI] };
  const results = calls.map(() => ({ role: 'tool', tool_call_id: 'sample', content: 'done' }));
  return { before: [HI], message, after: [...results, HI] };
};

const messagesFrame = (messages: unknown): Framed => {
  const [message] = Array.isArray(messages) ? messages : [];
  const told: Body = isRecord(message) ? message : {};
  const blocks = Array.isArray(told['content']) ? told['content'] : [];
  const [block] = blocks;
  const type = isRecord(block) ? block['type'] : null;
  const call = { type: 'tool_use', id: 'sample', name: 'sample', input: {} };
  if (type === 'tool_result')
    return {
      before: [HI, { role: 'assistant', content: [call] }],
      message: { ...told, role: 'user' },
      after: [],
    };
  const result = { type: 'tool_result', tool_use_id: 'sample', content: 'done' };
  if (type === 'tool_use')
    return {
      before: [HI],
      message: { ...told, role: 'assistant' },
      after: [{ role: 'user', content: [result] }],
    };
  if (type === 'thinking' || type === 'redacted_thinking')
    return {
      before: [HI],
      message: { role: 'assistant', content: [...blocks, { type: 'text', text: 'so' }] },
      after: [HI],
    };
  return { before: [HI], message, after: [HI] };
};

const FRAMES = { chat: chatFrame, messages: messagesFrame } as const;

/** What stands there; undefined: nothing. */
export const valueAt = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((inner, name) => {
    if (Array.isArray(inner)) return inner[Number(name)];
    return isRecord(inner) ? inner[name] : undefined;
  }, value);

/** The same body without what stands there. */
export const without = (value: Body, path: string): Body => {
  const cut = cutAt(value, path.split('.'));
  return isRecord(cut) ? cut : {};
};

const cutAt = (value: unknown, path: readonly string[]): unknown => {
  const [name = '', ...rest] = path;
  if (Array.isArray(value))
    return rest.length === 0
      ? value.filter((_one, index) => String(index) !== name)
      : value.map((one: unknown, index) => (String(index) === name ? cutAt(one, rest) : one));
  if (!isRecord(value)) return value;
  const { [name]: inner, ...others } = value;
  return rest.length === 0 ? others : { ...value, [name]: cutAt(inner, rest) };
};
