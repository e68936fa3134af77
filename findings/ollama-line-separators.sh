#!/usr/bin/env bash
# A next-line character in an answer breaks Ollama's Python client in the middle of the stream
#
# Software: PyPI ollama 0.6.3 on httpx 0.28.1; npm ollama 0.6.3.
# Expected: a stream of JSON values has one value a line, and a line ends with a line feed. U+0085 and U+2028 may stand in a
#   JSON string as they are (RFC 8259).
# Happens: httpx.iter_lines cuts at them as Python's splitlines does. The Python client reads half of a JSON value and
#   raises in the middle of the answer; the JavaScript client gives the text.
# Matters: whoever serves newline-delimited JSON does well to escape U+0085, U+2028 and U+2029, which JSON.stringify does
#   not. Whoever reads it with httpx cuts the bytes at the line feed.
. "${BASH_SOURCE%/*}/lab.bash"
pip_install ollama==0.6.3 httpx==0.28.1
npm_install ollama@0.6.3

cat >probe.py <<'END'
import json, sys
import httpx, ollama
for name in ("line-feed-escaped", "U+0085", "U+2028"):
    url = f"{sys.argv[1]}/{name}"
    try:
        parts = ollama.Client(host=url).chat("m", [{"role": "user", "content": "hello"}], stream=True)
        said = ascii("".join(part.message.content for part in parts))
    except json.JSONDecodeError as error:
        said = type(error).__name__
    with httpx.stream("POST", f"{url}/api/chat", json={}) as answer:
        print(f"{name}: Python {said}, httpx {sum(1 for _ in answer.iter_lines())} lines")
END
cat >probe.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Ollama } from 'ollama';

const breaks = { 'line-feed-escaped': '\n', 'U+0085': '\u0085', 'U+2028': '\u2028' };
const line = (content, done) =>
  JSON.stringify({ model: 'm', created_at: '2026-01-01T00:00:00Z', message: { role: 'assistant', content }, done });
const server = createServer((request, answer) => {
  request.resume();
  const content = `one${breaks[request.url.split('/')[1]]}two`;
  answer.writeHead(200, { 'content-type': 'application/x-ndjson' });
  answer.end(`${line(content, false)}\n${line('', true)}\n`);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}`;
for (const name of Object.keys(breaks)) {
  let said = '';
  const messages = [{ role: 'user', content: 'hello' }];
  for await (const part of await new Ollama({ host: `${url}/${name}` }).chat({ model: 'm', messages, stream: true }))
    said += part.message.content;
  console.log(`${name}: JavaScript ${said === `one${breaks[name]}two` ? 'whole' : 'broken'}`);
}
await once(spawn('python/bin/python', ['probe.py', url], { stdio: 'inherit' }), 'exit');
server.close();
server.closeAllConnections();
END
holds "$(node probe.mjs)" <<'END'
line-feed-escaped: JavaScript whole
U+0085: JavaScript whole
U+2028: JavaScript whole
line-feed-escaped: Python 'one\ntwo', httpx 2 lines
U+0085: Python JSONDecodeError, httpx 3 lines
U+2028: Python JSONDecodeError, httpx 3 lines
END
