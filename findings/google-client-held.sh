#!/usr/bin/env bash
# Google's Python client is closed before it asks, when nobody holds it: `m = Client().models`
#
# Software: PyPI google-genai 3.6.1, openai 3.57.0, anthropic 2.14.0; npm @google/genai 3.3.0; CPython 3.11.
# Expected: an object that is in use keeps alive what it needs. A method of `client.models` asks by the client's connections,
#   so whoever holds `models`, or a chat that came of it, may let go of the client.
# Happens: Google's client in Python closes its connections when it is collected, and its parts do not hold it. CPython
#   collects it as soon as nobody names it: `models = Client().models` and a chat of a client that a function made end in a
#   RuntimeError at their first call, a client that is called in one line too. The twins of OpenAI and Anthropic, and
#   Google's own for JavaScript, answer.
# Matters: the usual helper, a function that makes a client and returns the part that its callers use, works for two vendors
#   and fails for the third before a request is sent, so that no server and no gateway ever sees a trace of it.
. "${BASH_SOURCE%/*}/lab.bash"
npm_install @google/genai@3.3.0
pip_install google-genai==3.6.1 openai==3.57.0 anthropic==2.14.0

cat >server.mjs <<'END'
import { createServer } from 'node:http';

const answers = {
  completions: { choices: [{ index: 0, message: { role: 'assistant', content: 'hello' } }] },
  messages: { type: 'message', content: [{ type: 'text', text: 'hello' }] },
  generateContent: { candidates: [{ content: { role: 'model', parts: [{ text: 'hello' }] } }] },
};
createServer((request, answer) => {
  request.resume();
  const [, body] = Object.entries(answers).find(([name]) => request.url.includes(name));
  answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}).listen(Number(process.argv[2]), '127.0.0.1');
END
port=$(free_port)
node server.mjs "$port" &
listening "$port"

cat >clients.py <<'END'
import sys
import anthropic, openai
from google import genai

url = sys.argv[1]
body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
hi = {"model": "m", "contents": "hi"}
google = lambda: genai.Client(api_key="key", http_options={"base_url": url})
own = {"api_key": "key", "base_url": url, "max_retries": 0}
def attempt(what, call):
    try:
        call()
        print(f"{what}: answers")
    except RuntimeError as error:
        print(f"{what}: {error}")

client = google()
attempt("google, held", lambda: client.models.generate_content(**hi))
attempt("google, in one line", lambda: google().models.generate_content(**hi))
models, chat = google().models, google().chats.create(model="m")
attempt("google, its models", lambda: models.generate_content(**hi))
attempt("google, a chat", lambda: chat.send_message("hi"))
completions, messages = openai.OpenAI(**own).chat.completions, anthropic.Anthropic(**own).messages
attempt("openai, its completions", lambda: completions.create(**body))
attempt("anthropic, its messages", lambda: messages.create(**body))
END
cat >client.mjs <<'END'
import { GoogleGenAI } from '@google/genai';
const { models } = new GoogleGenAI({ apiKey: 'key', httpOptions: { baseUrl: process.argv[2] } });
globalThis.gc();
await models.generateContent({ model: 'm', contents: 'hi' });
console.log('google of JavaScript, its models: answers');
END
url=http://127.0.0.1:$port

holds "$(python/bin/python -W ignore clients.py "$url" && node --expose-gc client.mjs "$url")" <<'END'
google, held: answers
google, in one line: Cannot send a request, as the client has been closed.
google, its models: Cannot send a request, as the client has been closed.
google, a chat: Cannot send a request, as the client has been closed.
openai, its completions: answers
anthropic, its messages: answers
google of JavaScript, its models: answers
END
