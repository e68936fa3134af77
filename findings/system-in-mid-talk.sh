#!/usr/bin/env bash
# A system message in mid-talk reaches Claude in its place, at the head, as the user's words, or never
#
# Software: npm @ai-sdk/anthropic 4.0.105 with ai 7.0.173, @langchain/anthropic 1.5.11 with @langchain/core 1.4.0; PyPI
#   litellm 1.110.2, langchain-anthropic 1.7.10.
# Expected: a chat completion may have a message of the role system at any place, and agents put reminders there. Libraries
#   that carry such a history to Anthropic's wire carry it alike, or refuse it.
# Happens: LangChain for JavaScript sends it in its place. LiteLLM makes it a block of the user's next message, behind a
#   sentence of its own. The AI SDK moves it to the head if the talk has no instruction there, and else leaves it in its
#   place. LangChain for Python moves it to the head, too, and else refuses the whole talk.
# Matters: whoever moves an agent between libraries, or puts a proxy before Claude, changes who seems to speak, and the
#   bytes that a prompt cache goes by. A translator must say what it does with one.
. "${BASH_SOURCE%/*}/lab.bash"

use_node 24.21.0
npm_install @ai-sdk/anthropic@4.0.105 ai@7.0.173 @langchain/anthropic@1.5.11 @langchain/core@1.4.0
pip_install litellm==1.110.2 langchain-anthropic==1.7.10

cat >probe.py <<'END'
import json, os, sys
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
import litellm
from langchain_anthropic import ChatAnthropic

url, name = sys.argv[1], "claude-sonnet-4-5"
chat = ChatAnthropic(model=name, api_key="key", base_url=f"{url}/langchain-anthropic", max_retries=0)
for talk in json.loads(sys.argv[2]):
    litellm.completion(model=f"anthropic/{name}", messages=talk, api_base=f"{url}/litellm", api_key="key")
    try:
        chat.invoke(talk)
    except ValueError:
        print("langchain-anthropic: refuses the talk")
END
cat >probe.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { createAnthropic } from '@ai-sdk/anthropic';
import { ChatAnthropic } from '@langchain/anthropic';
import { generateText } from 'ai';

const name = 'claude-sonnet-4-5';
const answer = { id: 'msg_1', type: 'message', role: 'assistant', model: name, content: [{ type: 'text', text: 'ok' }],
  stop_reason: 'end_turn', stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } };
const SAID = ['one', 'two', 'three', 'be brief', 'be kind'];
const textsOf = (content) => {
  const texts = typeof content === 'string' ? [content] : content.map(({ text }) => text);
  return texts.map((text) => (SAID.includes(text) ? text : '(a sentence that nobody said)'));
};
const server = createServer(async (request, response) => {
  const { system = [], messages } = await json(request);
  const shown = messages.map(({ role, content }) => `${role}(${textsOf(content).join(' | ')})`);
  console.log(`${request.url.split('/')[1]}: head(${textsOf(system)}) ${shown.join(' ')}`);
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}`;
const system = (content) => ({ role: 'system', content });
const user = (content) => ({ role: 'user', content });
const talk = [user('one'), { role: 'assistant', content: 'two' }, system('be brief'), user('three')];
const talks = [talk, [system('be kind'), ...talk]];
const model = createAnthropic({ baseURL: `${url}/ai/v1`, apiKey: 'key' })(name);
const chat = new ChatAnthropic({ model: name, apiKey: 'key', anthropicApiUrl: `${url}/@langchain` });
for (const messages of talks)
  await generateText({ model, messages, allowSystemInMessages: true }).then(() => chat.invoke(messages));
await once(spawn('python/bin/python', ['probe.py', url, JSON.stringify(talks)], { stdio: ['ignore', 'inherit', 'ignore'] }), 'exit');
process.exit();
END
holds "$(node probe.mjs)" <<'END'
ai: head(be brief) user(one) assistant(two) user(three)
@langchain: head() user(one) assistant(two) system(be brief) user(three)
ai: head(be kind) user(one) assistant(two) system(be brief) user(three)
@langchain: head(be kind) user(one) assistant(two) system(be brief) user(three)
litellm: head() user(one) assistant(two) user((a sentence that nobody said) | be brief | three)
langchain-anthropic: head(be brief) user(one) assistant(two) user(three)
litellm: head(be kind) user(one) assistant(two) user((a sentence that nobody said) | be brief | three)
langchain-anthropic: refuses the talk
END
