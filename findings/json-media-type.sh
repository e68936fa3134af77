#!/usr/bin/env bash
# "Application/JSON" is JSON to five of six clients, and a bare string to Anthropic's for TypeScript
#
# Software: npm openai 7.59.0, @anthropic-ai/sdk 1.14.0, @google/genai 3.3.0; PyPI openai 3.57.0, anthropic 2.14.0,
#   google-genai 3.6.1.
# Expected: the names of media types are case-insensitive (RFC 9110, 8.3.1), and a content that nobody named a type of may be
#   looked at (8.3). Clients that were generated alike, in one language or in two, read an answer alike.
# Happens: Anthropic's for TypeScript looks for "application/json" as it is written, and otherwise gives the program the text:
#   no error, and `content` is undefined a line later. OpenAI's does not mind the case there. Both give the text where the
#   type is text/json or absent; their twins in Python, and both of Google's, read JSON whatever its type.
# Matters: who stands between keeps the case of names in mind and forgets that of values. A relay that answers in a type of
#   its own is served by every test in Python, and breaks the programs in TypeScript.
. "${BASH_SOURCE%/*}/lab.bash"
npm_install openai@7.59.0 @anthropic-ai/sdk@1.14.0 @google/genai@3.3.0
pip_install openai==3.57.0 anthropic==2.14.0 google-genai==3.6.1

cat >server.mjs <<'END_OF_SERVER'
import { createServer } from 'node:http';

const answers = {
  completions: { choices: [{ index: 0, message: { role: 'assistant', content: 'hello' } }] },
  messages: { type: 'message', content: [{ type: 'text', text: 'hello' }] },
  generateContent: { candidates: [{ content: { role: 'model', parts: [{ text: 'hello' }] } }] },
};
const TYPES = { plain: 'application/json', large: 'Application/JSON', other: 'text/json' };
createServer((request, answer) => {
  request.resume();
  const [, type] = request.url.split('/');
  const [, body] = Object.entries(answers).find(([name]) => request.url.includes(name));
  answer.writeHead(200, type in TYPES ? { 'content-type': TYPES[type] } : {}).end(JSON.stringify(body));
}).listen(Number(process.argv[2]), '127.0.0.1');
END_OF_SERVER
port=$(free_port)
node server.mjs "$port" &
listening "$port"

cat >clients.mjs <<'END_OF_CLIENTS'
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';

const baseURL = process.argv[2];
const options = { apiKey: 'key', baseURL, maxRetries: 0 };
const body = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] };
const google = new GoogleGenAI({ apiKey: 'key', httpOptions: { baseUrl: baseURL } });
const told = {
  openai: await new OpenAI(options).chat.completions.create(body),
  anthropic: await new Anthropic(options).messages.create(body),
  google: await google.models.generateContent({ model: 'm', contents: 'hi' }),
};
const words = [told.openai.choices, told.anthropic.content, told.google.candidates];
console.log(Object.keys(told).map((name, at) => `${name} ${words[at] ? 'reads' : 'loses'}`).join(', '));
END_OF_CLIENTS
cat >clients.py <<'END_OF_CLIENTS'
import sys
import anthropic, openai
from google import genai

url = sys.argv[1]
body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
google = genai.Client(api_key="key", http_options={"base_url": url})
told = {
    "openai": openai.OpenAI(api_key="key", base_url=url, max_retries=0).chat.completions.create(**body).choices,
    "anthropic": anthropic.Anthropic(api_key="key", base_url=url, max_retries=0).messages.create(**body).content,
    "google": google.models.generate_content(model="m", contents="hi").candidates,
}
print(", ".join(f"{name} {'reads' if words else 'loses'}" for name, words in told.items()))
END_OF_CLIENTS
seen=$(for type in plain large other none; do
  url=http://127.0.0.1:$port/$type
  echo "$type: $(node clients.mjs "$url" 2>>warnings); Python: $(python/bin/python -W ignore clients.py "$url" 2>>warnings)"
done)

holds "$seen" <<'END'
plain: openai reads, anthropic reads, google reads; Python: openai reads, anthropic reads, google reads
large: openai reads, anthropic loses, google reads; Python: openai reads, anthropic reads, google reads
other: openai loses, anthropic loses, google reads; Python: openai reads, anthropic reads, google reads
none: openai loses, anthropic loses, google reads; Python: openai reads, anthropic reads, google reads
END
