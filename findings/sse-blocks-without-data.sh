#!/usr/bin/env bash
# A lone "retry:" or "id:" in an event stream ends the chat in OpenAI's Python SDK
#
# Software: npm eventsource-parser 4.1.3, openai 7.59.0; PyPI openai 3.57.0, httpx-sse 0.4.3 on httpx 0.28.1, sseclient-py 1.9.0.
# Expected: the HTML standard dispatches no event for a block whose data is empty, so a server may send "retry: 3000", an
#   id or the name of an event alone at any time.
# Happens: httpx-sse hands each such block on as an event with no data. OpenAI's Python SDK parses that data as JSON and
#   raises; its Node SDK does so for a lone name. eventsource-parser and sseclient-py keep to the standard.
# Matters: a server that tells browsers when to reconnect, or keeps a silent stream open by an empty named event, breaks
#   chat completions in the most used SDK. Comments (": ping") pass everywhere.
. "${BASH_SOURCE%/*}/lab.bash"
npm_install eventsource-parser@4.1.3 openai@7.59.0
pip_install openai==3.57.0 httpx==0.28.1 httpx-sse==0.4.3 sseclient-py==1.9.0

cat >probe.py <<'END'
import sys
import httpx, httpx_sse, openai, sseclient
url = sys.argv[1]

def chat():
    client = openai.OpenAI(api_key="key", base_url=url, max_retries=0)
    try:
        chunks = client.chat.completions.create(model="m", messages=[], stream=True)
        return "".join(chunk.choices[0].delta.content for chunk in chunks)
    except ValueError as error:
        return type(error).__name__

def events(read):
    with httpx.Client() as client, client.stream("POST", url) as answer:
        return sum(1 for _ in read(answer)) - 1

print(f"openai (Python) {chat()},", end=" ")
print(f"httpx-sse {events(lambda answer: httpx_sse.EventSource(answer).iter_sse())},", end=" ")
print(f"sseclient-py {events(lambda answer: sseclient.SSEClient(answer.iter_bytes()).events())}")
END
cat >probe.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createParser } from 'eventsource-parser';
import OpenAI from 'openai';

const choices = [{ index: 0, delta: { content: 'hello' }, finish_reason: null }];
const frame = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices };
const openai = async (baseURL) => {
  let said = '';
  const client = new OpenAI({ apiKey: 'key', baseURL, maxRetries: 0, logLevel: 'off' });
  for await (const chunk of await client.chat.completions.create({ model: 'm', messages: [], stream: true }))
    said += chunk.choices[0].delta.content;
  return said;
};
for (const block of [': ping', 'retry: 3000', 'id: 7', 'event: ping']) {
  const stream = `${block}\n\ndata: ${JSON.stringify(frame)}\n\ndata: [DONE]\n\n`;
  const server = createServer((request, answer) => {
    request.resume();
    answer.writeHead(200, { 'content-type': 'text/event-stream' }).end(stream);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  const events = [];
  createParser({ onEvent: (event) => events.push(event) }).feed(stream);
  const said = await openai(url).catch(() => 'an error');
  process.stdout.write(`${block}: eventsource-parser ${events.length - 1}, openai (Node) ${said}, `);
  await once(spawn('python/bin/python', ['probe.py', url], { stdio: 'inherit' }), 'exit');
  server.close();
  server.closeAllConnections();
}
END
# The numbers are the events that a parser made; one is right.
holds "$(node probe.mjs)" <<'END'
: ping: eventsource-parser 1, openai (Node) hello, openai (Python) hello, httpx-sse 1, sseclient-py 1
retry: 3000: eventsource-parser 1, openai (Node) hello, openai (Python) JSONDecodeError, httpx-sse 2, sseclient-py 1
id: 7: eventsource-parser 1, openai (Node) hello, openai (Python) JSONDecodeError, httpx-sse 2, sseclient-py 1
event: ping: eventsource-parser 1, openai (Node) an error, openai (Python) JSONDecodeError, httpx-sse 2, sseclient-py 1
END
