const REFUSED = { error: { name: 'InternalServerError', status: 502 }, answer: [] };
const both = (wire: string, ...names: readonly string[]): readonly string[] =>
  names.flatMap((name) => [`${wire} ${name}`, `${wire} ${name}, streamed`]);
const chat = (...names: readonly string[]) => names.map((name) => `openai-chat ${name}`);
const messages = (...names: readonly string[]) => names.map((name) => `anthropic-messages ${name}`);

/** Where a program sees something else through Sluice than at the provider, and why that is right. */
export const INTENDED: readonly {
  readonly why: string;
  readonly shapes: readonly string[];
  readonly through: object;
}[] = [
  {
    why: 'The account of the provider is the operator’s: its callers can do nothing about it, and do not ask again.',
    shapes: [
      ...both('openai-chat', '401: the key', '402: the balance', '403: the project'),
      ...both('openai-chat', '429: the quota'),
      ...both('anthropic-messages', '400: the credit', '401: the key', '403: the permission'),
    ],
    through: { ...REFUSED, requests: 1 },
  },
  {
    why: 'An SDK takes an error, a page or nothing under a good status for an answer, and its program fails later. Nothing was paid, so that it may ask again.',
    shapes: [
      ...chat('an error under a good status', 'a page under a good status'),
      ...chat('words under a good status', 'nothing at all'),
      ...chat('recorded: error-200'),
      ...messages('an error under a good status'),
    ],
    through: { ...REFUSED, requests: 3 },
  },
  {
    why: 'A document that breaks off is an error of ours and not one of the language; it is paid, so that no SDK asks again by itself.',
    shapes: chat('half a body', 'cut'),
    through: { ...REFUSED, requests: 1 },
  },
  {
    why: 'A stream that breaks off says so, where an SDK takes the end of its bytes for the end of the answer.',
    shapes: [
      ...chat('streamed: no end and no reason', 'streamed: nothing', 'streamed: cut'),
      ...chat('recorded: no-done-cut', 'recorded: error-tail'),
      ...messages('streamed: no end', 'streamed: cut'),
    ],
    through: { error: { name: 'APIError', status: null }, requests: 1 },
  },
  {
    why: 'A connection that never answers is the gateway’s 502. One that had rested is opened anew once, as the other side may have closed it meanwhile.',
    shapes: [...chat('gone before its head'), ...messages('gone before its head')],
    through: REFUSED,
  },
  {
    why: 'What is JSON is told to be JSON.',
    shapes: chat('JSON as text'),
    through: { error: null, answer: [{ object: 'chat.completion' }], requests: 1 },
  },
];
