#!/usr/bin/env bash
# "Retry-After: 3600" is half a second to OpenAI's SDK, two to the AI SDK, and an hour to Anthropic's
#
# Software: npm openai 7.59.0, @anthropic-ai/sdk 1.14.0, groq-sdk 1.6.0, ai 7.0.173 with @ai-sdk/openai 4.0.118.
# Expected: a client waits as long as Retry-After says, or gives up. SDKs that were generated alike treat it alike.
# Happens: OpenAI's and the AI SDK ignore a wait of more than a minute and ask again after their own short one. Anthropic's
#   and Groq's keep the caller's promise open for the whole hour. "x-should-retry: false" ends it for the three generated
#   SDKs, and "true" makes them repeat even a 402; the AI SDK knows neither and asks again by the status alone.
# Matters: a gateway whose budget returns at midnight must not answer 429 with the true wait: half of its callers come back
#   at once and the others sit and wait. A status that nobody repeats (402) says it to all of them.
. "${BASH_SOURCE%/*}/lab.bash"
npm_install openai@7.59.0 @anthropic-ai/sdk@1.14.0 groq-sdk@1.6.0 ai@7.0.173 @ai-sdk/openai@4.0.118

cat >probe.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import { generateText } from 'ai';
import Groq from 'groq-sdk';
import OpenAI from 'openai';

const LONGER_THAN_OWN_WAITS_MS = 15_000;
const body = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'hello' }] };
const options = (url) => ({ apiKey: 'key', baseURL: url, maxRetries: 1 });
const calls = {
  openai: (url) => new OpenAI(options(url)).chat.completions.create(body),
  anthropic: (url) => new Anthropic(options(url)).messages.create(body),
  groq: (url) => new Groq(options(url)).chat.completions.create(body),
  ai: (url) =>
    generateText({ model: createOpenAI(options(url)).chat('m'), prompt: 'hello', maxRetries: 1 }),
};
const answers = [
  [429, { 'retry-after': '3600' }],
  [429, { 'x-should-retry': 'false' }],
  [402, { 'x-should-retry': 'true' }],
  [402, { 'retry-after': '1' }],
];
const attempt = async (status, headers, call) => {
  let requests = 0;
  const server = createServer((request, answer) => {
    requests += 1;
    request.resume();
    answer.writeHead(status, { 'content-type': 'application/json', ...headers }).end('{"error":{}}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ended = call(`http://127.0.0.1:${server.address().port}`).catch(() => 'ended');
  const outcome = await Promise.race([ended, wait(LONGER_THAN_OWN_WAITS_MS, 'waits')]);
  return outcome === 'waits' ? 'waits' : requests === 2 ? 'again' : 'ends';
};
const tried = answers.map(async ([status, headers]) => {
  const outcomes = Object.entries(calls).map(
    async ([name, call]) => `${name} ${await attempt(status, headers, call)}`,
  );
  return `${status} ${JSON.stringify(headers)}: ${(await Promise.all(outcomes)).join(', ')}`;
});
console.log((await Promise.all(tried)).join('\n'));
process.exit();
END

holds "$(node probe.mjs 2>warnings)" <<'END'
429 {"retry-after":"3600"}: openai again, anthropic waits, groq waits, ai again
429 {"x-should-retry":"false"}: openai ends, anthropic ends, groq ends, ai again
402 {"x-should-retry":"true"}: openai again, anthropic again, groq again, ai ends
402 {"retry-after":"1"}: openai ends, anthropic ends, groq ends, ai ends
END
