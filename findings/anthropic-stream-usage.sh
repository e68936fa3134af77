#!/usr/bin/env bash
# The same answer of Claude has 7 output tokens, and 8 when LangChain for JavaScript streams it
#
# Software: npm @langchain/anthropic 1.5.11 with @langchain/core 1.4.0, @ai-sdk/anthropic 4.0.105 with ai 7.0.173; PyPI
#   langchain-anthropic 1.7.10.
# Expected: the counts of a message_delta are cumulative, so the last one is the answer's. An answer costs the same streamed
#   or not, and what was written to the cache is told by every client.
# Happens: LangChain for JavaScript adds the output token of message_start to the final count. LangChain for Python says that
#   nothing was written to the cache where Anthropic tells the writes by lifetime too, as it does today; the writes stand
#   under names of their own. The AI SDK tells what Anthropic told.
# Matters: who bills by what a client library reports charges each streamed answer too much, and misses or doubles the most
#   expensive input tokens. Usage is to be read where the provider's bytes pass.
. "${BASH_SOURCE%/*}/lab.bash"

use_node 24.21.0
npm_install @langchain/anthropic@1.5.11 @langchain/core@1.4.0 @ai-sdk/anthropic@4.0.105 ai@7.0.173
pip_install langchain-anthropic==1.7.10

cat >probe.py <<'END'
import sys
from langchain_anthropic import ChatAnthropic

chat = ChatAnthropic(model="claude-sonnet-4-5", api_key="key", base_url=sys.argv[1], max_retries=0)
first, *rest = chat.stream("hi")
for how, message in [("whole", chat.invoke("hi")), ("streamed", sum(rest, first))]:
    used = message.usage_metadata
    print(f"{how}: langchain-anthropic output {used['output_tokens']}, written {used['input_token_details']['cache_creation']}")
END
cat >probe.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { createAnthropic } from '@ai-sdk/anthropic';
import { ChatAnthropic } from '@langchain/anthropic';
import { generateText, streamText } from 'ai';

const cache_creation = { ephemeral_5m_input_tokens: 150, ephemeral_1h_input_tokens: 50 };
const usage = { input_tokens: 10, cache_creation_input_tokens: 200, cache_creation, output_tokens: 7 };
const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5', stop_sequence: null };
const content = [{ type: 'text', text: 'hello' }];
const events = [
  { type: 'message_start', message: { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'hello' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage },
  { type: 'message_stop' },
];
const server = createServer(async (request, answer) => {
  const isStream = (await json(request)).stream === true;
  answer.setHeader('content-type', isStream ? 'text/event-stream' : 'application/json');
  const stream = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
  answer.end(isStream ? stream : JSON.stringify({ ...message, content, stop_reason: 'end_turn', usage }));
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}`;
const chat = new ChatAnthropic({ model: message.model, apiKey: 'key', anthropicApiUrl: url, maxRetries: 0 });
const model = createAnthropic({ baseURL: `${url}/v1`, apiKey: 'key' })(message.model);
const show = (how, name, output, cached) => console.log(`${how}: ${name} output ${output}, written ${cached}`);
const langchain = (how, { usage_metadata: used }) =>
  show(how, '@langchain/anthropic', used.output_tokens, used.input_token_details.cache_creation);
langchain('whole', await chat.invoke('hi'));
let folded;
for await (const chunk of await chat.stream('hi')) folded = folded?.concat(chunk) ?? chunk;
langchain('streamed', folded);
const { usage: whole } = await generateText({ model, prompt: 'hi' });
show('whole', 'ai', whole.outputTokens, whole.inputTokenDetails.cacheWriteTokens);
const streamed = await streamText({ model, prompt: 'hi' }).usage;
show('streamed', 'ai', streamed.outputTokens, streamed.inputTokenDetails.cacheWriteTokens);
await once(spawn('python/bin/python', ['probe.py', url], { stdio: ['ignore', 'inherit', 'ignore'] }), 'exit');
process.exit();
END
holds "$(node probe.mjs | sort)" <<'END'
streamed: @langchain/anthropic output 8, written 200
streamed: ai output 7, written 200
streamed: langchain-anthropic output 7, written 0
whole: @langchain/anthropic output 7, written 200
whole: ai output 7, written 200
whole: langchain-anthropic output 7, written 0
END
