import type { PromptWords } from './prompt-words.ts';

const ECHO_CHARS_MAX = 200;

const NOTE =
  'This answer is simulated on your machine: no provider is configured for this model. Set its API key in the environment and start again to reach the real one. Say `help` to see what it can do.';

const HELP = `Words in a prompt do what they say, and combine, as in \`slow long\`:

| word | answer |
| --- | --- |
| \`long\` | some 350 words |
| \`slow\` | 25 times slower, to stop or reload on the way |
| \`think\` | thoughts before the words |
| \`tool\`, or a tool's name | calls the tool that is offered, then answers from its result |
| \`list\`, \`table\`, \`code\` | that, in Markdown |
| \`echo\` | what follows the word |
| \`fail 429\` | an error with that status, any of 400 to 599 |
| \`fail 429 gpt*\` | the same, of the models alone whose names begin so |
| \`fail mid-stream\` | a connection that breaks after some words |`;

const LONG = `## What happens to a call

A call comes with the key of one end user. Before the model is asked, the gateway works out what the answer may cost at most, and one conditional write holds that amount. If it does not fit below the cap, the answer is 402 and no provider is asked. If it fits, the provider is called, and what the answer truly cost is settled. A thousand calls at the same moment cannot pass the cap, because each of them has its own hold.

## What happens to an answer

In a thread, each piece of an answer is stored before it is shown. The function that reads the provider does not depend on who listens: a tab may close, a phone may lose its network, and the run continues to its end. Whoever comes back names the last event that arrived, and the stream continues after it. Nothing is shown twice and nothing is lost.

## What a tool does

A project registers its tools once, as a webhook or an MCP server. The model asks for one with input that fits its schema, the run calls it with a signed request, and the result goes back to the model. A tool that may do harm waits for a person: the run stops, asks, and continues after the decision.

## What is kept

1. Each message has a number in its thread, so a page of history is one query.
2. Each call has a line with its key, user, model, feature, tokens and cost.
3. Each hold ends in a settlement, or expires and is given back.

## What it costs

Usage is summed by key, by user, by model, by feature and by cohort, at the price of the day on which the call was made. A product can show its users what is left to them, and its owner can see who spent what, an hour ago or a month ago.

## What comes next

Press stop, and the run ends where it is: what was said stays, and only that is paid for. Reload the page, and the answer continues where it was. Ask again with the word \`slow\` to have the time for both.`;

const LIST = `- **Keys**: one for each end user, with a cap.
- **Threads**: an answer is stored while it streams.
- **Tools**: called on the way, with approval where you want it.`;

const TABLE = `| part | what it does |
| --- | --- |
| keys | one for each end user, with a cap |
| threads | an answer is stored while it streams |
| tools | called on the way, with approval where you want it |`;

const CODE = `\`\`\`ts
const openai = new OpenAI({ baseURL: 'http://127.0.0.1:4000/v1', apiKey: secret });
\`\`\``;

/** An answer in words, which says that it is simulated. */
export const textFor = (style: PromptWords['style'], prompt: string): string => {
  switch (style) {
    case 'echo':
      return prompt.replace(/^[\s\S]*?\becho\b[\s:,]*/i, '');
    case 'long':
      return `${LONG}\n\n${NOTE}`;
    case 'list':
      return `${LIST}\n\n${NOTE}`;
    case 'table':
      return `${TABLE}\n\n${NOTE}`;
    case 'code':
      return `${CODE}\n\n${NOTE}`;
    case 'help':
      return `${HELP}\n\n${NOTE}`;
    case 'words':
      return `${prompt === '' ? '' : `You said: “${shortened(prompt)}”\n\n`}${NOTE}`;
  }
};

export const textOfResult = ({ text, isError }: { text: string; isError: boolean }): string =>
  `${isError ? 'The tool failed' : 'The tool answered'}: ${shortened(text)}\n\n${NOTE}`;

export const thoughtOf = (prompt: string): string =>
  `I am asked: “${shortened(prompt)}” One of the words asks for thought, so these are thoughts. They are counted as output and paid for like words.`;

/** The first words of a conversation. */
export const titleOf = (prompt: string): string => {
  const [, said = ''] = /^user: (.*)$/m.exec(prompt) ?? [];
  const title = said
    .split(/\s+/)
    .slice(0, TITLE_WORDS)
    .join(' ')
    .replace(/[\s.,;:!?]+$/, '');
  return title === '' ? 'A conversation' : title[0]?.toUpperCase() + title.slice(1);
};

const TITLE_WORDS = 7;

const shortened = (text: string): string =>
  text.length <= ECHO_CHARS_MAX ? text : `${text.slice(0, ECHO_CHARS_MAX).toWellFormed()}…`;
