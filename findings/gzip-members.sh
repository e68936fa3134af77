#!/usr/bin/env bash
# A gzip answer of two members ends after the first in OpenAI's and Anthropic's Python SDKs, silently
#
# Software: PyPI openai 3.57.0 and anthropic 2.15.0 on httpx 0.28.1, requests 2.34.2, aiohttp 3.14.5; npm openai 7.59.0;
#   Node.js 24.21.0.
# Expected: a gzip body is a series of members one after the other (RFC 1952, section 2.2), and content-encoding gzip is
#   that format (RFC 9110, section 8.4.1.3). Who compresses each event by itself, to send it at once, sends such a body.
# Happens: httpx reads the first member and drops the rest silently. A streamed chat is over after its first event, in
#   OpenAI's SDK and in Anthropic's, and nothing says so. OpenAI's SDK for Node, requests and aiohttp read all of it.
# Matters: a proxy that may compress event streams must not make a member of each event, and a client that misses the end
#   of a chat is not told so: look for the last event, not for an error.
. "${BASH_SOURCE%/*}/lab.bash"
use_node 24.21.0
npm_install openai@7.59.0
pip_install openai==3.57.0 anthropic==2.15.0 httpx==0.28.1 requests==2.34.2 aiohttp==3.14.5

cat >probe.py <<'END'
import asyncio, sys
import aiohttp, anthropic, openai, requests
url = sys.argv[1]
asked = dict(model="m", messages=[{"role": "user", "content": "hi"}], stream=True)

chunks = openai.OpenAI(api_key="key", base_url=f"{url}/openai", max_retries=0).chat.completions.create(**asked)
print("openai (Python):", " ".join(chunk.choices[0].delta.content for chunk in chunks))
events = anthropic.Anthropic(api_key="key", base_url=f"{url}/anthropic", max_retries=0).messages.create(max_tokens=9, **asked)
print("anthropic (Python):", " ".join(event.type for event in events))
print("requests:", requests.post(f"{url}/openai").text.count("data: "), "events")

async def count():
    async with aiohttp.ClientSession() as session, session.post(f"{url}/openai") as answer:
        print("aiohttp:", (await answer.text()).count("data: "), "events")

asyncio.run(count())
END
cat >probe.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import OpenAI from 'openai';

const chunkOf = (content) => ({
  id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm',
  choices: [{ index: 0, delta: { content }, finish_reason: null }],
});
const chat = [...['one', 'two', 'three'].map((word) => JSON.stringify(chunkOf(word))), '[DONE]'].map((data) => `data: ${data}\n\n`);
const usage = { input_tokens: 1, output_tokens: 1 };
const message = { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, stop_sequence: null, usage };
const messages = [
  { type: 'message_start', message },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'one' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage },
  { type: 'message_stop' },
].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
const server = createServer((request, answer) => {
  request.resume();
  answer.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
  answer.end(Buffer.concat((request.url.startsWith('/openai') ? chat : messages).map((event) => gzipSync(event))));
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}`;
const said = [];
const client = new OpenAI({ apiKey: 'key', baseURL: `${url}/openai`, maxRetries: 0 });
for await (const chunk of await client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'hi' }], stream: true }))
  said.push(chunk.choices[0].delta.content);
console.log(`openai (Node): ${said.join(' ')}`);
await once(spawn('python/bin/python', ['probe.py', url], { stdio: 'inherit' }), 'exit');
server.close();
server.closeAllConnections();
END
holds "$(node probe.mjs)" <<'END'
openai (Node): one two three
openai (Python): one
anthropic (Python): message_start
requests: 4 events
aiohttp: 4 events
END
