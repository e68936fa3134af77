#!/usr/bin/env bash
# OpenAI's two SDKs fold one streamed field differently: Python adds and joins, Node keeps the last
#
# Software: npm openai 7.59.0; PyPI openai 3.57.0.
# Expected: a field that a provider adds to every delta of a chat completion ends up the same in the message that each SDK
#   folds the stream into.
# Happens: Python joins strings and adds numbers up, whatever they mean. Node overwrites all fields that it does not know,
#   so of reasoning_content, which several providers stream in pieces, the last piece is left.
# Matters: a gateway cannot repeat an id or a running cost in every delta: "ab" becomes "abab", 2 becomes 4 in Python. Nor
#   can it stream text in a field of its own: Node's message loses it. What is said once and whole is safe in both.
. "${BASH_SOURCE%/*}/lab.bash"
npm_install openai@7.59.0
pip_install openai==3.57.0

cat >node.mjs <<'END'
import OpenAI from 'openai';
const client = new OpenAI({ apiKey: 'key', baseURL: process.argv[2] });
const { choices } = await client.chat.completions.stream({ model: 'm', messages: [] }).finalChatCompletion();
const { content, reasoning_content, cost, trace } = choices[0].message;
console.log('Node', JSON.stringify({ content, reasoning_content, cost, trace }));
END
cat >python.py <<'END'
import json, sys
from openai import OpenAI
client = OpenAI(api_key="key", base_url=sys.argv[1])
with client.chat.completions.stream(model="m", messages=[{"role": "user", "content": "hello"}]) as stream:
    message = stream.get_final_completion().choices[0].message.model_dump()
fields = {name: message[name] for name in ("content", "reasoning_content", "cost", "trace")}
print("Python", json.dumps(fields, separators=(",", ":")))
END
cat >probe.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';

const chunk = (delta, finish_reason = null) => {
  const choices = [{ index: 0, delta, finish_reason }];
  const frame = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices };
  return `data: ${JSON.stringify(frame)}\n\n`;
};
const pieces = [
  { role: 'assistant', content: 'An', reasoning_content: 'Let me ', cost: 2, trace: 'ab' },
  { content: 'swer', reasoning_content: 'think', cost: 2, trace: 'ab' },
];
const stream = [...pieces.map((piece) => chunk(piece)), chunk({}, 'stop'), 'data: [DONE]\n\n'].join('');
const server = createServer((_, answer) =>
  answer.writeHead(200, { 'content-type': 'text/event-stream' }).end(stream),
).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}`;
for (const command of [['node', 'node.mjs'], ['python/bin/python', 'python.py']])
  await once(spawn(command[0], [command[1], url], { stdio: 'inherit' }), 'exit');
server.close();
server.closeAllConnections();
END

holds "$(node probe.mjs)" <<'END'
Node {"content":"Answer","reasoning_content":"think","cost":2,"trace":"ab"}
Python {"content":"Answer","reasoning_content":"Let me think","cost":4,"trace":"abab"}
END
